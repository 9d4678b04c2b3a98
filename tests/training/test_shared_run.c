/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs in memory of every kind of network and of data, by many threads against one: the same
 * bytes, with everything cut that can be, however short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/training/train.h"
#include "kernels/random.h"
#include "kernels/share.h"
#include "kernels/share_parts.h"
#include "tests/kernels/backend_fixture.h"

enum { IN = 19, OUT = 7, ROWS = 90, TRAINED = 70, BATCH = 32, EXPERTS = 4 };

static const int thread_counts[] = {2, 3, 4, 7, 64};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof *thread_counts };

static struct dataset floats, bytes;
static int32_t true_expert[ROWS];

static int set_up(void **state)
{
	struct random_stream stream;
	random_open(&stream, 1, "test", "shared run");
	floats = bytes = (struct dataset){
	    .rows = ROWS,
	    .train_rows = TRAINED,
	    .input_dim = IN,
	    .output_dim = OUT,
	    .heads = {2, {{"class", HEAD_SOFTMAX, 0, 4, 1.0f}, {"bits", HEAD_SIGMOID, 4, 3, 0.5f}}},
	    .targets = calloc((size_t)ROWS * OUT, sizeof(float)),
	    .true_expert = true_expert,
	};
	floats.inputs = malloc(sizeof(float) * ROWS * IN);
	bytes.bytes = malloc((size_t)ROWS * IN);
	if (!floats.targets || !floats.inputs || !bytes.bytes)
		return -1;
	for (int i = 0; i < ROWS; i++) {
		floats.targets[i * OUT + i % 4] = 1.0f;
		floats.targets[i * OUT + 4 + i % 3] = 1.0f;
		true_expert[i] = (int32_t)random_below(&stream, EXPERTS);
	}
	for (int i = 0; i < ROWS * IN; i++) {
		floats.inputs[i] = 6.0f * random_unit_float(&stream) - 3.0f;
		bytes.bytes[i] = (uint8_t)random_below(&stream, 256);
	}
	for (int i = 0; i < 256; i++)
		bytes.byte_value[i] = (float)(i - 100) / 50.0f;
	return backend_fixture_own(state);
}

static int tear_down(void **state)
{
	free(floats.targets);
	free(floats.inputs);
	free(bytes.bytes);
	return backend_fixture_close(state);
}

static const struct kind {
	const char *name;
	enum router_kind router; /* ROUTER_KINDS: Dense */
	enum router_control control;
	bool complete; /* nerve */
} kinds[] = {
    {"Dense", ROUTER_KINDS, CONTROL_NONE, false},
    {"SoftmaxOnly", ROUTER_SOFTMAX_ONLY, CONTROL_NONE, false},
    {"SheafOnly", ROUTER_SHEAF_ONLY, CONTROL_NONE, true},
    {"SheafPadic", ROUTER_SHEAF_PADIC, CONTROL_NONE, false},
    {"random", ROUTER_SHEAF_ONLY, CONTROL_RANDOM, false},
    {"true expert", ROUTER_SOFTMAX_ONLY, CONTROL_ORACLE, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static struct run_spec run_of(const struct kind *kind)
{
	const bool dense = kind->router == ROUTER_KINDS;
	struct run_spec run = {
	    .task_name = "t",
	    .arm = "a",
	    .seed = 1,
	    .evaluate_test = true,
	    .arch = dense ? arch_dense(SIZE_NANO, IN, OUT, 40, 3)
			  : arch_moe(SIZE_NANO, IN, OUT, kind->router, 3),
	    .train = {.epochs = 2,
		      .batch_size = BATCH,
		      .lr = 1e-2,
		      .beta1 = 0.9,
		      .beta2 = 0.999,
		      .epsilon = 1e-8,
		      .weight_decay = 0.1},
	};
	run.arch.hidden_dim = 24;
	if (dense)
		return run;
	run.router = (struct router_settings){
	    .kind = kind->router,
	    .control = kind->control,
	    .overlap_penalty = router_of(kind->router)->has_nerve ? 0.1 : 0.0,
	    .balance = 0.01,
	    .renormalize = kind->complete,
	    .codec = kind->router == ROUTER_SHEAF_PADIC,
	    .padic = {5, 6, 4, 0.04},
	};
	assert_int_equal(
	    (kind->complete ? nerve_complete : nerve_cycle)(&run.router.nerve, EXPERTS, 2), 0);
	return run;
}

/* What a run leaves; compared as bytes. */
struct outcome {
	char weights_sha256[65];
	double train_loss;
	int metrics;
	double value[2 * METRICS_MAX];
};

static void add_values(struct outcome *outcome, const struct metrics *metrics)
{
	for (int i = 0; i < metrics->count; i++)
		outcome->value[outcome->metrics++] = metrics->metric[i].value;
}

static void train(const struct kind *kind, const struct dataset *dataset, struct outcome *outcome)
{
	struct task task = {.name = "t", .validation_fraction = 0.3};
	struct run_spec run = run_of(kind);
	struct train_result result;
	struct model model;
	struct error error;
	FILE *log = tmpfile();
	assert_non_null(log);
	const struct train_job job = {
	    .run = &run, .task = &task, .dataset = dataset, .backend = &backend, .log = log};
	assert_int_equal(train_run(&job, &model, &result, &error), 0);
	fclose(log);
	model_close(&model);
	memset(outcome, 0, sizeof *outcome);
	memcpy(outcome->weights_sha256, result.weights_sha256, sizeof outcome->weights_sha256);
	outcome->train_loss = result.train_loss;
	add_values(outcome, &result.validation);
	add_values(outcome, &result.test);
}

static void compare(const struct kind *kind, const struct dataset *dataset)
{
	struct outcome *one = malloc(sizeof *one), *many = malloc(sizeof *many);
	struct error error;
	assert_true(one && many);
	train(kind, dataset, one);
	assert_true(one->metrics > 8);
	for (int t = 0; t < THREAD_COUNTS; t++) {
		assert_int_equal(share_open(&backend, thread_counts[t], &error), 0);
		assert_int_equal(share_threads(&backend), thread_counts[t]);
		team_cut_all(backend.share->team, true);
		train(kind, dataset, many);
		share_close(&backend);
		if (memcmp(one, many, sizeof *one) != 0)
			fail_msg("%s, %d threads: %s, not %s", kind->name, thread_counts[t],
				 many->weights_sha256, one->weights_sha256);
	}
	free(one);
	free(many);
}

static void test_runs(void **state)
{
	(void)state;
	for (int i = 0; i < KINDS; i++) {
		compare(&kinds[i], &floats);
		compare(&kinds[i], &bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runs),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
