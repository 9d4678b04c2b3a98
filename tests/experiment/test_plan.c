/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is made of: canonical text, the Dense match, axes, states on disk, the command. */
#include <locale.h>
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

#include "foundation/number_text.h"
#include "harness/experiment/identity.h"
#include "harness/commands/plan.h"
#include "harness/training/evaluate.h"
#include "harness/experiment/experiment.h"
#include "harness/experiment/file.h"
#include "harness/experiment/resolve.h"
#include "tests/corpus.h"
#include "tests/scratch.h"

static const char *const folder = scratch_folder;

static void check_numbers(void)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
	    {0.0, "0"},
	    {-0.0, "0"},
	    {1.0, "1"},
	    {-1.0, "-1"},
	    {20.0, "20"},
	    {100000.0, "100000"},
	    {0.5, "0.5"},
	    {0.1, "0.1"},
	    {0.04, "0.04"},
	    {1e-3, "0.001"},
	    {1e-7, "0.0000001"},
	    {1e-8, "1e-8"},
	    {1.5e-30, "1.5e-30"},
	    {1e20, "100000000000000000000"},
	    {1e21, "1e21"},
	    {1.5e300, "1.5e300"},
	    {12.25, "12.25"},
	    {-0.015625, "-0.015625"},
	    {0.1 + 0.2, "0.30000000000000004"},
	    {5e-324, "5e-324"},
	    {1.7976931348623157e308, "1.7976931348623157e308"},
	};
	char text[NUMBER_TEXT];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		number_text(cases[i].value, text);
		assert_string_equal(text, cases[i].text);
	}
}

/* Whatever the locale's decimal point. */
static void test_number(void **state)
{
	static const char *const locales[] = {"C", "de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
	(void)state;
	for (size_t i = 0; i < sizeof locales / sizeof *locales; i++)
		if (setlocale(LC_ALL, locales[i]) != NULL)
			check_numbers();
	setlocale(LC_ALL, "C");
}

static void test_number_round_trip(void **state)
{
	uint64_t bits = 1;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		double value;
		char text[NUMBER_TEXT];
		bits = bits * 6364136223846793005u + 1442695040888963407u;
		memcpy(&value, &bits, sizeof value);
		if (value - value != 0.0)
			continue;
		number_text(value, text);
		assert_true(strlen(text) < NUMBER_TEXT - 1);
		assert_true(strtod(text, NULL) == value);
	}
}

static void check_sorted(const json_t *value)
{
	const char *key, *last = "";
	json_t *member;
	size_t i;
	json_object_foreach((json_t *)value, key, member)
	{
		assert_true(strcmp(last, key) < 0);
		last = key;
		check_sorted(member);
	}
	json_array_foreach(value, i, member) check_sorted(member);
}

static struct run_spec some_run(void)
{
	struct run_spec run = {
	    .task_name = "a \"task\"",
	    .seed = 3,
	    .arch = arch_moe(SIZE_NANO, 16, 26, ROUTER_SHEAF_PADIC, 3),
	    .router = {.kind = ROUTER_SHEAF_PADIC,
		       .codec = true,
		       .padic = {.p = 5, .digits = 6, .scale = 4, .tolerance = 0.04}},
	    .train = {.epochs = 1, .batch_size = 2, .lr = 1e-3},
	    .evaluate_test = true,
	};
	assert_int_equal(nerve_cycle(&run.router.nerve, 4, 2), 0);
	memset(run.data_sha256, 'a', 64);
	return run;
}

