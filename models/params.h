/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter arena: all tensors of an arch one after another in its canonical order.  Gradients
 * and both AdamW moments are arenas of the same layout.  A Linear's weight is [in,out] row-major.
 */
#ifndef SHEAFBENCH_MODELS_PARAMS_H
#define SHEAFBENCH_MODELS_PARAMS_H

#include "models/arch.h"

struct backend; /* kernels/backend.h */

/* A Linear and a LayerNorm as places in the arena. */
struct linear {
	int64_t in, out;
	int64_t weight, bias; /* offsets */
};
struct norm {
	int64_t width;
	int64_t weight, bias; /* offsets */
};

/* Weight, then bias from `at` on; where the next one stands. */
int64_t linear_place(struct linear *linear, int64_t at, int64_t in, int64_t out);
int64_t norm_place(struct norm *norm, int64_t at, int64_t width);

/* offsets[i] of every tensor; offsets[count] is the total.  NULL: out of memory. free() it. */
int64_t *params_offsets(const struct arch *arch);

/* Initial values: LayerNorm 1 and 0; a Linear's weight and bias uniform in (-1/sqrt(in),
 * 1/sqrt(in)) as PyTorch's nn.Linear, element order of the arena, stream (seed, "init", tensor
 * name): (2 u - 1) * (1 / sqrt(in)), u = random_unit_float.  By the backend's threads; NULL: by
 * one. */
void params_init(const struct backend *backend, const struct arch *arch, float *params);

#endif
