/* SPDX-License-Identifier: Apache-2.0 */
/* Tables from recorded runs, against values worked out by hand, and read back from their files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/text_file.h"
#include "harness/tables/table.h"
#include "tests/scratch.h"
#include "tests/tables/table_fixture.h"

static const char *const folder = scratch_folder;

static void test_rows(void **state)
{
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture);
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
	struct table table = table_fixture_build(&fixture);
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

static void test_json_reads_back(void **state)
{
	struct table_fixture fixture;
	struct table table = table_fixture_build(&fixture), again;
	struct error error = {0};
	char path[128];
	char *text = table_fixture_text(table_write_json, &table);
	(void)state;
	assert_contains(text, "\"ci_low\": null");
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
	    {"sheafbench/table/3", "sheafbench/table/7", "schema"},
	    {"\"contract\": 2,", "", "contract"},
	    {"\"contract\": 2", "\"contract\": 0", "contract"},
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
	struct table table = table_fixture_build(&fixture), again;
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
	struct table table = table_fixture_build(&fixture), again;
	struct error error = {0};
	char path[128];
	char *text = table_fixture_text(table_write_json, &table);
	(void)state;
	strstr(text, "sheafbench/table/")[strlen("sheafbench/table/")] = '1';
	memcpy(strstr(text, "\"ci_low\": 0.098"), "\"ci_low\": 0.128", 15);
	snprintf(path, sizeof path, "%s/older.json", folder);
	assert_int_equal(text_file_write(path, text, strlen(text), &error), 0);
	assert_int_equal(table_read(&again, path, &error), 0);
	assert_true(fabs(table_row_primary(&again.row[0])->statistics.ci_low - 0.0985) < 1e-4);
	assert_int_equal(again.contract, 1); /* whatever a key of a later schema says */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_statistics),
	    cmocka_unit_test(test_json_reads_back),
	    cmocka_unit_test(test_damaged_json),
	    cmocka_unit_test(test_older_json),
	    cmocka_unit_test(test_committed_json),
	    cmocka_unit_test(test_foreign_run_is_refused),
	    cmocka_unit_test(test_no_runs),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
