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
#include "tests/kernels/kernel_ops.h"

static void check_level(const struct kernel_table *table)
{
	struct random_stream stream;
	int cases = case_count();
	random_open(&stream, 1, "test", table->level);
	for (enum case_content content = 0; content < CASE_KINDS; content++) {
		case_fill(&stream, content);
		for (const struct kernel_op *op = kernel_ops; op->name; op++)
			for (int i = 0; i < cases / (int)CASE_KINDS; i++) {
				struct shape shape = case_draw(&stream, op->largest_k);
				case_begin(&shape);
				op->run(table, &case_sides[0], &shape);
				op->run(&kernel_table_oracle, &case_sides[1], &shape);
				kernel_op_compare(table->level, "oracle", op, &shape);
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