static void test_canonical_form(void **state)
{
	struct heads heads = {.count = 1, .head = {{.name = "h", .width = 26, .weight = 0.5f}}};
	struct run_spec run = some_run();
	(void)state;
	assert_int_equal(canonical_run(&run, &heads, NULL), 0);
	json_t *root = json_loads(run.canonical, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	check_sorted(root);
	assert_string_equal(json_string_value(json_object_get(root, "task")), run.task_name);
	assert_null(strpbrk(run.canonical, "\n\t"));
	json_decref(root);
	free(run.canonical);
}

/* Everything the file's text cannot reach: data, heads. */
static void test_canonical_id(void **state)
{
	struct heads heads = {.count = 1, .head = {{.name = "h", .width = 26, .weight = 0.5f}}};
	struct run_spec run = some_run();
	char id[17];
	(void)state;
	assert_int_equal(canonical_run(&run, &heads, NULL), 0);
	memcpy(id, run.run_id, sizeof id);
	run.data_sha256[63] = 'b';
	assert_int_equal(canonical_run(&run, &heads, NULL), 0);
	assert_string_not_equal(run.run_id, id);
	run.data_sha256[63] = 'a';
	heads.head[0].weight = 0.25f;
	assert_int_equal(canonical_run(&run, &heads, NULL), 0);
	assert_string_not_equal(run.run_id, id);
	heads.head[0].weight = 0.5f;
	snprintf(run.arm, sizeof run.arm, "renamed");
	assert_int_equal(canonical_run(&run, &heads, NULL), 0);
	assert_string_equal(run.run_id, id);
	free(run.canonical);
}

/* An experiment of SoftmaxOnly "C" and a Dense arm; `match` and `train` are spliced in. */
static void read_dense(struct experiment *x, const char *match, const char *train)
{
	char name[96];
	struct error error = {0};
	snprintf(name, sizeof name, "%s/dense.json", folder);
	FILE *out = fopen(name, "w");
	assert_non_null(out);
	fprintf(out,
		"{\"schema\": \"sheafbench/experiment/1\", \"name\": \"d\", \"tasks\": [\"t\"],\n"
		"\"arms\": [{\"name\": \"C\", \"model_kind\": \"MoE\", \"router_kind\": "
		"\"SoftmaxOnly\"},\n"
		"{\"name\": \"D\", \"model_kind\": \"Dense\", \"match\": {\"arm\": \"C\"%s}}],\n"
		"\"seeds\": {\"first\": 0, \"count\": 1}, \"train\": {%s}}",
		match, train);
	fclose(out);
	if (experiment_read(x, name, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
}

static const int dims[][3] = {{16, 26, 128}, {7, 20, 127}, {784, 10, 128}, {96, 20, 128}};

static void test_dense_nearest(void **state)
{
	struct experiment x;
	struct task task = {.name = "t"};
	const int index[KEYS] = {0};
	(void)state;
	read_dense(&x, "", "");
	for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
		struct plan_task at = {&task, 0, dims[i][0], dims[i][1], 1000, ""};
		struct run_spec run, moe;
		assert_int_equal(plan_resolve(&x, &at, 0, index, &moe, NULL), 0);
		assert_int_equal(plan_resolve(&x, &at, 1, index, &run, NULL), 0);
		assert_int_equal(run.match_target, arch_count(&moe.arch).total_params);
		assert_int_equal(arch_count(&run.arch).total_params,
				 run.match_target + run.match_residual);
		assert_true(llabs(run.match_residual) * 1000 <= run.match_target);
		assert_int_equal(run.arch.hidden_dim, dims[i][2]);
	}
	experiment_free(&x);
}

static void test_dense_at_size(void **state)
{
	struct experiment x;
	struct task task = {.name = "t"};
	const int index[KEYS] = {0};
	(void)state;
	read_dense(&x, ", \"hidden\": \"size\"", "");
	for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
		struct plan_task at = {&task, 0, dims[i][0], dims[i][1], 1000, ""};
		struct run_spec run;
		struct error error = {0};
		char message[4096];
		int status = plan_resolve(&x, &at, 1, index, &run, &error);
		assert_int_equal(status, dims[i][2] == 128 ? 0 : ERROR_INPUT);
		if (status == 0)
			continue;
		corpus_message(&error, message, sizeof message);
		assert_non_null(strstr(message, "dense.json:3:47: arms[1].match: "));
		assert_non_null(strstr(message, "149616"));
		assert_non_null(strstr(message, "149834"));
	}
	experiment_free(&x);
}

static void test_dense_other_counts(void **state)
{
	static const char *const on[] = {", \"on\": \"active_params\"",
					 ", \"on\": \"train_flops\""};
	struct task task = {.name = "t"};
	const int index[KEYS] = {0};
	(void)state;
	for (size_t i = 0; i < 2 * (sizeof dims / sizeof *dims); i++) {
		struct experiment x;
		struct plan_task at = {&task, 0, dims[i / 2][0], dims[i / 2][1], 1000, ""};
		struct run_spec run, moe;
		read_dense(&x, on[i % 2], "");
		assert_int_equal(plan_resolve(&x, &at, 0, index, &moe, NULL), 0);
		assert_int_equal(plan_resolve(&x, &at, 1, index, &run, NULL), 0);
		struct arch_counts counts = arch_count(&moe.arch), dense = arch_count(&run.arch);
		assert_int_equal(run.match_target,
				 i % 2 ? counts.train_flops : counts.active_params);
		assert_int_equal(run.match_target + run.match_residual,
				 i % 2 ? dense.train_flops : dense.total_params);
		assert_true(llabs(run.match_residual) * 1000 <= run.match_target);
		/* No other intermediate of that width comes nearer. */
		for (int away = -1; away <= 1; away += 2) {
			struct arch other = run.arch;
			other.intermediate += away;
			counts = arch_count(&other);
			int64_t reached = i % 2 ? counts.train_flops : counts.total_params;
			assert_true(llabs(reached - run.match_target) >= llabs(run.match_residual));
		}
		experiment_free(&x);
	}
}

/* A task's own epochs stand, and a list of them then makes no runs, unless overridden. */
static void test_task_epochs(void **state)
{
	struct experiment x;
	struct task task = {.name = "t", .epochs = 5};
	struct plan_task at = {&task, 0, 96, 20, 1000, ""};
	int index[KEYS] = {0};
	struct run_spec run;
	(void)state;
	read_dense(&x, "", "\"epochs\": [7, 8]");
	assert_int_equal(plan_axis_length(&x, &at, 0, KEY_EPOCHS), 1);
	assert_int_equal(plan_resolve(&x, &at, 0, index, &run, NULL), 0);
	assert_int_equal(run.train.epochs, 5);
	assert_string_equal(run.variant, "");
	experiment_free(&x);
	read_dense(&x, "", "\"epochs\": [7, 8], \"override_task\": true");
	assert_int_equal(plan_axis_length(&x, &at, 0, KEY_EPOCHS), 2);
	index[KEY_EPOCHS] = 1;
	assert_int_equal(plan_resolve(&x, &at, 0, index, &run, NULL), 0);
	assert_int_equal(run.train.epochs, 8);
	assert_string_equal(run.variant, "train.epochs=8");
	at.train_rows = 100; /* fewer than the default batch */
	assert_int_equal(plan_resolve(&x, &at, 0, index, &run, NULL), ERROR_INPUT);
	experiment_free(&x);
}

static void touch(const char *format, const char *id)
{
	char name[256];
	assert_true(snprintf(name, sizeof name, format, folder, id) > 0);
	FILE *out = fopen(name, "w");
	assert_non_null(out);
	fclose(out);
}

static void test_state(void **state)
{
	struct run_spec run = {.run_id = "0123456789abcdef", .experiment = "x"};
	char command[256];
	(void)state;
	assert_int_equal(plan_run_state(folder, &run), RUN_PENDING);
	snprintf(command, sizeof command, "mkdir -p '%s/x/runs'", folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(plan_run_state(folder, &run), RUN_PENDING);
	touch("%s/x/runs/%s.failed", run.run_id);
	assert_int_equal(plan_run_state(folder, &run), RUN_FAILED);
	snprintf(command, sizeof command, "mkdir '%s/x/runs/%s'", folder, run.run_id);
	assert_int_equal(system(command), 0);
	assert_int_equal(plan_run_state(folder, &run), RUN_DAMAGED);
	touch("%s/x/runs/%s/run.json", run.run_id);
	assert_int_equal(plan_run_state(folder, &run), RUN_DAMAGED);
}

static void test_results_dir(void **state)
{
	(void)state;
	unsetenv("SHEAFBENCH_RESULTS");
	assert_string_equal(plan_results_dir(NULL), "results");
	setenv("SHEAFBENCH_RESULTS", "elsewhere", 1);
	assert_string_equal(plan_results_dir(NULL), "elsewhere");
	assert_string_equal(plan_results_dir("here"), "here");
	unsetenv("SHEAFBENCH_RESULTS");
}

static void test_command_refusals(void **state)
{
	static char *const lines[][5] = {
	    {"plan"},
	    {"plan", "configs/smoke.json", "--jsn"},
	    {"plan", "configs/smoke.json", "configs/tiny.json"},
	    {"plan", "configs/smoke.json", "--json", "--pending"},
	    {"plan", "configs/smoke.json", "--out"},
	    {"plan", "configs/no_such_file.json"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct error error = {0};
		char *argv[6] = {NULL};
		int argc = 0;
		for (; argc < 5 && lines[i][argc] != NULL; argc++)
			argv[argc] = lines[i][argc];
		assert_int_equal(command_plan(argc, argv, &error), ERROR_INPUT);
		assert_int_equal(error.status, ERROR_INPUT);
	}
}

/* A refused experiment leaves no folder behind; a good one a cache. */
static void test_cache_created(void **state)
{
	char out[64], cache[80];
	struct plan plan;
	struct error error = {0};
	(void)state;
	snprintf(out, sizeof out, "%s/new/results", folder);
	snprintf(cache, sizeof cache, "%s/.cache", out);
	assert_int_equal(plan_read_cached(&plan, "tests/bad/config/lr_zero.json", out, &error),
			 ERROR_INPUT);
	assert_int_not_equal(access(out, F_OK), 0);
	assert_int_equal(plan_read_cached(&plan, "configs/tiny.json", out, &error), 0);
	plan_free(&plan);
	assert_int_equal(access(cache, F_OK), 0);
	assert_int_equal(plan_read_cached(&plan, "configs/tiny.json", out, &error), 0);
	assert_int_equal(plan.run_count, 2);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_number_round_trip),
	    cmocka_unit_test(test_canonical_form),
	    cmocka_unit_test(test_canonical_id),
	    cmocka_unit_test(test_dense_nearest),
	    cmocka_unit_test(test_dense_at_size),
	    cmocka_unit_test(test_dense_other_counts),
	    cmocka_unit_test(test_task_epochs),
	    cmocka_unit_test(test_state),
	    cmocka_unit_test(test_results_dir),
	    cmocka_unit_test(test_command_refusals),
	    cmocka_unit_test(test_cache_created),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
