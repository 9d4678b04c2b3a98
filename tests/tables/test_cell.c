/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text in cells. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/tables/cell.h"

static void test_cells(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} integers[] = {
	    {0, "0"},          {999, "999"},          {1000, "1,000"},           {-58, "-58"},
	    {-1234, "-1,234"}, {-123456, "-123,456"}, {673530324, "673,530,324"}};
	char text[CELL_TEXT];
	(void)state;
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
		cell_integer(integers[i].value, text);
		assert_string_equal(text, integers[i].text);
	}
	cell_number(-0.00001, true, text);
	assert_string_equal(text, "0.0000");
	cell_number(0.25, true, text);
	assert_string_equal(text, "+0.2500");
	cell_residual(-39, 195540, " %", text);
	assert_string_equal(text, "-39 (-0.020 %)");
}

static void test_hard_cells(void **state)
{
	static const double hard[] = {NAN,    INFINITY,  -INFINITY,  -0.0,   1e308,
				      -1e308, 0x1p-1074, -0x1p-1074, 9.3e18, -9.3e18};
	(void)state;
	for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
		char text[5][CELL_TEXT];
		const struct statistics s = {
		    .n = 3, .mean = 0.5, .interval = true, .ci_low = hard[i], .ci_high = hard[i]};
		cell_number(hard[i], true, text[0]);
		cell_estimate(&s, true, text[1]);
		cell_decimals(hard[i], 3, text[2]);
		cell_rounded(hard[i], text[3]);
		cell_p(hard[i], text[4]);
		for (int t = 0; t < 5; t++)
			assert_true(text[t][0] && !strstr(text[t], "nan") &&
				    !strstr(text[t], "inf"));
		if (!isfinite(hard[i]))
			for (int t = 0; t < 5; t++)
				assert_string_equal(text[t], t == 1 ? "+0.5000" : "–");
	}
	char text[CELL_TEXT];
	/* Fixed point ends where its digits would be more than there are. */
	cell_decimals(999999999999999.0, 1, text);
	assert_string_equal(text, "999999999999999.0");
	cell_decimals(1e15, 1, text);
	assert_string_equal(text, "1.0e+15");
	cell_decimals(-1e15, 1, text);
	assert_string_equal(text, "-1.0e+15");
	cell_rounded(1234.5, text);
	assert_string_equal(text, "1,235");
	cell_p(0.0312, text);
	assert_string_equal(text, "0.0312");
	cell_p(0.0000488, text);
	assert_string_equal(text, "4.9e-05");
	cell_decimals(2.0 / 3.0, 2, text);
	assert_string_equal(text, "0.67");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_hard_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
