/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernels/kernel_ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void op_gemm(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	struct gemm_args g = case_gemm(s, h);
	t->gemm(&g);
}

/* Rows of A and C cut into three products of one B, the first of them without rows at times. */
static void op_gemm_group(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	struct gemm_args g[3] = {case_gemm(s, h)};
	const int64_t cut[] = {0, h->pad % (h->m + 1),
			       h->m - h->m / 3 > h->pad % (h->m + 1) ? h->m - h->m / 3 : h->m,
			       h->m};
	for (int i = 2; i >= 0; i--) {
		g[i] = g[0];
		g[i].m = cut[i + 1] - cut[i];
		g[i].a = g[0].a + cut[i] * g[0].rsa;
		g[i].c = g[0].c + cut[i] * g[0].ldc;
	}
	t->gemm_group(3, g);
}

static void op_add_bias(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->add_bias(h->m, h->n, at(s, h, 0), at(s, h, 1));
}

static void op_column_sum(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->column_sum(h->m, h->n, h->n + h->pad, at(s, h, 0), at(s, h, 1));
}

static void op_layer_norm(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0), *y = h->form & 1 ? x : at(s, h, 1);
	bool keep = h->form & 2;
	t->layer_norm(h->m, h->n, x, h->form & 4 ? at(s, h, 2) : NULL, at(s, h, 2) + 1, at(s, h, 3),
		      keep ? at(s, h, 4) : NULL, keep ? at(s, h, 5) : NULL, y);
}

static void op_layer_norm_backward(const struct kernel_table *t, struct side *s,
				   const struct shape *h)
{
	float *dy = at(s, h, 0);
	t->layer_norm_backward(h->m, h->n, dy, at(s, h, 1), at(s, h, 2), at(s, h, 3),
			       h->form & 1 ? dy : at(s, h, 4));
}

static void op_layer_norm_gradient(const struct kernel_table *t, struct side *s,
				   const struct shape *h)
{
	t->layer_norm_gradient(h->m, h->n, h->n + h->pad, at(s, h, 0), at(s, h, 1), at(s, h, 2),
			       at(s, h, 3));
}

static void op_gelu(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0);
	t->gelu(h->m * h->n, x, h->form & 1 ? x : at(s, h, 1), h->form & 2 ? at(s, h, 2) : NULL);
}

static void op_norm_gelu(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0), *y = h->form & 1 ? x : at(s, h, 1);
	bool keep = h->form & 2;
	const struct norm_gelu_args g = {.rows = h->m,
					 .n = h->n,
					 .x = x,
					 .bias = h->form & 4 ? at(s, h, 2) : NULL,
					 .gamma = at(s, h, 2) + 1,
					 .beta = at(s, h, 3),
					 .xhat = keep ? at(s, h, 4) : NULL,
					 .slope = keep ? at(s, h, 5) : NULL,
					 .rstd = keep ? at(s, h, 2) + 200 : NULL,
					 .y = y};
	t->norm_gelu(&g);
}

static void op_norm_gelu_backward(const struct kernel_table *t, struct side *s,
				  const struct shape *h)
{
	float *dy = at(s, h, 0), *rows = at(s, h, 5);
	const struct norm_gelu_backward_args g = {.rows = h->m,
						  .n = h->n,
						  .dy = dy,
						  .slope = at(s, h, 1),
						  .xhat = at(s, h, 2),
						  .rstd = at(s, h, 4),
						  .gamma = rows,
						  .dx = h->form & 1 ? dy : at(s, h, 3),
						  .dgamma = rows + 200,
						  .dbeta = rows + 400,
						  .dbias = rows + 600};
	t->norm_gelu_backward(&g);
}

static void op_bias_gelu(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	float *x = at(s, h, 0);
	t->bias_gelu(h->m, h->n, x, at(s, h, 3), h->form & 2 ? at(s, h, 2) : NULL,
		     h->form & 1 ? x : at(s, h, 1));
}

static void op_bias_gelu_backward(const struct kernel_table *t, struct side *s,
				  const struct shape *h)
{
	float *dy = at(s, h, 0);
	t->bias_gelu_backward(h->m, h->n, dy, at(s, h, 1), h->form & 1 ? dy : at(s, h, 2),
			      at(s, h, 3));
}

/* Form: z apart, z = x, z = y. */
static float *third(struct side *s, const struct shape *h)
{
	return at(s, h, h->form % 3 == 0 ? 2 : h->form % 3 - 1);
}

