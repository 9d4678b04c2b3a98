/* SPDX-License-Identifier: Apache-2.0 */
/* Private to models/checkpoint*.c: the JSON header of a safetensors file. */
#ifndef SHEAFBENCH_MODELS_CHECKPOINT_HEADER_H
#define SHEAFBENCH_MODELS_CHECKPOINT_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "models/arch.h"
#include "foundation/error.h"

enum {
	CHECKPOINT_PREFIX = 8,             /* bytes of the header's length */
	CHECKPOINT_HEADER_MAX = 100000000, /* the format's own limit */
	CHECKPOINT_FLOAT = 4,              /* bytes of a binary32 */
	CHECKPOINT_SHAPE_TEXT = 48,
};

/* Where one tensor is in the file and in memory. */
struct checkpoint_slot {
	int64_t begin;  /* bytes from the start of the data */
	int64_t offset; /* floats from the start of the arena */
	int64_t rows, cols;
	int64_t index; /* in the arch's order */
};

/* "[rows,cols]", or "[rows]" for a vector. */
void checkpoint_shape_text(const struct arch_tensor *tensor, char text[CHECKPOINT_SHAPE_TEXT]);

/* The header's text for tensors in the arch's order, padded with spaces so that the data begin at a
 * multiple of 8.  free() it; NULL: out of memory. */
char *checkpoint_header_text(const struct arch *arch, size_t *size);

/* Checks a header against the arch and the number of data bytes after it, and returns one slot per
 * tensor in ascending file order.  free() *slots. */
int checkpoint_header_read(const char *file_name, const char *text, size_t size, int64_t data_size,
			   const struct arch *arch, struct checkpoint_slot **slots,
			   struct error *error);

#endif
