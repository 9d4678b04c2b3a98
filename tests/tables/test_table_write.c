/* SPDX-License-Identifier: Apache-2.0 */
/* What is written of a table: CSV, Markdown, LaTeX, plots, and all files of an experiment. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#include "foundation/text_file.h"
#include "harness/tables/table.h"
#include "tests/scratch.h"
#include "tests/tables/table_fixture.h"

static const char *const folder = scratch_folder;

static char *plot_text(void (*write)(FILE *, const struct table *, const char *),
		       const struct table *table, const char *task)
{
	struct text_stream stream;
	char *text = NULL;
	size_t size = 0;
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	write(stream.out, table, task);
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), 0);
	return text;
}

static void test_csv(void **state)
{
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
	char *text = table_fixture_text(table_write_csv, &table);
	(void)state;
	static const char head[] = "task,arm,size,runs,total_params,active_params,train_flops,"
				   "metric,mean,ci_low,ci_high,variant,";
	assert_memory_equal(text, head, sizeof head - 1);
	assert_contains(text,
			"\nletter,SheafOnly,Nano,3,157356,78712,449792,accuracy,0.75,0.09853");
	assert_contains(text, ",,,,0.25,0.5,1,2.000,200.0,3.0\n");
	/* One run: no interval and no deviation, whatever else is known. */
	assert_contains(text,
			"\nletter,Dense,Nano,1,157414,157414,931328,accuracy,0.625,,,,157356,58,,"
			"0.625,0.625,1.000,100.0,1.0\n");
	free(text);
	text = table_fixture_text(table_write_curves, &table);
	assert_contains(text, "\nletter,SheafOnly,,1,accuracy,0.375,");
	assert_contains(text, "\nletter,Dense,,2,accuracy,0.625,,,1,Nano\n");
	free(text);
	snprintf(table.row[2].variant, sizeof table.row[2].variant, "train.lr=0.1");
	text = table_fixture_text(table_write_curves, &table);
	assert_contains(text, "\nletter,Dense,train.lr=0.1,2,accuracy,0.625,,,1,Nano\n");
	free(text);
	table_free(&table);
}

static void test_markdown(void **state)
{
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
	char *text = table_fixture_text(table_write_markdown, &table);
	(void)state;
	assert_contains(text, "7 of 9 runs are in");
	assert_contains(text, "## letter");
	assert_contains(
	    text, "| SheafOnly | 3 | 0.7500 [0.0985, 0.9880] | 1.0000 [-0.2421, 2.2421] | "
		  "157,356 | 78,712 | 449,792 | – | 1.2500 | 0.3333 | 0.1250 | 0.0000 | 200 |");
	assert_contains(text, "| Dense | 1 of 3 | 0.6250 | 1.2500 | 157,414 | 157,414 | 931,328 | "
			      "+58 (+0.037 %) | – | – | – | – | 100 |");
	free(text);
	table_free(&table);
}

static void test_latex(void **state)
{
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
	(void)state;
	snprintf(table.row[0].arm, sizeof table.row[0].arm, "A_b%%");
	char *text = table_fixture_text(table_write_latex, &table);
	assert_contains(text, "\\begin{tabular}{lrrrrrrr}\n\\toprule\n");
	assert_contains(text, "A\\_b\\% & 3 & 0.7500 [0.0985, 0.9880] & ");
	assert_contains(text, "+58 (+0.037\\,\\%) \\\\\n\\bottomrule\n");
	free(text);
	/* A table for every task, each ended before the next begins. */
	snprintf(table.row[2].task, sizeof table.row[2].task, "other");
	text = table_fixture_text(table_write_latex, &table);
	int open = 0, tables = 0;
	for (const char *at = text; *at; at++) {
		open += strncmp(at, "\\begin{table}", 13) == 0;
		open -= strncmp(at, "\\end{table}", 11) == 0;
		tables += strncmp(at, "\\end{tabular}", 13) == 0;
		assert_in_range(open, 0, 1);
	}
	assert_int_equal(open, 0);
	assert_int_equal(tables, 2);
	free(text);
	table_free(&table);
}

/* Rows of another task, and rows without runs or without the metric, are no part of a figure; a row
 * has as many points as runs. */
static void test_plots(void **state)
{
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
	(void)state;
	snprintf(table.row[1].task, sizeof table.row[1].task, "other");
	char *text = plot_text(table_write_plot_final, &table, "letter");
	assert_string_equal(text, "1 \"SheafOnly\" 0.75 0.09853838214079343 0.9880002354171915\n"
				  "2 \"Dense\" 0.625 0.625 0.625\n\n\n"
				  "1 0.5\n1 0.75\n1 1\n2 0.625\n");
	free(text);
	text = plot_text(table_write_plot_final, &table, "other");
	assert_string_equal(text, "1 \"SoftmaxOnly\" 0.5 0.07697769382868386 0.9230223061713161\n"
				  "\n\n1 0.25\n1 0.5\n1 0.75\n");
	free(text);
	/* A metric that the row does not have. */
	snprintf(table.row[2].primary_metric, sizeof table.row[2].primary_metric, "none");
	text = plot_text(table_write_plot_final, &table, "letter");
	assert_string_equal(text, "1 \"SheafOnly\" 0.75 0.09853838214079343 0.9880002354171915\n"
				  "\n\n1 0.5\n1 0.75\n1 1\n");
	free(text);
	text = plot_text(table_write_plot_final, &table, "nothing");
	assert_string_equal(text, "");
	free(text);
	text = plot_text(table_write_plot_curves, &table, "letter");
	assert_non_null(strstr(text, "\"SheafOnly\"\n1 0.375 "));
	assert_non_null(strstr(text, "\n\n\n\"Dense\"\n1 "));
	assert_null(strstr(text, "SoftmaxOnly"));
	free(text);
	table_free(&table);
}

