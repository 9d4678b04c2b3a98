/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as texts, total for every double, and which texts of numbers binary64 does not hold. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/number_text.h"
#include "foundation/csv_table.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_total),
	    cmocka_unit_test(test_any_bits),
	    cmocka_unit_test(test_inexact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
