/* SPDX-License-Identifier: Apache-2.0 */
/* What a record must have, what this process says of itself, and the arithmetic of a forecast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include <cmocka.h>
#include <csv.h>
#include <jansson.h>
#include <xxhash.h>

#include "foundation/build_info.h"
#include "harness/forecast/forecast.h"
#include "harness/runs/provenance.h"
#include "harness/runs/runner.h"
#include "harness/runs/command_text.h"
#include "foundation/digest.h"

static json_t *gather(void)
{
	struct backend backend;
	struct error error = {0};
	json_t *environment = NULL;
	assert_int_equal(backend_open(&backend, NULL, "none", &error), 0);
	if (provenance_gather(&environment, &backend, NULL, &error)) {
		error_print(stderr, &error);
		fail();
	}
	assert_int_equal(provenance_check_contract(&backend, &error), 0);
	backend_close(&backend);
	return environment;
}

static void test_all_is_there(void **state)
{
	char name[80];
	json_t *environment = gather();
	(void)state;
	assert_int_equal(provenance_missing(environment, name, sizeof name), 0);
	assert_non_null(json_object_get(json_object_get(environment, "libraries"), "glibc"));
	/* Paths of the machine have no place in a record. */
	char *text = json_dumps(json_object_get(environment, "shared_libraries"), 0);
	assert_null(strchr(text, '/'));
	free(text);
	json_decref(environment);
}

/* Every field in turn is taken away, and emptied. */
static void test_missing_is_named(void **state)
{
	json_t *environment = gather(), *walk, *value;
	const char *key;
	(void)state;
	walk = json_deep_copy(environment);
	assert_int_equal(json_object_size(walk), 20);
	json_object_foreach(walk, key, value)
	{
		char name[80] = "", expected[80];
		json_t *copy = json_deep_copy(environment);
		snprintf(expected, sizeof expected, "environment.%s", key);
		json_object_del(copy, key);
		/* Records are older than these. */
		const bool threads = strcmp(key, "threads") == 0;
		if (strcmp(key, "version") != 0 && !threads) {
			assert_int_equal(provenance_missing(copy, name, sizeof name), -1);
			assert_string_equal(name, expected);
		}
		json_object_set_new(copy, key, json_integer(threads ? 0 : 7));
		assert_int_equal(provenance_missing(copy, name, sizeof name), -1);
		assert_string_equal(name, expected);
		json_decref(copy);
	}
	json_decref(walk);
	json_decref(environment);
}

static const char *version(const json_t *environment, const char *library)
{
	const char *text =
	    json_string_value(json_object_get(json_object_get(environment, "libraries"), library));
	assert_non_null(text);
	return text;
}

/* Of the headers this was built with, and of the libraries that are loaded. */
static void test_versions(void **state)
{
	json_t *environment = gather();
	char text[64];
	(void)state;
	snprintf(text, sizeof text, "%d.%d.%d", XXH_VERSION_MAJOR, XXH_VERSION_MINOR,
		 XXH_VERSION_RELEASE);
	assert_string_equal(version(environment, "xxhash"), text);
	snprintf(text, sizeof text, "%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
	assert_string_equal(version(environment, "libcsv"), text);
	assert_string_equal(version(environment, "jansson"), jansson_version_str());
	json_decref(environment);
}

/* What cannot be found out fails the run before it trains, and leaves no record. */
static void test_missing_fails_the_run(void **state)
{
	char folder[] = "/tmp/test_provenance_XXXXXX", path[512], command[64];
	struct plan plan;
	struct backend backend;
	struct train_result result;
	struct error error = {0};
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(plan_read(&plan, "configs/smoke.json", NULL, &error), 0);
	assert_int_equal(backend_open(&backend, NULL, "none", &error), 0);
	backend.level[0] = '\0';
	const struct runner runner = {.plan = &plan, .backend = &backend, .results_dir = folder};
	assert_int_equal(runner_train(&runner, &plan.runs[0], &result, &error), ERROR_MACHINE);
	assert_string_equal(error.path, "environment.isa");
	snprintf(path, sizeof path, "%s/%s/runs/%s/run.json", folder, plan.name,
		 plan.runs[0].run_id);
	assert_int_not_equal(access(path, F_OK), 0);
	backend_close(&backend);
	plan_free(&plan);
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

static void test_build(void **state)
{
	const struct build_info *build = build_info();
	char hex[65];
	(void)state;
	assert_int_equal(strlen(build->source_sha256), 64);
	assert_true(build->known ? strlen(build->commit) == 40 || strlen(build->commit) == 64
				 : strcmp(build->commit, "unknown") == 0);
	digest_bytes(build->diff, build->diff_size, hex);
	assert_string_equal(build->diff_sha256, build->dirty ? hex : "");
}

static void test_makespan(void **state)
{
	const double seconds[] = {3, 0, 1, 1, 4, 2};
	(void)state;
	assert_true(forecast_makespan(seconds, 6, 1) == 11.0);
	/* 3 | 1 1 2..: the fourth begins at 2, the last at 3. */
	assert_true(forecast_makespan(seconds, 6, 2) == 6.0);
	assert_true(forecast_makespan(seconds, 6, 64) == 4.0);
	assert_true(forecast_makespan(seconds, 0, 2) == 0.0);
}

/* Of a cache, which anyone may write. */
static void test_times(void **state)
{
	static const struct {
		const char *text;
		double most, first, second;
	} good[] = {
	    {"0.5 0", 1e6, 0.5, 0.0}, {"1e6 7.25", 7.25, 1e6, 7.25}, {"1 1e12", 1e12, 1.0, 1e12}};
	static const char *const bad[] = {"",      "1",     "x 1",   "1 x",    "0 1",
					  "-1 1",  "1e7 1", "1 -1",  "1 8",    "nan 1",
					  "1 nan", "inf 1", "1 inf", "1e300 1"};
	double first, second;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(forecast_read_times(good[i].text, &first, &second, good[i].most));
		assert_true(first == good[i].first && second == good[i].second);
	}
	first = second = -3.0;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(forecast_read_times(bad[i], &first, &second, 7.5));
	assert_true(first == -3.0 && second == -3.0);
}

static void test_clock(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {{0, "0:00"}, {59.6, "1:00"}, {65, "1:05"}, {3725, "1:02:05"}};
	char text[32];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		forecast_clock(cases[i].seconds, text, sizeof text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_shell(void **state)
{
	struct run_file run = {.config_file = "a b's.json", .experiment = "x"};
	char text[RUN_COMMAND];
	(void)state;
	memcpy(run.run_id, "0123456789abcdef", 17);
	run_command_verify(&run, text, sizeof text);
	assert_string_equal(text, "build/sheafbench verify 'a b'\\''s.json' --id 0123456789abcdef");
	run.config_file = "";
	run_command_again(&run, text, sizeof text);
	assert_string_equal(text,
			    "build/sheafbench run configs/x.json --id 0123456789abcdef --force");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_is_there), cmocka_unit_test(test_missing_is_named),
	    cmocka_unit_test(test_versions),     cmocka_unit_test(test_missing_fails_the_run),
	    cmocka_unit_test(test_build),        cmocka_unit_test(test_makespan),
	    cmocka_unit_test(test_times),        cmocka_unit_test(test_clock),
	    cmocka_unit_test(test_shell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
