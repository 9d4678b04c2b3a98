/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of GEMM decide about time alone: by every set of them, and by those that leave no
 * choice, products have the oracle's bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/gemm_rules.h"
#include "tests/kernels/kernel_ops.h"

static void check_products(const struct kernel_table *table, struct random_stream *stream,
			   int cases)
{
	for (enum case_content content = 0; content < CASE_KINDS; content++) {
		case_fill(stream, content);
		for (const struct kernel_op *op = kernel_ops; op->name; op++)
			for (int i = 0; !strncmp(op->name, "gemm", 4) && i < cases; i++) {
				struct shape shape = case_draw(stream, op->largest_k);
				case_begin(&shape);
				op->run(table, &case_sides[0], &shape);
				op->run(&kernel_table_oracle, &case_sides[1], &shape);
				kernel_op_compare(gemm_rules->name, "oracle", op, &shape);
			}
	}
}

static void check_rules(const struct gemm_rules *rules)
{
	const int cases = case_count() / (int)CASE_KINDS / 8 + 1;
	for (int i = 0; kernel_tables[i]; i++) {
		struct backend backend;
		struct random_stream stream;
		struct error error;
		if (backend_open(&backend, kernel_tables[i]->level, "none", &error))
			continue; /* test_kernels says which */
		random_open(&stream, 1, rules->name, kernel_tables[i]->level);
		gemm_rules = rules;
		check_products(backend.table, &stream, cases);
		backend_close(&backend);
	}
}

static void test_known(void **state)
{
	(void)state;
	for (int i = 0; i < GEMM_RULES; i++)
		check_rules(&gemm_rules_known[i]);
}

/* A copied or not, B copied or not, C^T or not. */
static void test_forced(void **state)
{
	static const struct gemm_copy_rule always = {.stride = 0}, never = {.stride = INT64_MAX};
	static const char *const names[] = {
	    "in place", "a", "b", "a, b", "swapped", "a, swapped", "b, swapped", "a, b, swapped"};
	(void)state;
	for (unsigned way = 0; way < sizeof names / sizeof *names; way++) {
		const struct gemm_copy_rule a = way & 1 ? always : never;
		const struct gemm_rules rules = {.name = names[way],
						 .k_major = a,
						 .row_major = a,
						 .transposed = a,
						 .far_apart = {{0, way & 2 ? 1 : 0}},
						 .swap =
						     way & 4 ? GEMM_SWAP_ALWAYS : GEMM_SWAP_NEVER};
		check_rules(&rules);
	}
	gemm_rules = gemm_rules_known;
}

/* Wider strides first: the first that fits is taken.  None is without a name or a limit. */
static void test_order(void **state)
{
	(void)state;
	for (int set = 0; set < GEMM_RULES; set++) {
		const struct gemm_rules *r = &gemm_rules_known[set];
		assert_int_equal(r->swap, GEMM_SWAP_BY_COST);
		for (int i = 0; i + 1 < GEMM_FAR_APART && r->far_apart[i + 1].rows > 0; i++)
			assert_true(r->far_apart[i].stride > r->far_apart[i + 1].stride);
	}
	assert_true(gemm_rules_of_cpu() >= gemm_rules_known &&
		    gemm_rules_of_cpu() < gemm_rules_known + GEMM_RULES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known),
	    cmocka_unit_test(test_forced),
	    cmocka_unit_test(test_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
