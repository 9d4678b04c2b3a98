/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as texts, total for every double, and a column's mean and deviation at the ends of their
 * range. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/number_text.h"
#include "harness/tasks/column_statistics.h"
#include "foundation/csv_table.h"
#include "harness/training/evaluate.h"

static void assert_text(double value, const char *expected)
{
	char text[NUMBER_TEXT + 1];
	memset(text, '#', sizeof text);
	number_text(value, text);
	assert_string_equal(text, expected);
	assert_true(text[NUMBER_TEXT] == '#');
}

static void test_total(void **state)
{
	(void)state;
	assert_text((double)NAN, "nan");
	assert_text(-(double)NAN, "nan");
	assert_text((double)INFINITY, "inf");
	assert_text(-(double)INFINITY, "-inf");
	assert_text(-0.0, "0");
	assert_text(0x1p-1074, "5e-324");
	assert_text(-DBL_MIN, "-2.2250738585072014e-308");
	assert_text(-DBL_MAX, "-1.7976931348623157e308");
	assert_text(-0x1.fffffffffffffp-24, "-0.00000011920928955078124");
	assert_text(-123456789012345683968.0, "-123456789012345680000");
	assert_text(14.62, "14.62");
}

/* Any bits: a text that reads back, or one of the three words. */
static void test_any_bits(void **state)
{
	uint64_t bits = 1;
	(void)state;
	for (int i = 0; i < 200000; i++) {
		double value, back;
		char text[NUMBER_TEXT];
		bits = bits * 6364136223846793005u + 1442695040888963407u;
		memcpy(&value, &bits, sizeof value);
		number_text(value, text);
		if (isfinite(value)) {
			assert_int_equal(csv_number(text, &back), 0);
			assert_true(back == value);
		} else {
			assert_true(csv_number(text, &back) != 0);
		}
	}
}

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

static void test_inexact(void **state)
{
	static const struct {
		const char *text;
		bool inexact;
	} cases[] = {{"9007199254740992", false},
		     {"9007199254740993", true},
		     {"-9007199254740993", true},
		     {"+009007199254740993", true},
		     {"9007199254740993.000", true},
		     {" 9007199254740994 ", false},
		     {"18446744073709551616", false},
		     {"18446744073709551615", true},
		     {"1732752000000000001", true},
		     {"1e300", false},
		     {"0.1", false},
		     {"4503599627370497", false}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double value;
		assert_int_equal(csv_number(cases[i].text, &value), 0);
		if (csv_number_inexact(cases[i].text, value) != cases[i].inexact)
			fail_msg("%s", cases[i].text);
	}
}

static void test_first_not_finite(void **state)
{
	float x[9] = {0, -0.0f, FLT_MAX, -FLT_MAX, 0x1p-149f, 1, 2, 3, 4};
	(void)state;
	assert_int_equal(first_not_finite(x, 9), 9);
	assert_int_equal(first_not_finite(x, 0), 0);
	x[8] = INFINITY;
	assert_int_equal(first_not_finite(x, 9), 8);
	x[3] = NAN;
	assert_int_equal(first_not_finite(x, 9), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_total),
	    cmocka_unit_test(test_any_bits),
	    cmocka_unit_test(test_plain_column),
	    cmocka_unit_test(test_constant_column),
	    cmocka_unit_test(test_ends_of_range),
	    cmocka_unit_test(test_nanoseconds),
	    cmocka_unit_test(test_merged),
	    cmocka_unit_test(test_inexact),
	    cmocka_unit_test(test_first_not_finite),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
