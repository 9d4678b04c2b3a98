/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs that were encoded once, against inputs that are encoded in every forward pass: the same
 * bits, in training and in what an evaluation says; and that they are the ones that are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/training/codes.h"
#include "harness/training/evaluate.h"
#include "harness/training/metrics.h"
#include "harness/training/train.h"
#include "kernels/random.h"
#include "tests/kernels/backend_fixture.h"

enum { IN = 37, OUT = 3, ROWS = 83, BATCH = 20, EXPERTS = 4, RUN = BATCH * IN };

static struct dataset floats, bytes;

/* The first numbers are beyond every lattice, the next on the ends of that of the default. */
static int set_up(void **state)
{
	static const float ends[] = {1e30f, -1e30f, 7812.0f / 625.0f, -7812.0f / 625.0f};
	struct random_stream stream;
	random_open(&stream, 1, "test", "codes");
	floats = bytes = (struct dataset){
	    .rows = ROWS,
	    .train_rows = ROWS,
	    .input_dim = IN,
	    .output_dim = OUT,
	    .heads = {1, {{"class", HEAD_SOFTMAX, 0, OUT, 1.0f}}},
	    .targets = calloc((size_t)ROWS * OUT, sizeof(float)),
	};
	floats.inputs = malloc(sizeof(float) * ROWS * IN);
	bytes.bytes = malloc((size_t)ROWS * IN);
	if (!floats.targets || !floats.inputs || !bytes.bytes)
		return -1;
	for (int i = 0; i < ROWS; i++)
		floats.targets[i * OUT + i % OUT] = 1.0f;
	for (int i = 0; i < ROWS * IN; i++) {
		floats.inputs[i] = i < 4 ? ends[i] : 6.0f * random_unit_float(&stream) - 3.0f;
		bytes.bytes[i] = (uint8_t)random_below(&stream, 256);
	}
	for (int i = 0; i < 256; i++)
		bytes.byte_value[i] = i < 4 ? ends[i] : (float)(i - 100) / 50.0f;
	return backend_fixture_own(state);
}

static int tear_down(void **state)
{
	free(floats.targets);
	free(floats.inputs);
	free(bytes.bytes);
	return backend_fixture_close(state);
}

static void open_padic(struct model *model, const struct padic_settings *padic, bool codec)
{
	struct router_settings router = {
	    .kind = ROUTER_SHEAF_PADIC, .codec = codec, .padic = *padic};
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router.kind, 3);
	arch.hidden_dim = 8;
	arch.expert_depth = 1;
	assert_int_equal(nerve_cycle(&router.nerve, EXPERTS, 2), 0);
	assert_int_equal(
	    model_open(model, &backend, &arch, &router, &floats.heads, BATCH, true, NULL), 0);
}

/* Narrow codes, wide ones, sums beyond binary64, a lattice on which much saturates. */
static const struct padic_settings settings[] = {
    {5, 6, 4, 0.04}, {7, 6, 3, 0.0}, {5, 12, 9, 0.0}, {2, 6, 4, 0.1}};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* A step's forward and backward pass on rows index[0..n); codes may be NULL. */
static void pass(struct model *model, const struct dataset *dataset,
		 const struct input_codes *codes, const int64_t *index, int64_t n)
{
	float inputs[RUN], targets[BATCH * OUT];
	dataset_gather(dataset, &backend, index, n, inputs, targets);
	if (codes)
		input_codes_give(codes, model, index, n);
	model_forward(model, n, inputs, true);
	model_loss(model, n, targets, true);
	model_backward(model, n, inputs);
}

