/* SPDX-License-Identifier: Apache-2.0 */
/* Means and intervals against values worked out by hand and printed t tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/stats.h"

static void near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("found %.17g, expected %.17g", value, expected);
}

static void test_student_quantile(void **state)
{
	/* Two-sided 95 %, as printed to three decimals in any table of Student's t. */
	static const struct {
		int64_t degrees;
		double t;
	} cases[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},
		     {9, 2.262},  {29, 2.045}, {120, 1.980}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		near(statistics_student(cases[i].degrees), cases[i].t, 0.0005);
	near(statistics_student(1), 12.706204736, 1e-9);
}

static void test_three_values(void **state)
{
	static const double values[] = {2.0, 4.0, 9.0};
	(void)state;
	struct statistics s = statistics_of(values, 3);
	/* mean 5, squares 9 + 1 + 16 = 26, sd sqrt 13, half 4.30265273 sqrt(13 / 3) */
	assert_int_equal(s.n, 3);
	assert_true(s.interval);
	near(s.mean, 5.0, 0.0);
	near(s.sd, 3.605551275463989, 1e-15);
	near(s.min, 2.0, 0.0);
	near(s.max, 9.0, 0.0);
	near(s.ci_low, 5.0 - 8.956685895, 1e-8);
	near(s.ci_high, 5.0 + 8.956685895, 1e-8);
}

static void test_one_value_has_no_interval(void **state)
{
	static const double values[] = {0.25};
	(void)state;
	struct statistics s = statistics_of(values, 1);
	assert_int_equal(s.n, 1);
	assert_false(s.interval);
	near(s.mean, 0.25, 0.0);
	near(s.sd, 0.0, 0.0);
}

static void test_no_values(void **state)
{
	(void)state;
	struct statistics s = statistics_of(NULL, 0);
	assert_int_equal(s.n, 0);
	assert_false(s.interval);
}

static void test_equal_values(void **state)
{
	/* 0.1 ten times sums to less than 1; the mean is 0.1 all the same. */
	double values[10];
	(void)state;
	for (int i = 0; i < 10; i++)
		values[i] = 0.1;
	struct statistics s = statistics_of(values, 10);
	assert_true(s.mean == 0.1 && s.sd == 0.0 && s.ci_low == 0.1 && s.ci_high == 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_student_quantile),
	    cmocka_unit_test(test_three_values),
	    cmocka_unit_test(test_one_value_has_no_interval),
	    cmocka_unit_test(test_no_values),
	    cmocka_unit_test(test_equal_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
