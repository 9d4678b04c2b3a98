/* SPDX-License-Identifier: Apache-2.0 */
/* Experiment files: what they expand to, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/corpus.h"
#include "tests/experiment/experiment_fixture.h"
#include "tests/scratch.h"

static void test_shipped_configs(void **state)
{
	static const struct {
		const char *file;
		int64_t runs;
	} configs[] = {
	    {"configs/smoke.json", 16},         {"configs/precision_sweep.json", 78},
	    {"configs/overlap_sweep.json", 60}, {"configs/tiny.json", 2},
	    {"configs/full.json", 1},           {"configs/controls.json", 180},
	    {"configs/sensitivity.json", 198},
	};
	(void)state;
	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		struct plan plan;
		must_read(&plan, configs[i].file);
		assert_int_equal(plan.run_count, configs[i].runs);
		plan_free(&plan);
	}
}

/* One of its tasks comes from a package that may not be installed; then the plan says so. */
static void test_ablation(void **state)
{
	struct plan plan;
	struct error error = {0};
	(void)state;
	if (plan_read(&plan, "configs/ablation.json", experiment_cache, &error) != 0) {
		char message[4096];
		corpus_message(&error, message, sizeof message);
		if (strstr(message, "fashion") == NULL)
			fail_msg("%s", message);
		print_message("%s\n", message);
		skip();
	}
	assert_int_equal(plan.run_count, 160);
	assert_string_equal(plan.name, "ablation");
	assert_int_equal(plan.task_count, 4);
	for (int64_t i = 0; i < plan.run_count; i++) {
		const struct run_spec *run = &plan.runs[i];
		assert_int_equal(run->seed, 1 + i / 4 % 10);
		assert_string_equal(run->task_name, plan.tasks[i / 40].name);
		assert_string_equal(run->variant, "");
		if (run->arch.model_kind != MODEL_DENSE)
			continue;
		assert_int_equal(run->match_target,
				 arch_count(&plan.runs[i - 1].arch).total_params);
		assert_int_equal(run->match_target + run->match_residual,
				 arch_count(&run->arch).total_params);
		assert_true(llabs(run->match_residual) * 1000 <= run->match_target);
	}
	plan_free(&plan);
}

/* A run's fields, all from the file. */
static void test_resolved(void **state)
{
	struct plan plan;
	(void)state;
	must_read_text(&plan, one_run);
	const struct run_spec *run = &plan.runs[0];
	assert_string_equal(run->experiment, "one");
	assert_string_equal(run->arm, "A");
	assert_int_equal(run->seed, 7);
	assert_int_equal(run->arch.seed, 7);
	assert_int_equal(run->train.epochs, 3);
	assert_int_equal(run->train.batch_size, 64);
	assert_true(run->train.lr == 0.001 && run->train.warmup == 0.05);
	assert_true(run->router.overlap_penalty == 0.02 && run->router.balance == 0.03);
	assert_int_equal(run->router.nerve.kind, NERVE_CYCLE);
	assert_int_equal(run->router.nerve.count, 4);
	assert_int_equal(run->router.padic.p, 5);
	assert_true(run->router.codec && run->evaluate_test);
	assert_int_equal(run->arch.input_dim, 16);
	assert_int_equal(run->arch.output_dim, 26);
	assert_int_equal(run->train_rows, 16000);
	plan_free(&plan);
}

/* Two files of tasks of one name. */
static void test_twin_tasks(void **state)
{
	static const char from[] = "\"tasks\": [\"letter\"]";
	char text[2048], name[96], root[512];
	struct plan plan;
	struct error error = {0};
	(void)state;
	const char *at = strstr(one_run, from);
	assert_non_null(at);
	assert_non_null(getcwd(root, sizeof root));
	snprintf(text, sizeof text,
		 "%.*s\"tasks\": [\"letter\", \"%s/configs/tasks/letter.json\"]%s",
		 (int)(at - one_run), one_run, root, at + sizeof from - 1);
	write_experiment(text, name);
	assert_int_equal(plan_read(&plan, name, experiment_cache, &error), ERROR_INPUT);
	assert_string_equal(error.path, "tasks[1]");
	assert_string_equal(error.expected, "every task once");
	assert_non_null(strstr(error.what, "is task letter, as tasks[0] is"));
}

static int try_config(const char *file_name, struct error *error)
{
	struct plan plan;
	int status = plan_read(&plan, file_name, experiment_cache, error);
	if (status == 0)
		plan_free(&plan);
	return status;
}

static void test_bad_configs(void **state)
{
	(void)state;
	corpus_check("tests/bad/config", ".json", 30, try_config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped_configs), cmocka_unit_test(test_ablation),
	    cmocka_unit_test(test_resolved),        cmocka_unit_test(test_twin_tasks),
	    cmocka_unit_test(test_bad_configs),
	};
	return cmocka_run_group_tests(tests, experiment_fixture_make, scratch_remove);
}
