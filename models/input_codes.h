/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of a data set as the p-adic codec has them: they do not change while a network trains, so
 * they are encoded once, kept as integers, and gathered by rows like the inputs themselves.
 *
 * A forward pass that was given codes computes the bits of one that encodes its inputs; one that
 * was given none encodes them. */
#ifndef SHEAFBENCH_MODELS_INPUT_CODES_H
#define SHEAFBENCH_MODELS_INPUT_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "kernels/padic.h"
#include "models/model.h"

/* All zero: no codes, nothing is given. */
struct input_codes {
	int64_t rows, in;
	int16_t *narrow;      /* owned; rows x in, where M < 2^15 */
	int32_t *wide;        /* owned; the same where it is not */
	const uint8_t *bytes; /* not owned; rows x in, instead of both */
	int32_t of_byte[256];
};

/* Bytes that input_codes_open asks for. */
int64_t input_codes_memory(const struct padic *padic, int64_t rows, int64_t in);
/* Encodes inputs[rows][in].  False: out of memory, and nothing is held. */
bool input_codes_open(struct input_codes *codes, const struct padic *padic,
		      const struct kernel_table *table, int64_t rows, int64_t in,
		      const float *inputs);
/* The same of inputs value[bytes[r][i]]; bytes must stay.  Asks for no memory. */
void input_codes_open_bytes(struct input_codes *codes, const struct padic *padic,
			    const struct kernel_table *table, int64_t rows, int64_t in,
			    const uint8_t *bytes, const float value[256]);
void input_codes_close(struct input_codes *codes);

/* Gives rows index[0..n) to the model's next forward pass, which is one of n rows with just these
 * inputs.  The codes are of the model's own codec (moe->padic), or none. */
void input_codes_give(const struct input_codes *codes, struct model *model, const int64_t *index,
		      int64_t n);

#endif
