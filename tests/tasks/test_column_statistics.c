/* SPDX-License-Identifier: Apache-2.0 */
/* A column's mean and deviation, at the ends of their range too. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/tasks/column_statistics.h"
static void learn(struct column_statistics *s, const double *values, int64_t count)
{
	double *copy = malloc((size_t)count * sizeof *copy);
	assert_non_null(copy);
	memcpy(copy, values, (size_t)count * sizeof *copy);
	column_statistics(s, copy, count);
	free(copy);
}

/* The plain formula, bit for bit, wherever it holds. */
static void test_plain_column(void **state)
{
	static const double values[] = {1.5, 2.5, 5.5, 3.5};
	struct column_statistics s;
	(void)state;
	learn(&s, values, 4);
	assert_true(s.mean == 3.25 && s.std == sqrt(2.1875) && !s.constant);
	assert_true(s.low == 1.5 && s.high == 5.5 && s.distinct == 4 && s.merged == 0);
	assert_true(column_standardise(&s, 1.5) == (float)((1.5 - 3.25) / sqrt(2.1875)));
}

/* The rounded mean of 142 times 14.62 is not 14.62. */
static void test_constant_column(void **state)
{
	double values[142], sum = 0.0;
	struct column_statistics s;
	(void)state;
	for (int i = 0; i < 142; i++)
		sum += values[i] = 14.62;
	assert_true(sum / 142 != 14.62);
	learn(&s, values, 142);
	assert_true(s.constant && s.mean == 14.62 && s.std == 0.0);
	assert_true(column_standardise(&s, 100.0) == 0.0f);
	/* One value a rounding away: still constant.  A thousandth away: not. */
	values[70] = nextafter(14.62, 15.0);
	learn(&s, values, 142);
	assert_true(s.constant && s.low < s.high && column_standardise(&s, 100.0) == 0.0f);
	values[70] = 14.621;
	learn(&s, values, 142);
	assert_true(!s.constant && fabs(column_standardise(&s, 14.621) - 11.87f) < 0.01f);
	values[0] = 0.0;
	values[1] = -0.0;
	learn(&s, values, 2);
	assert_true(s.constant);
	learn(&s, values, 0);
	assert_true(s.constant && s.count == 0 && column_standardise(&s, 7.0) == 0.0f);
}

static void test_ends_of_range(void **state)
{
	static const double huge[] = {1.7e308, -1.7e308, 1.7e308, -1.7e308};
	static const double largest[] = {DBL_MAX, DBL_MAX, -DBL_MAX};
	static const double tiny[] = {1e-200, 3e-200}, subnormal[] = {0.0, 0x1p-1074, 0x1p-1073};
	struct column_statistics s;
	(void)state;
	learn(&s, huge, 4);
	assert_true(s.mean == 0.0 && fabs(s.std / 1.7e308 - 1.0) < 1e-15);
	assert_true(column_standardise(&s, 1.7e308) == 1.0f);
	assert_true(column_standardise(&s, -1.7e308) == -1.0f);
	learn(&s, largest, 3);
	assert_true(isfinite(s.mean) && isfinite(s.std));
	assert_true(fabs(column_standardise(&s, DBL_MAX) - 0.70710678f) < 1e-6f);
	assert_true(fabs(column_standardise(&s, -DBL_MAX) + 1.41421356f) < 1e-6f);
	learn(&s, tiny, 2);
	assert_true(!s.constant && fabs(column_standardise(&s, 3e-200) - 1.0f) < 1e-6f);
	assert_true(isinf(column_standardise(&s, 1.0)));
	learn(&s, subnormal, 3);
	assert_true(!s.constant && isfinite(column_standardise(&s, 0x1p-1073)));
}

/* Nanoseconds since 1970 of ten seconds, a millisecond apart: their mean is far below the rounding
 * of their sum, and the encoding keeps them apart. */
static void test_nanoseconds(void **state)
{
	enum { TIMES = 10000 };
	static double values[TIMES];
	struct column_statistics s;
	double sum = 0.0, square = 0.0;
	(void)state;
	for (int i = 0; i < TIMES; i++)
		values[i] = 1.7e18 + 1e6 * i;
	learn(&s, values, TIMES);
	assert_true(!s.constant && s.distinct == TIMES && s.merged == 0);
	for (int i = 0; i < TIMES; i++) {
		double x = (double)column_standardise(&s, values[i]);
		sum += x;
		square += x * x;
	}
	assert_true(fabs(sum / TIMES) < 1e-6 && fabs(square / TIMES - 1.0) < 1e-6);
}

/* 100 values that one outlier leaves 24 bits of 10^12 for. */
static void test_merged(void **state)
{
	double values[101];
	struct column_statistics s;
	(void)state;
	for (int i = 0; i < 100; i++)
		values[i] = i;
	values[100] = 1e12;
	learn(&s, values, 101);
	assert_true(s.distinct == 101 && s.merged > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_column),  cmocka_unit_test(test_constant_column),
	    cmocka_unit_test(test_ends_of_range), cmocka_unit_test(test_nanoseconds),
	    cmocka_unit_test(test_merged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
