/* SPDX-License-Identifier: Apache-2.0 */
/* The same cells in each format. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/tables/grid.h"

/* Two rows: one of each kind of cell, and one of what is unknown. */
static void write_rows(struct grid *grid)
{
	const struct statistics s = {
	    .mean = 0.5, .interval = true, .ci_low = 0.25, .ci_high = 0.75};
	grid_text(grid, "a_b, \"c\"");
	grid_integer(grid, 195540);
	grid_number(grid, true, 0.125, true);
	grid_p(grid, true, 0.03125);
	grid_decimals(grid, 1, 12.25);
	grid_estimate(grid, &s, false);
	grid_interval(grid, true, -0.5, 0.5);
	grid_residual(grid, 124, 1000);
	grid_print(grid, "%d of %d", 1, 2);
	grid_unknown(grid);
	grid_number(grid, false, 0.125, true);
	grid_p(grid, false, 0.03125);
	grid_decimals(grid, 1, NAN);
	grid_estimate(grid, NULL, false);
	grid_interval(grid, false, -0.5, 0.5);
	grid_residual(grid, 124, 0);
	grid_unknown(grid);
	grid_text(grid, "");
}

static void writes(enum grid_format format, const char *expected)
{
	char *text = NULL;
	size_t size;
	struct grid grid;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	grid_begin(&grid, out, format, "all & <more>",
		   "name\t#n\t#d\t#p\t#x\t#mean\tin\t#off\tof_all");
	write_rows(&grid);
	grid_end(&grid);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void test_html(void **state)
{
	char *text = NULL;
	size_t size;
	struct grid grid;
	FILE *out = open_memstream(&text, &size);
	(void)state;
	assert_non_null(out);
	grid_begin(&grid, out, GRID_HTML, "a & b", "x<\t#n\tw");
	grid_row_id(&grid, "first");
	grid_text(&grid, "<1>");
	grid_mark(&grid, (struct grid_mark){.link = "there", .bar = 0.5});
	grid_integer(&grid, 1234);
	grid_mark(&grid, (struct grid_mark){.style = "better", .code = true});
	grid_text(&grid, "7");
	grid_text(&grid, "s");
	grid_print(&grid, "%d of %d", 3, 5);
	grid_unknown(&grid);
	grid_text(&grid, "t");
	grid_number(&grid, true, NAN, false);
	grid_p(&grid, true, 0.5);
	grid_end(&grid);
	fclose(out);
	assert_string_equal(
	    text, "<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"a &amp; b\">\n"
		  "<table class=\"sort\"><caption>a &amp; b</caption>\n<thead><tr><th "
		  "scope=\"col\">x&lt;</th><th scope=\"col\" class=\"n\">n</th><th "
		  "scope=\"col\">w</th></tr></thead>\n<tbody>\n"
		  "<tr id=\"first\"><th scope=\"row\">&lt;1&gt;</th><td class=\"n\" "
		  "style=\"--bar:0.5000\" data-v=\"1234\"><a href=\"#there\">1,234</a></td><td "
		  "class=\"better\"><code>7</code></td></tr>\n"
		  "<tr><th scope=\"row\">s</th><td class=\"n\" data-v=\"3\">3 of "
		  "5</td><td>–</td></tr>\n"
		  "<tr><th scope=\"row\">t</th><td class=\"n\">–</td><td>0.5000</td></tr>\n"
		  "</tbody></table></div>\n");
	free(text);
}

static void test_markdown(void **state)
{
	(void)state;
	writes(GRID_MARKDOWN,
	       "| name | n | d | p | x | mean | in | off | of_all |\n"
	       "|---|---:|---:|---:|---:|---:|---|---:|---|\n"
	       "| a_b, \"c\" | 195,540 | +0.1250 | 0.0312 | 12.2 | 0.5000 [0.2500, 0.7500] | "
	       "[-0.5000, +0.5000] | +124 (+12.400 %) | 1 of 2 |\n"
	       "| – | – | – | – | – | – | – | – |  |\n");
}

static void test_tex(void **state)
{
	(void)state;
	writes(GRID_TEX,
	       "\\begin{tabular}{lrrrrrlrl}\n\\toprule\n"
	       "name & n & d & p & x & mean & in & off & of\\_all \\\\\n\\midrule\n"
	       "a\\_b, \"c\" & 195,540 & +0.1250 & 0.0312 & 12.2 & 0.5000 [0.2500, 0.7500] & "
	       "[-0.5000, +0.5000] & +124 (+12.400\\,\\%) & 1 of 2 \\\\\n"
	       "-- & -- & -- & -- & -- & -- & -- & -- &  \\\\\n"
	       "\\bottomrule\n\\end{tabular}\n");
}

static void test_csv(void **state)
{
	struct grid grid;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	(void)state;
	assert_non_null(out);
	grid_begin(&grid, out, GRID_CSV, NULL, "name\tcount\tx\ty\tz");
	grid_text(&grid, "a, \"b\"");
	grid_integer(&grid, 195540);
	grid_number(&grid, true, 0.1, true);
	grid_number(&grid, false, 0.1, true);
	grid_decimals(&grid, 1, 12.25);
	grid_end(&grid);
	fclose(out);
	assert_string_equal(text, "name,count,x,y,z\n\"a, \"\"b\"\"\",195540,0.1,,12.2\n");
	free(text);
}

/* Whatever a number is, the page says nothing but numbers, and sorts by no other. */
static void test_hard_numbers(void **state)
{
	static const double hard[] = {NAN,    INFINITY,  -INFINITY, 0.0,    -0.0,  1e308,
				      -1e308, 0x1p-1074, 1e15,      1e-290, -1e-5, 1.0};
	(void)state;
	for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
		const struct statistics s = {
		    .mean = hard[i], .interval = true, .ci_low = hard[i], .ci_high = hard[i]};
		char *text = NULL;
		size_t size;
		struct grid grid;
		FILE *out = open_memstream(&text, &size);
		assert_non_null(out);
		grid_begin(&grid, out, GRID_HTML, "", "#a\t#b\t#c\t#d");
		grid_number(&grid, true, hard[i], true);
		grid_p(&grid, true, hard[i]);
		grid_decimals(&grid, 1, hard[i]);
		grid_estimate(&grid, &s, true);
		grid_end(&grid);
		fclose(out);
		assert_true(!strstr(text, "nan") && !strstr(text, "inf"));
		assert_int_equal(strstr(text, "data-v=") != NULL, isfinite(hard[i]) != 0);
		free(text);
	}
}

/* Characters that mean something to TeX. */
static void test_tex_text(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	(void)state;
	assert_non_null(out);
	grid_write_tex(out, "a_%&#${}\\^~z");
	fclose(out);
	assert_string_equal(text, "a\\_\\%\\&\\#\\$\\{\\}\\textbackslash{}\\^{}\\~{}z");
	free(text);
}

/* Headings that have no room are cut, and nothing is written behind them. */
static void test_heads(void **state)
{
	char heads[GRID_HEADS] = "", head[GRID_HEADS];
	(void)state;
	memset(head, 'x', sizeof head - 1);
	head[sizeof head - 1] = '\0';
	grid_add_head(heads, "a");
	grid_add_head(heads, "#b");
	assert_string_equal(heads, "a\t#b");
	grid_add_head(heads, head);
	assert_int_equal(strlen(heads), GRID_HEADS - 1);
	grid_add_head(heads, "c");
	assert_int_equal(strlen(heads), GRID_HEADS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_html),         cmocka_unit_test(test_markdown),
	    cmocka_unit_test(test_tex),          cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_tex_text),     cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_hard_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