/* What lies behind the last row has no say, whatever it is. */
static void test_rows_end(void **state)
{
	void (*const writers[])(FILE *, const struct table *) = {
	    table_write_csv,      table_write_json,  table_write_curves,
	    table_write_markdown, table_write_latex, table_write_plot_index};
	void (*const plots[])(FILE *, const struct table *,
			      const char *) = {table_write_plot_curves, table_write_plot_final};
	enum { WRITERS = sizeof writers / sizeof *writers, PLOTS = 2 };
	static const char *const tasks[] = {"letter", "other", "behind"};
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
	char *first[WRITERS + PLOTS] = {NULL};
	(void)state;
	table.row_count--;
	for (int t = 0; t < 3; t++) {
		snprintf(table.row[2].task, sizeof table.row[2].task, "%s", tasks[t]);
		for (int w = 0; w < WRITERS + PLOTS; w++) {
			char *text = w < WRITERS ? table_fixture_text(writers[w], &table)
						 : plot_text(plots[w - WRITERS], &table, "letter");
			if (t > 0)
				assert_string_equal(text, first[w]);
			else
				first[w] = strdup(text);
			free(text);
		}
	}
	for (int w = 0; w < WRITERS + PLOTS; w++)
		free(first[w]);
	table.row_count++;
	table_free(&table);
}

/* Values that could not be computed, in every place: empty, null, a dash, no point. */
static void test_writers_are_total(void **state)
{
	static const double hard[] = {NAN,    INFINITY,  -INFINITY,  -0.0,    1e308,
				      -1e308, 0x1p-1074, -0x1p-1074, 1.7e308, 1e-310};
	void (*const writers[])(FILE *, const struct table *) = {
	    table_write_csv, table_write_json, table_write_curves, table_write_markdown,
	    table_write_latex};
	(void)state;
	for (size_t h = 0; h < sizeof hard / sizeof *hard; h++) {
		struct table_fixture fixture;
		struct table table = table_fixture_build(&fixture);
		double x = hard[h];
		for (int64_t r = 0; r < table.row_count; r++) {
			struct table_row *row = &table.row[r];
			row->seconds_mean = row->samples_per_second_mean = x;
			row->peak_memory_mb_max = x;
			for (int m = 0; m < row->metric_count; m++) {
				struct statistics *s = &row->metric[m].statistics;
				s->mean = s->min = s->max = s->sd = s->ci_low = s->ci_high = x;
				row->metric[m].values[0] = x;
			}
			row->curve[1].mean = row->curve[1].ci_low = row->curve[1].ci_high = x;
		}
		for (size_t w = 0; w < sizeof writers / sizeof *writers; w++) {
			char *text = table_fixture_text(writers[w], &table);
			if (w == 1) { /* its names may have such letters; JSON has no such number */
				json_t *root = json_loads(text, 0, NULL);
				assert_non_null(root);
				json_decref(root);
			} else if (strstr(text, "nan") || strstr(text, "inf")) {
				fail_msg("%g gave\n%s", x, text);
			}
			free(text);
		}
		char *text = plot_text(table_write_plot_final, &table, "letter");
		assert_true(!strstr(text, "nan") && !strstr(text, "inf"));
		free(text);
		text = plot_text(table_write_plot_curves, &table, "letter");
		assert_true(!strstr(text, "nan") && !strstr(text, "inf"));
		/* The first epoch stays. */
		assert_non_null(strstr(text, "\n1 0.375 "));
		assert_true((strstr(text, "\n2 ") != NULL) == (isfinite(x) != 0));
		free(text);
		table_free(&table);
	}
}

static void test_files(void **state)
{
	static const char *const names[] = {
	    "comparisons.csv",      "comparisons.json",      "comparisons.md",
	    "plot/differences.dat", "fixture.csv",           "fixture.json",
	    "fixture.md",           "fixture.tex",           "learning_curves.csv",
	    "plot/index.tsv",       "plot/final-letter.dat", "plot/curves-letter.dat"};
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
	char path[160];
	(void)state;
	snprintf(path, sizeof path, "%s/fixture", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(table_write_files(&table, folder, NULL), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct stat status;
		snprintf(path, sizeof path, "%s/fixture/%s", folder, names[i]);
		assert_int_equal(stat(path, &status), 0);
		/* Of differences without an interval there is none to draw. */
		assert_true(status.st_size > 0 || strcmp(names[i], "plot/differences.dat") == 0);
	}
	table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_csv),      cmocka_unit_test(test_markdown),
	    cmocka_unit_test(test_latex),    cmocka_unit_test(test_plots),
	    cmocka_unit_test(test_rows_end), cmocka_unit_test(test_writers_are_total),
	    cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
