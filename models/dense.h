/* SPDX-License-Identifier: Apache-2.0 */
/* Dense residual MLP: x = X W_in + b; per block x = x + down(GELU(up(LayerNorm(x)))); y = x W_out +
 * b. */
#ifndef SHEAFBENCH_MODELS_DENSE_H
#define SHEAFBENCH_MODELS_DENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/backend.h"
#include "models/params.h"

struct dense_block {
	struct norm norm;
	struct linear up, down;
	/* one batch: parts of the buffers below */
	float *xhat, *rstd, *y; /* rows x hidden; rows; rows x hidden */
	float *a, *slope;       /* rows x intermediate */
};

struct dense {
	int64_t in, hidden, intermediate, out, blocks;
	int64_t capacity; /* rows of a batch */
	bool training;    /* there is what a backward pass needs */
	struct linear input, output;

	/* All pointers own what they point to. */
	struct dense_block *block;
	float *x, *dx, *dh; /* rows x hidden */
	float *du;          /* rows x intermediate */
	float *y, *a;       /* blocks x rows x hidden, intermediate; evaluation: of 1 block */
	float *xhat, *rstd, *slope; /* blocks x rows x hidden; 1; intermediate */
};

/* Bytes dense_open asks for; INT64_MAX: more than can be counted. */
int64_t dense_memory(const struct arch *arch, int64_t capacity, bool training);
struct dense *dense_open(const struct arch *arch, int64_t capacity,
			 bool training); /* NULL: memory */
void dense_close(struct dense *dense);
void dense_forward(struct dense *dense, const struct backend *backend, const float *params,
		   int64_t rows, const float *inputs, bool for_training, float *y);
void dense_backward(struct dense *dense, const struct backend *backend, const float *params,
		    int64_t rows, const float *inputs, const float *dy, float *grads);

#endif
