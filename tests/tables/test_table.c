/* SPDX-License-Identifier: Apache-2.0 */
/* Tables from recorded runs, against values worked out by hand; damaged run files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/runs/file.h"
#include "harness/runs/search.h"
#include "harness/tables/table.h"
#include "harness/tables/cell.h"
#include "foundation/text_file.h"
#include "tests/corpus.h"
#include "tests/tables/table_fixture.h"
#include "tests/scratch.h"

static const char *const folder = scratch_folder;

static struct table build(struct table_fixture *fixture)
{
	struct table table;
	struct error error = {0};
	table_fixture_make(fixture);
	if (table_build(&table, &fixture->plan, fixture_results, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
	return table;
}

static void contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void test_rows(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture);
	(void)state;
	assert_int_equal(table.planned, 9);
	assert_int_equal(table.runs, 7);
	assert_int_equal(table.row_count, 3);
	assert_string_equal(table.row[0].arm, "SheafOnly");
	assert_string_equal(table.row[1].arm, "SoftmaxOnly");
	assert_string_equal(table.row[2].arm, "Dense");
	assert_int_equal(table.row[2].runs, 1);
	assert_int_equal(table.row[2].planned, 3);
	assert_int_equal(table.row[0].total_params, 157356);
	assert_int_equal(table.row[2].match_residual, 58);
	table_free(&table);
}

static void test_statistics(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture);
	const struct table_metric *accuracy = table_row_primary(&table.row[0]);
	(void)state;
	/* 0.5, 0.75, 1: sd 0.25, half 4.30265273 / (4 sqrt 3), on the logit scale that over 3/16:
	 * log 3 -/+ 3.312183615 */
	assert_true(accuracy->statistics.mean == 0.75 && accuracy->statistics.sd == 0.25);
	assert_true(fabs(accuracy->statistics.ci_low - 0.0985383821) < 1e-9);
	assert_true(fabs(accuracy->statistics.ci_high - 0.9880002354) < 1e-9);
	/* Student's of what is no share. */
	const struct table_metric *loss = table_row_metric(&table.row[0], "loss");
	assert_true(fabs(loss->statistics.ci_low + 0.2420688559) < 1e-9);
	/* Equal values have a deviation, and no interval. */
	const struct table_metric *entropy = table_row_metric(&table.row[0], "router.entropy");
	assert_true(entropy->statistics.has_sd && entropy->statistics.sd == 0.0);
	assert_false(entropy->statistics.interval);
	assert_false(table_row_primary(&table.row[2])->statistics.interval);
	/* train.loss of the fixture is half of loss: 0.75, 0.5, 0.25 */
	assert_true(table_row_metric(&table.row[0], "train.loss")->statistics.mean == 0.5);
	assert_true(table.row[0].samples_per_second_mean == 200.0);
	assert_true(table.row[0].peak_memory_mb_max == 3.0);
	assert_int_equal(table.row[0].curve_count, 2);
	assert_true(table.row[0].curve[0].mean == 0.375 && table.row[0].curve[1].mean == 0.75);
	table_free(&table);
}

static void test_csv(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture);
	char *text = table_fixture_text(table_write_csv, &table);
	(void)state;
	static const char head[] = "task,arm,size,runs,total_params,active_params,train_flops,"
				   "metric,mean,ci_low,ci_high,variant,";
	assert_memory_equal(text, head, sizeof head - 1);
	contains(text, "\nletter,SheafOnly,Nano,3,157356,78712,449792,accuracy,0.75,0.09853");
	contains(text, ",,,,0.25,0.5,1,2.000,200.0,3.0\n");
	/* One run: no interval and no deviation, whatever else is known. */
	contains(text, "\nletter,Dense,Nano,1,157414,157414,931328,accuracy,0.625,,,,157356,58,,"
		       "0.625,0.625,1.000,100.0,1.0\n");
	free(text);
	text = table_fixture_text(table_write_curves, &table);
	contains(text, "\nletter,SheafOnly,,1,accuracy,0.375,");
	contains(text, "\nletter,Dense,,2,accuracy,0.625,,,1,Nano\n");
	free(text);
	snprintf(table.row[2].variant, sizeof table.row[2].variant, "train.lr=0.1");
	text = table_fixture_text(table_write_curves, &table);
	contains(text, "\nletter,Dense,train.lr=0.1,2,accuracy,0.625,,,1,Nano\n");
	free(text);
	table_free(&table);
}