static void check_step(const struct dataset *dataset, const struct padic_settings *padic)
{
	static const int64_t index[] = {82, 0, 5, 5, 17, 1, 44};
	enum { N = sizeof index / sizeof *index };
	struct model fresh, given;
	struct input_codes codes;
	open_padic(&fresh, padic, true);
	open_padic(&given, padic, true);
	assert_int_equal(codes_open(&codes, &given, dataset), 0);
	pass(&fresh, dataset, NULL, index, N);
	pass(&given, dataset, &codes, index, N);
	const struct moe *a = fresh.moe, *b = given.moe;
	assert_memory_equal(a->x_code, b->x_code, N * IN * sizeof *a->x_code);
	assert_memory_equal(a->x_decoded, b->x_decoded, N * IN * sizeof *a->x_decoded);
	assert_memory_equal(a->logits, b->logits, N * EXPERTS * sizeof *a->logits);
	assert_memory_equal(fresh.logits, given.logits, N * OUT * sizeof *fresh.logits);
	assert_memory_equal(fresh.grads, given.grads,
			    (size_t)fresh.param_count * sizeof *fresh.grads);
	/* They are used up: the next pass without codes is one of its own inputs. */
	pass(&fresh, dataset, NULL, index + 1, N - 1);
	pass(&given, dataset, NULL, index + 1, N - 1);
	assert_memory_equal(a->x_code, b->x_code, (N - 1) * IN * sizeof *a->x_code);
	/* And they are what counts: of other rows they make other logits. */
	input_codes_give(&codes, &given, index, N - 1);
	float inputs[RUN];
	dataset_gather(dataset, &backend, index + 1, N - 1, inputs, NULL);
	model_forward(&given, N - 1, inputs, true);
	assert_memory_not_equal(a->logits, b->logits, (N - 1) * EXPERTS * sizeof *a->logits);
	input_codes_close(&codes);
	model_close(&fresh);
	model_close(&given);
}

static void test_step(void **state)
{
	(void)state;
	for (int i = 0; i < SETTINGS; i++) {
		check_step(&floats, &settings[i]);
		check_step(&bytes, &settings[i]);
	}
}

/* Of the first n rows, the last first. */
static void measure(struct model *model, const struct dataset *dataset,
		    const struct input_codes *codes, int64_t n, struct metrics *metrics)
{
	int64_t index[ROWS];
	for (int64_t r = 0; r < n; r++)
		index[r] = n - 1 - r;
	memset(metrics, 0, sizeof *metrics);
	assert_int_equal(evaluate(model, dataset, codes, index, n, metrics, NULL), 0);
}

static double value(const struct metrics *metrics, const char *name)
{
	const struct metric *metric = metrics_find(metrics, name);
	assert_non_null(metric);
	return metric->value;
}

static void check_metrics(struct model *model, const struct dataset *dataset)
{
	struct metrics fresh, given, other;
	struct input_codes codes;
	assert_int_equal(codes_open(&codes, model, dataset), 0);
	measure(model, dataset, NULL, ROWS, &fresh);
	measure(model, dataset, &codes, ROWS, &given);
	assert_int_equal(fresh.count, given.count);
	for (int i = 0; i < fresh.count; i++) {
		assert_string_equal(fresh.metric[i].name, given.metric[i].name);
		assert_memory_equal(&fresh.metric[i].value, &given.metric[i].value,
				    sizeof fresh.metric[i].value);
	}
	assert_true(value(&fresh, "router.saturated") > 0.0);
	input_codes_close(&codes);
	/* They are what counts: of a data set that begins a row later they say something else. */
	struct dataset later = *dataset;
	later.rows--;
	if (later.bytes)
		later.bytes += IN;
	else
		later.inputs += IN;
	assert_int_equal(codes_open(&codes, model, &later), 0);
	measure(model, dataset, NULL, ROWS - 1, &fresh);
	measure(model, dataset, &codes, ROWS - 1, &other);
	assert_true(value(&other, "router.entropy") != value(&fresh, "router.entropy"));
	input_codes_close(&codes);
}

static void test_metrics(void **state)
{
	(void)state;
	for (int i = 0; i < SETTINGS; i++) {
		struct model model;
		open_padic(&model, &settings[i], true);
		check_metrics(&model, &floats);
		check_metrics(&model, &bytes);
		model_close(&model);
	}
}

