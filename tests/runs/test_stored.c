/* SPDX-License-Identifier: Apache-2.0 */
/* Caches, seals, epochs, golden hashes: what is stored and read again. */
#include <fcntl.h>
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
#include <jansson.h>

#include "harness/tasks/cache.h"
#include "harness/forecast/forecast.h"
#include "harness/runs/golden.h"
#include "harness/runs/record_check.h"
#include "harness/runs/file.h"
#include "harness/runs/runner.h"
#include "foundation/text_file.h"
#include "foundation/digest.h"
#include "tests/tables/table_fixture.h"
#include "tests/scratch.h"

static const char *const folder = scratch_folder;

/* Every byte of the cache changed, one at a time: what is got is what was put, or nothing. */
static void test_cache_bytes(void **state)
{
	char path[256], value[64], *text;
	size_t size;
	(void)state;
	data_cache_put(folder, "dims abc", "16 26 16000");
	data_cache_put(folder, "dims def", "7 20 43152");
	assert_true(data_cache_get(folder, "dims abc", value, sizeof value));
	assert_string_equal(value, "16 26 16000");
	scratch_path("data-hashes", path);
	assert_int_equal(text_file_read(path, &text, &size, NULL), 0);
	for (size_t i = 0; i < size; i++) {
		text[i] ^= 4;
		assert_int_equal(text_file_write(path, text, size, NULL), 0);
		if (data_cache_get(folder, "dims abc", value, sizeof value))
			assert_string_equal(value, "16 26 16000");
		if (data_cache_get(folder, "dims def", value, sizeof value))
			assert_string_equal(value, "7 20 43152");
		text[i] ^= 4;
	}
	free(text);
}

/* What is damaged goes when the cache is next written; what is no file is no cache. */
static void test_cache_heals(void **state)
{
	char path[256], value[64], small[4], *text;
	size_t size;
	(void)state;
	scratch_write("data-hashes", "dims old\t1 2 3\nnonsense\n\n\t\t\n");
	assert_false(data_cache_get(folder, "dims old", value, sizeof value));
	data_cache_put(folder, "dims new", "4 5 6");
	scratch_path("data-hashes", path);
	assert_int_equal(text_file_read(path, &text, &size, NULL), 0);
	assert_null(strstr(text, "old"));
	assert_null(strstr(text, "nonsense"));
	free(text);
	assert_false(data_cache_get(folder, "dims new", small, sizeof small));
	data_cache_drop(folder);
	assert_false(data_cache_get(folder, "dims new", value, sizeof value));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(data_cache_get(folder, "dims new", value, sizeof value));
	data_cache_put(folder, "dims new", "4 5 6");
	assert_true(data_cache_get(folder, "dims new", value, sizeof value));
	assert_false(data_cache_get(NULL, "dims new", value, sizeof value));
	data_cache_drop(folder);
}

/* A file that has just changed may change again in the same tick. */
static void test_cache_new_file(void **state)
{
	char path[256], key[512];
	(void)state;
	scratch_write("fresh", "1");
	scratch_path("fresh", path);
	assert_false(data_cache_file_key(path, key, sizeof key));
	assert_false(data_cache_file_key("/no/such/file", key, sizeof key));
	assert_true(data_cache_file_key("data/README.md", key, sizeof key) ||
		    access("data/README.md", F_OK) != 0);
}

static void test_seal(void **state)
{
	static const char text[] = "{\n  \"schema\": \"x\",\n";
	char sealed[256];
	struct json_file file;
	struct error error = {0};
	(void)state;
	snprintf(sealed, sizeof sealed, "%s", text);
	assert_int_equal(run_seal(NULL, text, sizeof text - 1, sealed + sizeof text - 1, NULL), 0);
	size_t size = strlen(sealed);
	assert_int_equal(size, sizeof text - 1 + RUN_SEAL);
	assert_int_equal(json_file_parse(&file, "run.json", sealed, size, NULL), 0);
	assert_int_equal(run_check_seal(&file, true, &error), 0);
	assert_int_equal(run_check_seal(&file, false, &error), 0);
	json_file_free(&file);
	sealed[15] = 'y';
	assert_int_equal(json_file_parse(&file, "run.json", sealed, size, NULL), 0);
	assert_int_equal(run_check_seal(&file, true, &error), ERROR_INPUT);
	assert_string_equal(error.path, "sha256");
	/* A record that says of itself that it is older has a seal all the same. */
	assert_int_equal(run_check_seal(&file, false, &error), ERROR_INPUT);
	json_file_free(&file);
	assert_int_equal(json_file_parse(&file, "run.json", "{}", 2, NULL), 0);
	assert_int_equal(run_check_seal(&file, true, &error), ERROR_INPUT);
	assert_int_equal(run_check_seal(&file, false, &error), 0);
	json_file_free(&file);
}

