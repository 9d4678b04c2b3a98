/* SPDX-License-Identifier: Apache-2.0 */
/* A record of every tensor of every training step as one XXH3-64 each, so that two runs that should
 * have the same bits can be compared and the first place where they do not be named.
 *
 * Tensors of a step, in the order in which they come to be: inputs, targets, logits, (MoE: router
 * logits, probabilities, gates), probabilities, dlogits, then grad:NAME and param:NAME for every
 * tensor of the arch, params after the optimiser's update.  Hashes are over little-endian bytes.
 *
 * File: one line of JSON (schema sheafbench/trace/1, what the run was made with, tensor names),
 * then per step the hashes as little-endian 64-bit words. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_TRACE_H
#define SHEAFBENCH_HARNESS_TRAINING_TRACE_H

#include <stdint.h>
#include <stdio.h>

#include "foundation/error.h"
#include "models/model.h"

/* A place in a run: step from 1, tensor by its number in the trace, element. */
struct trace_place {
	int64_t step, tensor, element;
	int64_t size; /* elements of the tensor, once its step came */
};

struct trace {
	FILE *file;              /* NULL: no record is kept */
	struct trace_place flip; /* step 0: none; otherwise this element is moved by one ulp */
	struct trace_place dump; /* step 0: none; element unused */
	const char *dump_file;   /* where the dumped tensor goes, little-endian binary32 */
	int64_t count;           /* tensors of a step */
	int64_t grads, params;   /* numbers of the first gradient and parameter tensor */
	int64_t *offsets;        /* owned: of the arch's tensors in an arena */
	const struct kernel_table *table;
	int64_t next; /* tensor that comes next in this step */
	int status;   /* ERROR_MACHINE when the file could not be written */
};

/* Numbers the tensors of the arch and writes the header.  `made_with` is a JSON object's inside. */
int trace_open(struct trace *trace, FILE *file, const struct kernel_table *table,
	       const struct arch *arch, const char *made_with, struct error *error);
/* Refuses places that a run of so many steps does not have (ERROR_INPUT, with what there is). */
int trace_check_places(const struct trace *trace, int64_t steps, struct error *error);
/* The same of the element, once the tensor was seen: after every step. */
int trace_check_element(const struct trace *trace, struct error *error);
void trace_close(struct trace *trace); /* leaves the file open */
/* Called by the training loop, in the order above; hashes, and flips or dumps where asked. */
void trace_tensor(struct trace *trace, int64_t step, float *tensor, int64_t count);
void trace_forward(struct trace *trace, int64_t step, struct model *model, int64_t rows);
void trace_arena(struct trace *trace, int64_t step, float *arena);
/* Name of tensor `index`: text of at least 96 bytes. */
void trace_tensor_name(const struct arch *arch, int64_t index, char *text, size_t size);

#endif