/* Codes of 16 bit where they fit, none of bytes, none where there is no codec. */
static void test_kept(void **state)
{
	struct input_codes codes;
	struct model model;
	(void)state;
	for (int i = 0; i < SETTINGS; i++) {
		open_padic(&model, &settings[i], true);
		const int64_t width = model.moe->padic.modulus_half < 1 << 15 ? 2 : 4;
		assert_int_equal(input_codes_memory(&model.moe->padic, ROWS, IN),
				 ROWS * IN * width);
		assert_int_equal(codes_open(&codes, &model, &floats), 0);
		assert_true((codes.narrow != NULL) == (width == 2));
		assert_true((codes.wide != NULL) == (width == 4));
		input_codes_close(&codes);
		assert_int_equal(codes_open(&codes, &model, &bytes), 0);
		assert_true(!codes.narrow && !codes.wide && codes.bytes == bytes.bytes);
		input_codes_close(&codes);
		model_close(&model);
	}
	open_padic(&model, &settings[0], false);
	assert_int_equal(codes_open(&codes, &model, &floats), 0);
	assert_true(!codes.narrow && !codes.wide && codes.in == 0);
	const int64_t first = 0;
	input_codes_give(&codes, &model, &first, 1);
	assert_false(model.moe->x_given);
	model_close(&model);
}

/* Hash of the router's logits in the one step of a run; an input of it moved by an ulp where `flip`
 * is its step.  Nothing else of the router could tell. */
static uint64_t traced_logits(const struct dataset *dataset, int64_t flip)
{
	enum { INPUTS, ROUTER_LOGITS = 2 };
	struct run_spec run = {
	    .task_name = "t",
	    .arm = "a",
	    .seed = 1,
	    .router = {.kind = ROUTER_SHEAF_PADIC, .codec = true, .padic = {2, 12, 6, 0.0}},
	    .arch = arch_moe(SIZE_NANO, IN, OUT, ROUTER_SHEAF_PADIC, 3),
	    .train = {.epochs = 1,
		      .batch_size = BATCH,
		      .lr = 1e-3,
		      .beta1 = 0.9,
		      .beta2 = 0.999,
		      .epsilon = 1e-8,
		      .max_steps = 1},
	};
	struct task task = {.name = "t"};
	struct train_result result;
	struct model model;
	struct trace trace = {.flip = {.step = flip, .tensor = INPUTS, .element = IN + 1}};
	uint64_t hash[ROUTER_LOGITS + 1];
	FILE *file = tmpfile(), *log = tmpfile();
	assert_true(file && log);
	assert_int_equal(nerve_cycle(&run.router.nerve, EXPERTS, 2), 0);
	assert_int_equal(trace_open(&trace, file, backend.table, &run.arch, "\"made\": 1", NULL),
			 0);
	fflush(file);
	const long header = ftell(file);
	const struct train_job job = {.run = &run,
				      .task = &task,
				      .dataset = dataset,
				      .backend = &backend,
				      .log = log,
				      .trace = &trace};
	assert_int_equal(train_run(&job, &model, &result, NULL), 0);
	assert_int_equal(fseek(file, header, SEEK_SET), 0);
	assert_int_equal(fread(hash, sizeof *hash, ROUTER_LOGITS + 1, file), ROUTER_LOGITS + 1);
	model_close(&model);
	trace_close(&trace);
	fclose(file);
	fclose(log);
	return hash[ROUTER_LOGITS];
}

/* Inputs halfway between two codes: an ulp more is another code, also to a run that keeps codes. */
static void test_flip(void **state)
{
	struct dataset halves = floats;
	(void)state;
	halves.inputs = malloc(sizeof(float) * ROWS * IN);
	assert_non_null(halves.inputs);
	for (int i = 0; i < ROWS * IN; i++)
		halves.inputs[i] = 2.5f / 64.0f;
	const uint64_t whole = traced_logits(&halves, 0);
	assert_true(traced_logits(&halves, 0) == whole);
	assert_true(traced_logits(&halves, 1) != whole);
	free(halves.inputs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_step),
	    cmocka_unit_test(test_metrics),
	    cmocka_unit_test(test_kept),
	    cmocka_unit_test(test_flip),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
