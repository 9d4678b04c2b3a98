/* SPDX-License-Identifier: Apache-2.0 */
/* Every op of every level this CPU can run against the oracle, bytes against bytes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdio.h>

#include <cmocka.h>

#include "kernels/backend.h"
#include "kernels/random.h"
#include "tests/kernels/kernel_case.h"

typedef void op_function(const struct kernel_table *table, struct side *side,
			 const struct shape *shape);

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

static const struct {
	const char *name;
	op_function *run;
	int largest_k;
	bool exact_nan; /* NaN results have specified bits */
} ops[] = {
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
};

static void compare(const char *level, const char *op, const struct shape *h, bool exact_nan)
{
	int place = case_difference(h, exact_nan), b = place / CASE_SPAN, i = place % CASE_SPAN;
	if (place >= 0)
		fail_msg("%s %s m %d n %d k %d pad %d form %d: buffer %d at %d: %a, oracle %a",
			 level, op, (int)h->m, (int)h->n, (int)h->k, (int)h->pad, h->form, b,
			 i - h->offset[b], (double)case_sides[0].buffer[b][i],
			 (double)case_sides[1].buffer[b][i]);
}

static void check_level(const struct kernel_table *table)
{
	struct random_stream stream;
	int cases = case_count();
	random_open(&stream, 1, "test", table->level);
	for (enum case_content content = 0; content < CASE_KINDS; content++) {
		case_fill(&stream, content);
		for (size_t o = 0; o < sizeof ops / sizeof *ops; o++)
			for (int i = 0; i < cases / (int)CASE_KINDS; i++) {
				struct shape shape = case_draw(&stream, ops[o].largest_k);
				case_begin(&shape);
				ops[o].run(table, &case_sides[0], &shape);
				ops[o].run(&kernel_table_oracle, &case_sides[1], &shape);
				compare(table->level, ops[o].name, &shape, ops[o].exact_nan);
			}
	}
}

static void test_levels(void **state)
{
	(void)state;
	int run = 0;
	for (int i = 0; kernel_tables[i]; i++) {
		struct backend backend;
		struct error error;
		int status = backend_open(&backend, kernel_tables[i]->level, "none", &error);
		if (status) {
			assert_int_equal(status, -2);
			print_message("%s: not run: %s\n", kernel_tables[i]->level, error.what);
			continue;
		}
		assert_string_equal(backend.level, kernel_tables[i]->level);
		assert_string_equal(backend.warning, "");
		assert_ptr_equal(backend.table, kernel_tables[i]);
		check_level(kernel_tables[i]);
		backend_close(&backend);
		run++;
	}
	assert_true(run > 0);
	print_message("%lld cases in %d levels\n", (long long)case_total, run);
}

/* The oracle's own in-place results equal its results elsewhere. */
static void test_oracle_in_place(void **state)
{
	(void)state;
	struct random_stream stream;
	random_open(&stream, 1, "test", "in place");
	case_fill(&stream, CASE_PLAIN);
	case_sides[0] = case_pool;
	float *x = case_sides[0].buffer[0], *y = case_sides[0].buffer[1],
	      *c = case_sides[0].buffer[2];
	const struct kernel_table *t = &kernel_table_oracle;
	t->layer_norm(7, 33, x, c, c, c + 40, NULL, NULL, y);
	t->layer_norm(7, 33, x, c, c, c + 40, NULL, NULL, x);
	assert_memory_equal(x, y, 7 * 33 * sizeof *x);
	t->layer_norm_backward(7, 33, x, c, c, c + 40, y);
	t->layer_norm_backward(7, 33, x, c, c, c + 40, x);
	assert_memory_equal(x, y, 7 * 33 * sizeof *x);
	t->gelu(231, x, y, NULL);
	t->gelu(231, x, x, NULL);
	assert_memory_equal(x, y, 7 * 33 * sizeof *x);
}

/* Rule 6: a moment below 2^-126 is +0, the update's own included; all else is as it was. */
static void test_small_moments(void **state)
{
	static const struct adamw_args args = {0.5f, 0.5f, 0.0f, 1.0f, 1.0f, 1.0f};
	static const float before[] = {0x1p-125f, -0x1p-125f, 0x1p-126f,   -0x1p-126f,
				       0x1p-149f, -0x1p-149f, 0x1.8p-126f, 0.0f};
	static const float after[] = {0x1p-126f, -0x1p-126f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
	enum { COUNT = sizeof before / sizeof *before };
	float g[COUNT] = {0.0f}, m[COUNT], v[COUNT], p[COUNT], positive[COUNT];
	(void)state;
	memcpy(m, before, sizeof m);
	for (int i = 0; i < COUNT; i++) {
		v[i] = fabsf(before[i]);
		positive[i] = fabsf(after[i]);
		p[i] = 3.0f;
	}
	kernel_table_oracle.adamw(COUNT, &args, g, m, v, p);
	assert_memory_equal(m, after, sizeof m);
	assert_memory_equal(v, positive, sizeof v);
	/* 2^-126 over its root's 2^-63; where both are 0, NaN as ever without an epsilon. */
	assert_true(p[0] == 3.0f && p[1] == 3.0f && isnan(p[2]) && isnan(p[COUNT - 1]));
	m[0] = INFINITY;
	v[0] = NAN;
	kernel_table_oracle.adamw(1, &args, g, m, v, p);
	assert_true(isinf(m[0]) && isnan(v[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_small_moments),
	    cmocka_unit_test(test_oracle_in_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