static void test_epochs(void **state)
{
	static const struct {
		const char *text;
		int64_t steps;
		long line;
		int status;
	} cases[] = {
	    {"{\"epoch\": 1, \"step\": 5, \"validation\": {}}\n"
	     "{\"epoch\": 2, \"step\": 9, \"validation\": {}}\n",
	     9, 0, 0},
	    {"{\"epoch\": 1, \"step\": 5, \"validation\": {}}\n", 9, 0, ERROR_INPUT},
	    {"{\"epoch\": 2, \"step\": 9, \"validation\": {}}\n", 9, 1, ERROR_INPUT},
	    {"{\"epoch\": 1, \"step\": 5, \"validation\": {}}\n"
	     "{\"epoch\": 3, \"step\": 9, \"validation\": {}}\n",
	     9, 2, ERROR_INPUT},
	    {"{\"epoch\": 1, \"step\": 5, \"validation\": {}}\n"
	     "{\"epoch\": 2, \"step\": 5, \"validation\": {}}\n",
	     5, 2, ERROR_INPUT},
	    {"{\"epoch\": 1, \"step\": 9}\n", 9, 1, ERROR_INPUT},
	    {"{\"epoch\": 1, \"validation\": {}}\n", 9, 1, ERROR_INPUT},
	    {"{\"step\": 9, \"validation\": {}}\n", 9, 1, ERROR_INPUT},
	    {"{\"epoch\": 1, \"step\": 0, \"validation\": {}}\n", 0, 1, ERROR_INPUT},
	    {"", 9, 0, ERROR_INPUT},
	};
	char path[256];
	(void)state;
	scratch_path("metrics.jsonl", path);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error error = {0};
		scratch_write("metrics.jsonl", cases[i].text);
		assert_int_equal(run_log_check(path, cases[i].steps, &error), cases[i].status);
		assert_int_equal(error.line, cases[i].line);
	}
}

/* takes_away KEY: what is left of a record is refused, and the key is named. */
static void takes_away(const json_t *record, const char *object, const char *key)
{
	struct run_file run;
	struct error error = {0};
	char path[256], name[128];
	json_t *copy = json_deep_copy(record);
	json_t *holder = object[0] ? json_object_get(copy, object) : copy;
	if (json_object_del(holder, key))
		fail_msg("the record has no %s %s", object, key);
	scratch_path("run.json", path);
	assert_int_equal(json_dump_file(copy, path, JSON_INDENT(2)), 0);
	snprintf(name, sizeof name, "%s%s%s", object, object[0] ? "." : "", key);
	if (run_file_read(&run, path, &error) != ERROR_INPUT || strcmp(error.path, name) != 0)
		fail_msg("without %s: \"%s\"", name, error.path);
	json_decref(copy);
}