static void op_multiply(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->multiply(h->m * h->n, at(s, h, 0), at(s, h, 1), third(s, h));
}

static void op_add(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->add(h->m * h->n, at(s, h, 0), at(s, h, 1), third(s, h));
}

static void op_axpy(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->axpy(h->m * h->n, *at(s, h, 2), at(s, h, 0), at(s, h, 1));
}

static void op_softmax(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	t->softmax(h->m, h->n, h->n + h->pad, at(s, h, 0), at(s, h, 1),
		   h->form & 1 ? at(s, h, 2) : NULL);
}

static void op_dot(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	*at(s, h, 2) = t->dot(h->m * h->n, at(s, h, 0), at(s, h, 1));
}

static void op_squared_distance(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	*at(s, h, 2) = t->squared_distance(h->m * h->n, at(s, h, 0), at(s, h, 1));
}

static void op_adamw(const struct kernel_table *t, struct side *s, const struct shape *h)
{
	struct adamw_args args = {0.9f, 0.999f, 1e-8f, 1e-3f, 1.5f, h->form & 1 ? 0.99f : 1.0f};
	/* Of moments around the smallest normal number too, which most gradients leave there. */
	float scale = h->form & 2 ? 0x1p-125f : 1.0f;
	for (int64_t i = 0; i < h->m * h->n; i++) {
		at(s, h, 0)[i] = h->form & 2 && i % 3 ? 0.0f : at(s, h, 0)[i] * scale;
		at(s, h, 1)[i] = at(s, h, 1)[i] * scale;
		at(s, h, 2)[i] = fabsf(at(s, h, 2)[i]) * scale;
	}
	t->adamw(h->m * h->n, &args, at(s, h, 0), at(s, h, 1), at(s, h, 2), at(s, h, 3));
}

#define UNARY(name)                                                                                \
	static void op_##name(const struct kernel_table *t, struct side *s, const struct shape *h) \
	{                                                                                          \
		t->name(h->m * h->n, at(s, h, 0), at(s, h, 1));                                    \
	}

UNARY(exp)
UNARY(log)
UNARY(erf)
UNARY(sigmoid)
UNARY(softplus)

const struct kernel_op kernel_ops[] = {
    {"gemm", op_gemm, 520, false},
    {"gemm, small k", op_gemm, 40, false},
    {"gemm, edges of tiles", op_gemm, CASE_TILES, false},
    {"gemm of a group", op_gemm_group, 300, false},
    {"add_bias", op_add_bias, 0, false},
    {"column_sum", op_column_sum, 0, false},
    {"layer_norm", op_layer_norm, 0, false},
    {"layer_norm_backward", op_layer_norm_backward, 0, false},
    {"layer_norm_gradient", op_layer_norm_gradient, 0, false},
    {"gelu", op_gelu, 0, false},
    {"norm_gelu", op_norm_gelu, 0, false},
    {"norm_gelu_backward", op_norm_gelu_backward, 0, false},
    {"bias_gelu", op_bias_gelu, 0, false},
    {"bias_gelu_backward", op_bias_gelu_backward, 0, false},
    {"multiply", op_multiply, 0, false},
    {"add", op_add, 0, false},
    {"axpy", op_axpy, 0, false},
    {"softmax", op_softmax, 0, false},
    {"dot", op_dot, 0, false},
    {"squared_distance", op_squared_distance, 0, false},
    {"adamw", op_adamw, 0, false},
    {"exp", op_exp, 0, true},
    {"log", op_log, 0, true},
    {"erf", op_erf, 0, true},
    {"sigmoid", op_sigmoid, 0, true},
    {"softplus", op_softplus, 0, true},
    {NULL, NULL, 0, false},
};

void kernel_op_compare(const char *what, const char *with, const struct kernel_op *op,
		       const struct shape *h)
{
	int place = case_difference(h, op->exact_nan), b = place / CASE_SPAN, i = place % CASE_SPAN;
	if (place >= 0)
		fail_msg("%s %s m %d n %d k %d pad %d form %d: buffer %d at %d: %a, %s %a", what,
			 op->name, (int)h->m, (int)h->n, (int)h->k, (int)h->pad, h->form, b,
			 i - h->offset[b], (double)case_sides[0].buffer[b][i], with,
			 (double)case_sides[1].buffer[b][i]);
}
