/* SPDX-License-Identifier: Apache-2.0 */
/* Records and logs that are read back, damaged ones too, and runs found by their ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/text_file.h"
#include "harness/runs/file.h"
#include "harness/runs/search.h"
#include "tests/corpus.h"
#include "tests/scratch.h"

static const char *const folder = scratch_folder;

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
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_search),
	    cmocka_unit_test(test_damaged_runs),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