static void test_every_field(void **state)
{
	static const char *const fields[][2] = {
	    {"", "schema"},
	    {"", "run_id"},
	    {"", "experiment"},
	    {"", "task"},
	    {"", "arm"},
	    {"", "variant"},
	    {"", "size"},
	    {"", "seed"},
	    {"", "contract"},
	    {"", "config"},
	    {"", "data_sha256"},
	    {"", "weights_sha256"},
	    {"", "steps"},
	    {"", "primary_metric"},
	    {"", "evaluated_on"},
	    {"", "metrics"},
	    {"", "bits"},
	    {"", "counts"},
	    {"counts", "total_params"},
	    {"counts", "active_params"},
	    {"counts", "forward_flops"},
	    {"counts", "train_flops"},
	    {"counts", "match_target"},
	    {"counts", "match_residual"},
	    {"metrics", "test"},
	    {"metrics", "train"},
	    {"bits", "test"},
	    {"", "timing"},
	    {"timing", "seconds"},
	    {"timing", "samples_per_second"},
	    {"timing", "peak_memory_bytes"},
	};
	struct table_fixture fixture;
	char name[256];
	(void)state;
	table_fixture_make(&fixture);
	snprintf(name, sizeof name, "%s/fixture/runs/%s/run.json", fixture_results,
		 fixture.runs[0].run_id);
	json_t *record = json_load_file(name, 0, NULL);
	assert_non_null(record);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		takes_away(record, fields[i][0], fields[i][1]);
	json_decref(record);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GOLDEN "{\"schema\": \"sheafbench/golden/1\", \"contract\": 1, "

#define GOLDEN_2 "{\"schema\": \"sheafbench/golden/2\", \"contract\": 2"

static void test_golden_hashes(void **state)
{
	static const struct {
		const char *text, *path;
	} bad[] = {
	    {"{\"contract\": 1, \"runs\": {}}", "schema"},
	    {"{\"schema\": \"sheafbench/golden/3\", \"contract\": 1, \"runs\": {}}", "schema"},
	    {"{\"schema\": \"sheafbench/golden/2\", \"contract\": 1, \"runs\": {}}", "runs"},
	    {GOLDEN_2 "}", "weights_sha256"},
	    {GOLDEN_2 ", \"weights_sha256\": []}", "weights_sha256"},
	    {GOLDEN_2 ", \"weights_sha256\": {\"0123456789abcdef\": {}}}",
	     "weights_sha256.0123456789abcdef"},
	    {GOLDEN_2 ", \"weights_sha256\": {\"0123456789abcdef\": \"0\"}}",
	     "weights_sha256.0123456789abcdef"},
	    {GOLDEN_2 ", \"weights_sha256\": {\"0123456789abcde\": \"" HASH "\"}}",
	     "weights_sha256.0123456789abcde"},
	    {"{\"schema\": \"sheafbench/golden/1\", \"runs\": {}}", "contract"},
	    {"{\"schema\": \"sheafbench/golden/1\", \"contract\": 0, \"runs\": {}}", "contract"},
	    {GOLDEN "\"more\": 2, \"runs\": {}}", "more"},
	    {GOLDEN "\"nothing\": 3}", "nothing"},
	    {"{\"schema\": \"sheafbench/golden/1\", \"contract\": 1}", "runs"},
	    {GOLDEN "\"runs\": []}", "runs"},
	    {GOLDEN "\"runs\": {\"0123456789abcdef\": 3}}", "runs.0123456789abcdef"},
	    {GOLDEN "\"runs\": {\"0123456789abcde\": {}}}", "runs.0123456789abcde"},
	    {GOLDEN "\"runs\": {\"0123456789abcdeF\": {}}}", "runs.0123456789abcdeF"},
	    {GOLDEN "\"runs\": {\"0123456789abcdef\": {}}}",
	     "runs.0123456789abcdef.weights_sha256"},
	    {GOLDEN "\"runs\": {\"0123456789abcdef\": {\"weights_sha256\": \"0" HASH "\"}}}",
	     "runs.0123456789abcdef"},
	    {GOLDEN "\"runs\": {\"0123456789abcdef\": {\"weights_sha256\": \"0\"}}}",
	     "runs.0123456789abcdef"},
	};
	struct golden golden = {.contract = -7};
	struct error error;
	char path[256];
	(void)state;
	scratch_path("golden.json", path);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		scratch_write("golden.json", bad[i].text);
		assert_int_equal(golden_read(&golden, path, &error), ERROR_INPUT);
		assert_string_equal(error.path, bad[i].path);
		assert_true(golden.contract == -7);
	}
	scratch_write(
	    "golden.json",
	    GOLDEN "\"runs\": {\"00000000000000a0\": {\"task\": \"t\", \"weights_sha256\": \"" HASH
		   "\"}, \"00000000000000b0\": {\"weights_sha256\": \"" HASH "\"}}}");
	assert_int_equal(golden_read(&golden, path, &error), 0);
	assert_true(golden.contract == 1 && golden.count == 2);
	assert_string_equal(golden_find(&golden, "00000000000000b0")->weights_sha256, HASH);
	assert_null(golden_find(&golden, "00000000000000b1"));
	/* Read from the first schema, written in the second. */
	assert_int_equal(golden_write(path, &golden, &error), 0);
	golden_free(&golden);
	assert_int_equal(golden_read(&golden, path, &error), 0);
	assert_true(golden.contract == 1 && golden.count == 2);
	assert_string_equal(golden_find(&golden, "00000000000000b0")->weights_sha256, HASH);
	golden_free(&golden);
}