static void test_json_reads_back(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture), again;
	struct error error = {0};
	char path[128];
	char *text = table_fixture_text(table_write_json, &table);
	(void)state;
	contains(text, "\"ci_low\": null");
	snprintf(path, sizeof path, "%s/table.json", folder);
	assert_int_equal(text_file_write(path, text, strlen(text), &error), 0);
	assert_int_equal(table_read(&again, path, &error), 0);
	/* Times are not read back; all else is, so the rest of the text is the same. */
	char *second = table_fixture_text(table_write_json, &again);
	size_t exact = (size_t)(strstr(text, "\"timing\"") - text);
	assert_memory_equal(text, second, exact);
	free(text);
	free(second);
	table_free(&again);
	table_free(&table);
}

static void test_damaged_json(void **state)
{
	static const struct {
		const char *from, *to, *path;
	} cases[] = {
	    {"sheafbench/table/2", "sheafbench/table/7", "schema"},
	    {"\"seeds\": [1, 2, 3]", "\"seeds\": [1, 2]", "rows[0].seeds"},
	    {"\"runs\": 3,", "\"runs\": 4,", "rows[0].seeds"},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [0.5, null, 1]", "rows[0].metrics"},
	    {"\"size\": \"Nano\"", "\"size\": \"Mini\"", "rows[0].size"},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [0.5, 0.75, 1.5]", "rows[0].metrics"},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [-0.5, 0.75, 1]", "rows[0].metrics"},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [0.5, 0.75, 0.75]", "rows[0].metrics"},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [0.5, 1e999, 1]", NULL},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [0.5, nan, 1]", NULL},
	    {"\"values\": [0.5, 0.75, 1]", "\"values\": [0.5, -Infinity, 1]", NULL},
	    {"\"sd\": 0.25", "\"sd\": -0.25", "rows[0].metrics"},
	    {"\"sd\": 0.25", "\"sd\": null", "rows[0].metrics"},
	    {"\"ci_low\": 0.098", "\"ci_low\": 0.998", "rows[0].metrics"},
	    {"\"ci_high\": 0.98", "\"ci_high\": 1.98", "rows[0].metrics"},
	    {"\"ci_low\": null", "\"ci_low\": 1.25", "rows[0].metrics"},
	    {"\"seeds\": [1, 2, 3]", "\"seeds\": [1, 2, 1]", "rows[0].seeds"},
	    {"\"runs\": 7,", "\"runs\": 8,", "runs"},
	};
	struct table_fixture fixture;
	struct table table = build(&fixture), again;
	char path[128];
	char *text = table_fixture_text(table_write_json, &table);
	(void)state;
	snprintf(path, sizeof path, "%s/damaged.json", folder);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error error = {0};
		const char *at = strstr(text, cases[i].from);
		assert_non_null(at);
		FILE *out = fopen(path, "w");
		assert_non_null(out);
		fprintf(out, "%.*s%s%s", (int)(at - text), text, cases[i].to,
			at + strlen(cases[i].from));
		fclose(out);
		assert_int_equal(table_read(&again, path, &error), ERROR_INPUT);
		/* No JSON: a place in the text, and none among the values. */
		if (cases[i].path)
			assert_string_equal(error.path, cases[i].path);
		assert_true(error.line > 0);
	}
	free(text);
	table_free(&table);
}

