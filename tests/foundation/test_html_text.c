/* SPDX-License-Identifier: Apache-2.0 */
/* Scales and cells of the report: whatever the numbers are, the page is one. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

static const double hard[] = {NAN,   INFINITY, -INFINITY, 0.0,       -0.0,          1.0,    -1.0,
			      1e308, -1e308,   DBL_MAX,   0x1p-1074, -0x1p-1074,    1e-310, 1e-290,
			      1e300, 1e15,     0.98,      0.99,      1.0 + 0x1p-52, 1e-5};
enum { HARD = sizeof hard / sizeof *hard };

static bool is_plain(const char *text)
{
	return text[0] && !strstr(text, "nan") && !strstr(text, "inf");
}

static void test_scales(void **state)
{
	(void)state;
	for (int i = 0; i < HARD; i++)
		for (int j = 0; j < HARD; j++) {
			struct scale s = scale_of(hard[i], hard[j], 16, 544, 6);
			if (!isfinite(s.low) || !isfinite(s.high) || !(s.high > s.low) ||
			    s.ticks < 2 || s.ticks > 20)
				fail_msg("%g, %g: %g to %g, %d ticks", hard[i], hard[j], s.low,
					 s.high, s.ticks);
			for (int t = 0; t < s.ticks; t++) {
				char text[32];
				double value;
				scale_tick(&s, t, &value, text);
				assert_true(isfinite(value) && is_plain(text) && strlen(text) < 31);
			}
			for (int k = 0; k < HARD; k++) {
				double at = scale_at(&s, hard[k]);
				assert_true(at >= 16 - 528 && at <= 544 + 528);
			}
		}
}

/* What is drawn for usual values: ticks of 1, 2 or 5. */
static void test_usual_scales(void **state)
{
	struct scale s = scale_of(-0.3, 1.1, 0, 100, 6);
	char text[32];
	double value;
	(void)state;
	assert_true(s.step == 0.5 && s.ticks == 5 && s.low == -0.5 && s.high == 1.5);
	assert_true(scale_at(&s, 0.5) == 50.0);
	scale_tick(&s, 1, &value, text);
	assert_string_equal(text, "0.0");
	s = scale_of(7.0, 7.0, 0, 100, 6);
	assert_true(s.low < 7.0 && s.high > 7.0);
}

static void test_cells(void **state)
{
	(void)state;
	for (int i = 0; i < HARD; i++) {
		char *text = NULL, difference[2][REPORT_DIFFERENCE], p[CELL_TEXT];
		size_t size;
		FILE *out = open_memstream(&text, &size);
		assert_non_null(out);
		html_cell_begin(out, hard[i]);
		fclose(out);
		assert_true(is_plain(text));
		assert_int_equal(strstr(text, "data-v=") != NULL, isfinite(hard[i]) != 0);
		free(text);
		report_difference("accuracy", hard[i], true, difference[0]);
		report_difference("loss", hard[i], true, difference[1]);
		cell_p(hard[i], p);
		assert_true(is_plain(difference[0]) && is_plain(difference[1]) && is_plain(p));
	}
}

static void writes(void (*write)(FILE *out, const char *text), const char *text,
		   const char *expected)
{
	char *found = NULL;
	size_t size;
	FILE *out = open_memstream(&found, &size);
	assert_non_null(out);
	write(out, text);
	fclose(out);
	assert_string_equal(found, expected);
	free(found);
}

/* Characters of one to four bytes stay as they are, the first and the last of each; what is none,
 * and what steers, is shown as such. */
static void test_texts(void **state)
{
	static const char replaced[] = "\xef\xbf\xbd";
	static const char *const good[] = {"",
					   "a",
					   " ~",
					   "\xc2\x80",
					   "\xdf\xbf",
					   "\xe0\xa0\x80",
					   "\xef\xbf\xbf",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf",
					   "x\ty\nz"};
	static const char *const bad[] = {"\x01", "\x1f", "\x7f", "\x80", "\xc1", "\xf5", "\xff"};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		writes(html_text, good[i], good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		writes(html_text, bad[i], replaced);
	/* Cut short: the rest is text. */
	writes(html_text, "\xe6\xbc!", "\xef\xbf\xbd\xef\xbf\xbd!");
	writes(html_text, "<a href=\"x\">'b' & c",
	       "&lt;a href=&quot;x&quot;&gt;&#39;b&#39; &amp; c");
	writes(html_id, "aZ09", "aZ09");
	writes(html_id, "a b-\xc3\xa9", "a_20b_2d_c3_a9");
	writes(html_shell_word, "configs/a-b_1.json", "configs/a-b_1.json");
	writes(html_shell_word, "", "&#39;&#39;");
	writes(html_shell_word, "a b", "&#39;a b&#39;");
	writes(html_shell_word, "<it's>", "&#39;&lt;it&#39;\\&#39;&#39;s&gt;&#39;");
	writes(html_shell_word, "\xff", "$&#39;\\377&#39;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scales),
	    cmocka_unit_test(test_usual_scales),
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
