/* SPDX-License-Identifier: Apache-2.0 */
#include "models/dense.h"

#include <stdlib.h>
#include <string.h>

#include "models/layers.h"

int64_t dense_memory(const struct arch *arch, int64_t capacity, bool training)
{
	int64_t kept = training ? arch->expert_depth : 1;
	return 4 * capacity *
	       (arch->hidden_dim * (2 * kept + 3) + arch->intermediate * (2 * kept + 1) + kept);
}

static int64_t place_linear(struct linear *linear, int64_t at, int64_t in, int64_t out)
{
	*linear = (struct linear){in, out, at, at + in * out};
	return at + in * out + out;
}

static void place_parameters(struct dense *dense)
{
	int64_t h = dense->hidden;
	int64_t at = place_linear(&dense->input, 0, dense->in, h);
	for (int64_t b = 0; b < dense->blocks; b++) {
		struct dense_block *block = &dense->block[b];
		block->norm = (struct norm){h, at, at + h};
		at = place_linear(&block->up, at + 2 * h, h, dense->intermediate);
		at = place_linear(&block->down, at, dense->intermediate, h);
	}
	place_linear(&dense->output, at, h, dense->out);
}

static float *take(int64_t count, bool *ok)
{
	float *memory = malloc((size_t)(count ? count : 1) * sizeof *memory);
	*ok = *ok && memory;
	return memory;
}

struct dense *dense_open(const struct arch *arch, int64_t capacity, bool training)
{
	struct dense *dense = calloc(1, sizeof *dense);
	if (!dense)
		return NULL;
	dense->in = arch->input_dim;
	dense->hidden = arch->hidden_dim;
	dense->intermediate = arch->intermediate;
	dense->out = arch->output_dim;
	dense->blocks = arch->expert_depth;
	int64_t width = capacity * dense->hidden, wide = capacity * dense->intermediate;
	bool ok = true;
	dense->x = take(width, &ok);
	dense->dx = take(training ? width : 0, &ok);
	dense->dh = take(width, &ok);
	dense->du = take(training ? wide : 0, &ok);
	dense->block = calloc((size_t)(dense->blocks ? dense->blocks : 1), sizeof *dense->block);
	ok = ok && dense->block;
	for (int64_t b = 0; ok && b < dense->blocks; b++) {
		struct dense_block *block = &dense->block[b];
		/* Evaluation keeps nothing: every block uses the first one's memory. */
		if (!training && b) {
			*block = dense->block[0];
			continue;
		}
		block->y = take(width, &ok);
		block->a = take(wide, &ok);
		block->xhat = take(training ? width : 0, &ok);
		block->rstd = take(training ? capacity : 0, &ok);
		block->slope = take(training ? wide : 0, &ok);
	}
	if (!ok) {
		dense_close(dense);
		return NULL;
	}
	place_parameters(dense);
	return dense;
}

void dense_close(struct dense *dense)
{
	if (!dense)
		return;
	for (int64_t b = 0; dense->block && b < dense->blocks; b++) {
		struct dense_block *block = &dense->block[b];
		if (b && block->y == dense->block[0].y)
			break;
		free(block->y);
		free(block->a);
		free(block->xhat);
		free(block->rstd);
		free(block->slope);
	}
	free(dense->block);
	free(dense->x);
	free(dense->dx);
	free(dense->dh);
	free(dense->du);
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
		table->layer_norm_gradient(rows, h, dense->dh, block->xhat,
					   grads + block->norm.weight, grads + block->norm.bias);
		table->layer_norm_backward(rows, h, dense->dh, block->xhat, block->rstd,
					   params + block->norm.weight, dense->dh);
		table->add(rows * h, dense->dx, dense->dh, dense->dx);
	}
	linear_weight_gradient(backend, &dense->input, rows, inputs, dense->dx, grads);
}