/* Tables from before proportions had intervals of their own. */
static void test_older_json(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture), again;
	struct error error = {0};
	char path[128];
	char *text = table_fixture_text(table_write_json, &table);
	(void)state;
	*strstr(strstr(text, "sheafbench/table/"), "2") = '1';
	memcpy(strstr(text, "\"ci_low\": 0.098"), "\"ci_low\": 0.128", 15);
	snprintf(path, sizeof path, "%s/older.json", folder);
	assert_int_equal(text_file_write(path, text, strlen(text), &error), 0);
	assert_int_equal(table_read(&again, path, &error), 0);
	assert_true(fabs(table_row_primary(&again.row[0])->statistics.ci_low - 0.0985) < 1e-4);
	table_free(&again);
	/* What is not the interval is checked as ever. */
	memcpy(strstr(text, "\"sd\": 0.25"), "\"sd\": 0.26", 10);
	assert_int_equal(text_file_write(path, text, strlen(text), &error), 0);
	assert_int_equal(table_read(&again, path, &error), ERROR_INPUT);
	free(text);
	table_free(&table);
}

/* The committed ones are read, whichever they are. */
static void test_committed_json(void **state)
{
	static const char *const names[] = {"ablation", "controls", "matching", "sensitivity"};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[128];
		struct table table;
		struct error error = {0};
		snprintf(path, sizeof path, "results/%s/%s.json", names[i], names[i]);
		if (table_read(&table, path, &error) != 0) {
			error_print(stderr, &error);
			fail();
		}
		assert_true(table.row_count > 0 && table.runs > 0);
		table_free(&table);
	}
}

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

/* Rows of another task, and rows without runs or without the metric, are no part of a figure; a row
 * has as many points as runs. */
static void test_plots(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture);
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
	struct table table = build(&fixture);
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
		struct table table = build(&fixture);
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

static void test_markdown(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture);
	char *text = table_fixture_text(table_write_markdown, &table);
	(void)state;
	contains(text, "7 of 9 runs are in");
	contains(text, "## letter");
	contains(text,
		 "| SheafOnly | 3 | 0.7500 [0.0985, 0.9880] | 1.0000 [-0.2421, 2.2421] | "
		 "157,356 | 78,712 | 449,792 | – | 1.2500 | 0.3333 | 0.1250 | 0.0000 | 200 |");
	contains(text, "| Dense | 1 of 3 | 0.6250 | 1.2500 | 157,414 | 157,414 | 931,328 | "
		       "+58 (+0.037 %) | – | – | – | – | 100 |");
	free(text);
	table_free(&table);
}

