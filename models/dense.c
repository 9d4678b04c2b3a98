/* SPDX-License-Identifier: Apache-2.0 */
#include "models/dense.h"

#include <stdlib.h>
#include <string.h>

#include "models/buffers.h"
#include "models/layers.h"

static void place_parameters(struct dense *dense)
{
	int64_t h = dense->hidden;
	int64_t at = linear_place(&dense->input, 0, dense->in, h);
	for (int64_t b = 0; b < dense->blocks; b++) {
		struct dense_block *block = &dense->block[b];
		at = norm_place(&block->norm, at, h);
		at = linear_place(&block->up, at, h, dense->intermediate);
		at = linear_place(&block->down, at, dense->intermediate, h);
	}
	linear_place(&dense->output, at, h, dense->out);
}

static void set_dims(struct dense *dense, const struct arch *arch, int64_t capacity, bool training)
{
	*dense = (struct dense){
	    .in = arch->input_dim,
	    .hidden = arch->hidden_dim,
	    .intermediate = arch->intermediate,
	    .out = arch->output_dim,
	    .blocks = arch->expert_depth,
	    .capacity = capacity,
	    .training = training,
	};
}

enum { DENSE_BUFFERS = 10 };

/* All that the dims of *dense ask for. */
static void list_buffers(struct dense *dense, struct buffer row[DENSE_BUFFERS])
{
	const int64_t width = dense->capacity * dense->hidden;
	const int64_t wide = dense->capacity * dense->intermediate;
	/* Evaluation keeps nothing: every block uses the same memory. */
	const int64_t kept = dense->training ? dense->blocks : 1;
	const int64_t trained = dense->training ? dense->blocks : 0;
	const struct buffer all[] = {
	    BUFFER(dense->block, dense->blocks, true),
	    BUFFER(dense->x, width, false),
	    BUFFER(dense->dx, dense->training ? width : 0, false),
	    BUFFER(dense->dh, width, false),
	    BUFFER(dense->du, dense->training ? wide : 0, false),
	    BUFFER(dense->y, kept * width, false),
	    BUFFER(dense->a, kept * wide, false),
	    BUFFER(dense->xhat, trained * width, false),
	    BUFFER(dense->rstd, trained * dense->capacity, false),
	    BUFFER(dense->slope, trained * wide, false),
	};
	_Static_assert(sizeof all == DENSE_BUFFERS * sizeof *row, "every row is there");
	memcpy(row, all, sizeof all);
}

/* The blocks' parts of what all of them share. */
static void divide_blocks(struct dense *dense)
{
	const int64_t width = dense->capacity * dense->hidden;
	const int64_t wide = dense->capacity * dense->intermediate;
	for (int64_t b = 0; b < dense->blocks; b++) {
		struct dense_block *block = &dense->block[b];
		const int64_t at = dense->training ? b : 0;
		block->y = dense->y + at * width;
		block->a = dense->a + at * wide;
		if (!dense->training)
			continue;
		block->xhat = dense->xhat + at * width;
		block->rstd = dense->rstd + at * dense->capacity;
		block->slope = dense->slope + at * wide;
	}
}

int64_t dense_memory(const struct arch *arch, int64_t capacity, bool training)
{
	struct buffer row[DENSE_BUFFERS];
	struct dense dense;
	set_dims(&dense, arch, capacity, training);
	list_buffers(&dense, row);
	const int64_t bytes = buffers_bytes(row, DENSE_BUFFERS);
	return bytes < INT64_MAX ? bytes + (int64_t)sizeof dense : bytes;
}

struct dense *dense_open(const struct arch *arch, int64_t capacity, bool training)
{
	struct buffer row[DENSE_BUFFERS];
	struct dense *dense = malloc(sizeof *dense);
	if (!dense)
		return NULL;
	set_dims(dense, arch, capacity, training);
	list_buffers(dense, row);
	if (!buffers_take(row, DENSE_BUFFERS)) {
		dense_close(dense);
		return NULL;
	}
	divide_blocks(dense);
	place_parameters(dense);
	return dense;
}

void dense_close(struct dense *dense)
{
	struct buffer row[DENSE_BUFFERS];
	if (!dense)
		return;
	list_buffers(dense, row);
	buffers_free(row, DENSE_BUFFERS);
	free(dense);
}

void dense_forward(struct dense *dense, const struct backend *backend, const float *params,
		   int64_t rows, const float *inputs, bool for_training, float *y)
{
	const struct kernel_table *table = backend->table;
	int64_t h = dense->hidden;
	linear_forward(backend, &dense->input, params, rows, inputs, dense->x);
	for (int64_t b = 0; b < dense->blocks; b++) {
		struct dense_block *block = &dense->block[b];
		table->layer_norm(rows, h, dense->x, NULL, params + block->norm.weight,
				  params + block->norm.bias, for_training ? block->xhat : NULL,
				  for_training ? block->rstd : NULL, block->y);
		linear_product(backend, &block->up, params, rows, block->y, block->a);
		table->bias_gelu(rows, dense->intermediate, block->a, params + block->up.bias,
				 for_training ? block->slope : NULL, block->a);
		linear_forward(backend, &block->down, params, rows, block->a, dense->dh);
		table->add(rows * h, dense->x, dense->dh, dense->x);
	}
	linear_forward(backend, &dense->output, params, rows, dense->x, y);
}

void dense_backward(struct dense *dense, const struct backend *backend, const float *params,
		    int64_t rows, const float *inputs, const float *dy, float *grads)
{
	const struct kernel_table *table = backend->table;
	int64_t h = dense->hidden;
	linear_weight_gradient(backend, &dense->output, rows, dense->x, dy, grads);
	linear_input_gradient(backend, &dense->output, params, rows, dy, dense->dx);
	for (int64_t b = dense->blocks - 1; b >= 0; b--) {
		struct dense_block *block = &dense->block[b];
		linear_weight_gradient(backend, &block->down, rows, block->a, dense->dx, grads);
		linear_input_gradient(backend, &block->down, params, rows, dense->dx, dense->du);
		table->bias_gelu_backward(rows, dense->intermediate, dense->du, block->slope,
					  dense->du, grads + block->up.bias);
		linear_weight_product(backend, &block->up, rows, block->y, dense->du, grads);
		linear_input_gradient(backend, &block->up, params, rows, dense->du, dense->dh);
		table->layer_norm_gradient(rows, h, h, dense->dh, block->xhat,
					   grads + block->norm.weight, grads + block->norm.bias);
		table->layer_norm_backward(rows, h, dense->dh, block->xhat, block->rstd,
					   params + block->norm.weight, dense->dh);
		table->add(rows * h, dense->dx, dense->dh, dense->dx);
	}
	linear_weight_gradient(backend, &dense->input, rows, inputs, dense->dx, grads);
}
