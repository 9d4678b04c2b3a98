/* SPDX-License-Identifier: Apache-2.0 */
/* A Linear's three products. w is [in,out]; x rows x in; y rows x out. */
#ifndef SHEAFBENCH_MODELS_LAYERS_H
#define SHEAFBENCH_MODELS_LAYERS_H

#include "kernels/backend.h"
#include "models/params.h"

/* y = x W, without the bias. */
static inline struct gemm_args product_args(const struct linear *l, const float *params,
					    int64_t rows, const float *x, float *y)
{
	return (struct gemm_args){.m = rows,
				  .n = l->out,
				  .k = l->in,
				  .a = x,
				  .rsa = l->in,
				  .csa = 1,
				  .b = params + l->weight,
				  .rsb = l->out,
				  .csb = 1,
				  .c = y,
				  .ldc = l->out};
}

/* dx = dy W^T. */
static inline struct gemm_args input_gradient_args(const struct linear *l, const float *params,
						   int64_t rows, const float *dy, float *dx)
{
	return (struct gemm_args){.m = rows,
				  .n = l->in,
				  .k = l->out,
				  .a = dy,
				  .rsa = l->out,
				  .csa = 1,
				  .b = params + l->weight,
				  .rsb = 1,
				  .csb = l->out,
				  .c = dx,
				  .ldc = l->in};
}

/* dW = x^T dy. */
static inline struct gemm_args weight_gradient_args(const struct linear *l, int64_t rows,
						    const float *x, const float *dy, float *grads)
{
	return (struct gemm_args){.m = l->in,
				  .n = l->out,
				  .k = rows,
				  .a = x,
				  .rsa = 1,
				  .csa = l->in,
				  .b = dy,
				  .rsb = l->out,
				  .csb = 1,
				  .c = grads + l->weight,
				  .ldc = l->out};
}

/* y = x W, without the bias. */
static inline void linear_product(const struct backend *backend, const struct linear *l,
				  const float *params, int64_t rows, const float *x, float *y)
{
	struct gemm_args g = product_args(l, params, rows, x, y);
	backend_gemm(backend, &g);
}

/* y = x W + b. */
static inline void linear_forward(const struct backend *backend, const struct linear *l,
				  const float *params, int64_t rows, const float *x, float *y)
{
	linear_product(backend, l, params, rows, x, y);
	backend->table->add_bias(rows, l->out, params + l->bias, y);
}

/* dx = dy W^T. */
static inline void linear_input_gradient(const struct backend *backend, const struct linear *l,
					 const float *params, int64_t rows, const float *dy,
					 float *dx)
{
	struct gemm_args g = input_gradient_args(l, params, rows, dy, dx);
	backend_gemm(backend, &g);
}

/* dW = x^T dy. */
static inline void linear_weight_product(const struct backend *backend, const struct linear *l,
					 int64_t rows, const float *x, const float *dy,
					 float *grads)
{
	struct gemm_args g = weight_gradient_args(l, rows, x, dy, grads);
	backend_gemm(backend, &g);
}

/* dW = x^T dy, db = column sums of dy. */
static inline void linear_weight_gradient(const struct backend *backend, const struct linear *l,
					  int64_t rows, const float *x, const float *dy,
					  float *grads)
{
	linear_weight_product(backend, l, rows, x, dy, grads);
	backend->table->column_sum(rows, l->out, l->out, dy, grads + l->bias);
}

#endif