/* A record of the fixture in a folder of another run's name, and with a number changed. */
static void test_folder_and_config(void **state)
{
	struct table_fixture fixture;
	struct run_file run;
	struct error error = {0};
	char command[512], path[256];
	(void)state;
	table_fixture_make(&fixture);
	const char *id = fixture.runs[0].run_id;
	assert_int_equal(plan_run_state(fixture_results, &fixture.runs[0]), RUN_DONE);
	/* It has no weights. */
	assert_int_equal(plan_run_check(fixture_results, &fixture.runs[0], true, &error),
			 RUN_DAMAGED);
	assert_non_null(strstr(error.file, "model.safetensors"));
	snprintf(command, sizeof command,
		 "cp -r %s/fixture/runs/%s %s/0123456789abcdef && cp -r %s/0123456789abcdef %s/any",
		 fixture_results, id, folder, folder, folder);
	assert_int_equal(system(command), 0);
	scratch_path("0123456789abcdef/run.json", path);
	assert_int_equal(run_file_read(&run, path, &error), ERROR_INPUT);
	assert_string_equal(error.path, "run_id");
	scratch_path("any/run.json", path);
	assert_int_equal(run_file_read(&run, path, &error), 0);
	run_file_free(&run);
	snprintf(command, sizeof command, "sed -i 's/\"seed\":1/\"seed\":2/' %s", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(run_file_read(&run, path, &error), ERROR_INPUT);
	assert_string_equal(error.path, "run_id");
	assert_non_null(strstr(error.what, "damaged record"));
}

/* Dims of a cache against those of the data. */
static void test_data_check(void **state)
{
	struct run_spec run = {.train_rows = 10, .data_sha256 = "ab"};
	struct dataset dataset = {
	    .input_dim = 4, .output_dim = 2, .train_rows = 10, .sha256 = "ab"};
	struct task task = {.file_name = "x.json"};
	struct error error = {0};
	(void)state;
	run.arch.input_dim = 4;
	run.arch.output_dim = 2;
	assert_int_equal(runner_check_data(&dataset, &task, &run, &error), 0);
	run.arch.input_dim = 5;
	assert_int_equal(runner_check_data(&dataset, &task, &run, &error), ERROR_INPUT);
	run.arch.input_dim = 4;
	run.arch.output_dim = 3;
	assert_int_equal(runner_check_data(&dataset, &task, &run, &error), ERROR_INPUT);
	run.arch.output_dim = 2;
	run.train_rows = 11;
	assert_int_equal(runner_check_data(&dataset, &task, &run, &error), ERROR_INPUT);
	run.train_rows = 10;
	run.data_sha256[1] = 'c';
	assert_int_equal(runner_check_data(&dataset, &task, &run, &error), ERROR_INPUT);
}

static void test_clock(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {
	    {0.0, "0:00"},         {65.0, "1:05"},      {3599.4, "59:59"},
	    {3599.5, "1:00:00"},   {3725.0, "1:02:05"}, {1e300, "999999:00:00"},
	    {-1e300, "0:00"},      {-1.0, "0:00"},      {(double)INFINITY, "999999:00:00"},
	    {(double)NAN, "0:00"},
	};
	char text[48];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		forecast_clock(cases[i].seconds, text, sizeof text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cache_bytes),    cmocka_unit_test(test_cache_heals),
	    cmocka_unit_test(test_cache_new_file), cmocka_unit_test(test_seal),
	    cmocka_unit_test(test_epochs),         cmocka_unit_test(test_golden_hashes),
	    cmocka_unit_test(test_every_field),    cmocka_unit_test(test_folder_and_config),
	    cmocka_unit_test(test_data_check),     cmocka_unit_test(test_clock),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