static void test_latex(void **state)
{
	struct table_fixture fixture;
	struct table table = build(&fixture);
	(void)state;
	snprintf(table.row[0].arm, sizeof table.row[0].arm, "A_b%%");
	char *text = table_fixture_text(table_write_latex, &table);
	contains(text, "\\begin{tabular}{lrrrrrrr}\n\\toprule\n");
	contains(text, "A\\_b\\% & 3 & 0.7500 [0.0985, 0.9880] & ");
	contains(text, "+58 (+0.037\\,\\%) \\\\\n\\bottomrule\n");
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

static void test_files(void **state)
{
	static const char *const names[] = {
	    "comparisons.csv",      "comparisons.json",      "comparisons.md",
	    "plot/differences.dat", "fixture.csv",           "fixture.json",
	    "fixture.md",           "fixture.tex",           "learning_curves.csv",
	    "plot/index.tsv",       "plot/final-letter.dat", "plot/curves-letter.dat"};
	struct table_fixture fixture;
	struct table table = build(&fixture);
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

static void test_foreign_run_is_refused(void **state)
{
	struct table_fixture fixture;
	struct table table;
	struct error error = {0};
	(void)state;
	table_fixture_make(&fixture);
	fixture.runs[0].seed = 9;
	assert_int_equal(table_build(&table, &fixture.plan, fixture_results, &error), ERROR_INPUT);
	assert_string_equal(error.path, "seed");
	table_fixture_make(&fixture);
	fixture.runs[0].arch.hidden_dim = 64;
	assert_int_equal(table_build(&table, &fixture.plan, fixture_results, &error), ERROR_INPUT);
	assert_string_equal(error.path, "counts.total_params");
}

static void test_no_runs(void **state)
{
	struct table_fixture fixture;
	struct table table;
	(void)state;
	table_fixture_make(&fixture);
	assert_int_equal(table_build(&table, &fixture.plan, folder, NULL), 0);
	assert_int_equal(table.runs, 0);
	assert_int_equal(table.row_count, 3);
	free(table_fixture_text(table_write_markdown, &table));
	free(table_fixture_text(table_write_json, &table));
	table_free(&table);
}

static void test_log(void **state)
{
	static const struct {
		const char *text;
		long line;
	} cases[] = {
	    {"{\"epoch\": 1, \"validation\": {\"accuracy\": 0.5}}\n{\"epoch\": 3, "
	     "\"validation\": {\"accuracy\": 0.5}}\n",
	     2},
	    {"{\"epoch\": 1, \"validation\": {\"loss\": 0.5}}\n", 1},
	    {"{\"epoch\": 1, \"validation\": {\"accuracy\": 0.5}}\n{\"epo", 2},
	};
	struct run_log log;
	char path[128];
	(void)state;
	assert_int_equal(run_log_read(&log,
				      "tests/fixtures/results/fixture/runs/46d0f7343e1ce79c/"
				      "metrics.jsonl",
				      "accuracy", NULL),
			 0);
	assert_int_equal(log.epochs, 2);
	assert_true(log.values[0] == 0.25 && log.values[1] == 0.5);
	run_log_free(&log);
	snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error error = {0};
		text_file_write(path, cases[i].text, strlen(cases[i].text), NULL);
		assert_int_equal(run_log_read(&log, path, "accuracy", &error), ERROR_INPUT);
		assert_int_equal(error.line, cases[i].line);
	}
}

static void make_runs(const char *results)
{
	static const char *const ids[] = {
	    "a000000000000001", "a000000000000002", "a000000000000003", "b000000000000001",
	    "b000000000000002", "b000000000000003", "d000000000000001"};
	char command[256];
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		snprintf(command, sizeof command,
			 "mkdir -p %s/x/runs/%s && : >%s/x/runs/%s/run.json", results, ids[i],
			 results, ids[i]);
		assert_int_equal(system(command), 0);
	}
}

static void test_search(void **state)
{
	struct run_list list;
	const char *near[5];
	char results[64];
	(void)state;
	snprintf(results, sizeof results, "%s/search", folder);
	make_runs(results);
	assert_int_equal(run_list_read(&list, results, NULL), 0);
	assert_int_equal(list.count, 7);
	assert_string_equal(list.run[0].id, "a000000000000001");
	/* 13 digits in common with all of one arm, 15 with those that differ in the last. */
	assert_int_equal(run_list_near(&list, "b000000000000009", near, 5), 3);
	assert_string_equal(near[0], "b000000000000001");
	assert_int_equal(run_list_near(&list, "d00000000000001", near, 5), 1);
	assert_string_equal(near[0], "d000000000000001");
	assert_int_equal(run_list_near(&list, "", near, 5), 0);
	assert_int_equal(run_list_near(&list, "../../etc", near, 5), 0);
	run_list_free(&list);
	assert_int_equal(run_list_read(&list, "tests/no_such_folder", NULL), ERROR_INPUT);
}

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

static int read_run(const char *file_name, struct error *error)
{
	struct run_file run;
	int status = run_file_read(&run, file_name, error);
	if (status == 0)
		run_file_free(&run);
	return status;
}

static void test_damaged_runs(void **state)
{
	(void)state;
	corpus_check("tests/bad/results", ".json", 15, read_run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_statistics),
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_json_reads_back),
	    cmocka_unit_test(test_damaged_json),
	    cmocka_unit_test(test_older_json),
	    cmocka_unit_test(test_committed_json),
	    cmocka_unit_test(test_plots),
	    cmocka_unit_test(test_rows_end),
	    cmocka_unit_test(test_writers_are_total),
	    cmocka_unit_test(test_hard_cells),
	    cmocka_unit_test(test_markdown),
	    cmocka_unit_test(test_latex),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_foreign_run_is_refused),
	    cmocka_unit_test(test_no_runs),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_search),
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_damaged_runs),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
