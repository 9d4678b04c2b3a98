/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluation says of the router, and what controls tell it. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/training/evaluate.h"
#include "harness/training/router_metrics.h"
#include "harness/training/metrics.h"
#include "harness/training/controls.h"
#include "kernels/random.h"
#include "tests/kernels/backend_fixture.h"

enum { IN = 96, OUT = 20, ROWS = 300, EXPERTS = 4 };

static struct dataset dataset;

static int set_up(void **state)
{
	dataset = (struct dataset){
	    .rows = ROWS,
	    .train_rows = ROWS,
	    .input_dim = IN,
	    .output_dim = OUT,
	    .heads = {.count = 2,
		      .head = {{"decision", HEAD_SOFTMAX, 0, 12, 1.0f},
			       {"quality", HEAD_SIGMOID, 12, 8, 1.0f}}},
	    .inputs = malloc(ROWS * IN * sizeof(float)),
	    .targets = malloc(ROWS * OUT * sizeof(float)),
	    .true_expert = malloc(ROWS * sizeof(int32_t)),
	};
	if (!dataset.inputs || !dataset.targets || !dataset.true_expert)
		return -1;
	generate_quality_decision(1, ROWS, dataset.inputs, dataset.targets, dataset.true_expert);
	return backend_fixture_own(state);
}

static int tear_down(void **state)
{
	free(dataset.inputs);
	free(dataset.targets);
	free(dataset.true_expert);
	return backend_fixture_close(state);
}

static struct router_settings settings_of(enum router_kind kind)
{
	struct router_settings router = {
	    .kind = kind,
	    .codec = kind == ROUTER_SHEAF_PADIC,
	    .padic = {5, 6, 4, 0.04},
	};
	assert_int_equal(nerve_cycle(&router.nerve, EXPERTS, 2), 0);
	return router;
}

static void measure(const struct router_settings *router, uint64_t seed, int64_t capacity,
		    struct metrics *metrics)
{
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router->kind, seed);
	struct model model;
	int64_t index[ROWS];
	arch.hidden_dim = 8;
	arch.expert_depth = 1;
	assert_int_equal(
	    model_open(&model, &backend, &arch, router, &dataset.heads, capacity, false, NULL), 0);
	for (int64_t r = 0; r < ROWS; r++)
		index[r] = r;
	assert_int_equal(evaluate(&model, &dataset, NULL, index, ROWS, metrics, NULL), 0);
	model_close(&model);
}

static double value_of(const struct metrics *metrics, const char *format, int i, int j)
{
	char name[80];
	snprintf(name, sizeof name, "%s.%d.%d", format, i, j);
	name[strlen(name) - (j < 0 ? 3 : 0) - (i < 0 ? 3 : 0)] = '\0';
	const struct metric *metric = metrics_find(metrics, name);
	if (!metric)
		fail_msg("no metric %s", name);
	return metric ? metric->value : 0.0;
}

static double get(const struct metrics *metrics, const char *name)
{
	return value_of(metrics, name, -1, -1);
}

static void check_counts(const struct metrics *metrics)
{
	double pairs = 0.0, outside = 0.0, spread = 0.0, largest = 0.0;
	for (int i = 0; i < EXPERTS; i++) {
		double with_i = 0.0, load = value_of(metrics, "router.load", i, -1);
		for (int j = 0; j < EXPERTS; j++)
			if (i != j)
				with_i +=
				    value_of(metrics, "router.pair", i < j ? i : j, i < j ? j : i);
		assert_true(fabs(with_i - 2.0 * ROWS * load) < 1e-9);
		pairs += with_i / 2.0;
		spread += (load - 0.25) * (load - 0.25);
		largest = load > largest ? load : largest;
	}
	assert_true(pairs == ROWS);
	outside = value_of(metrics, "router.pair", 0, 2) + value_of(metrics, "router.pair", 1, 3);
	assert_true(fabs(get(metrics, "router.outside_nerve") - outside / ROWS) < 1e-12);
	assert_true(fabs(get(metrics, "router.load_cv") - 2.0 * sqrt(spread)) < 1e-9);
	assert_true(fabs(get(metrics, "router.load_max") - 4.0 * largest) < 1e-9);
	int dead = 0;
	for (int i = 0; i < EXPERTS; i++)
		dead += value_of(metrics, "router.load", i, -1) < 0.01 / EXPERTS;
	assert_true(get(metrics, "router.dead") == dead);
	assert_true(get(metrics, "router.class_information") >= 0.0);
	assert_true(get(metrics, "router.class_information") <= 2.0);
	assert_true(get(metrics, "router.true_agreement") >= 0.25);
	assert_true(metrics->count < METRICS_MAX);
}

static void test_choices(void **state)
{
	struct metrics metrics;
	(void)state;
	for (int kind = 0; kind < 3; kind++)
		for (uint64_t seed = 0; seed < 10; seed++) {
			struct router_settings router = settings_of((enum router_kind)kind);
			measure(&router, seed, 64, &metrics);
			check_counts(&metrics);
			bool softmax = kind == ROUTER_SOFTMAX_ONLY;
			assert_true(softmax || get(&metrics, "router.outside_nerve") == 0.0);
			assert_true(!softmax || get(&metrics, "router.overruled") == 0.0);
			assert_int_equal(metrics_find(&metrics, "router.padic.digits") != NULL,
					 router.codec);
		}
}

/* The list of ranges has every metric there is, and their values. */
static void test_ranges(void **state)
{
	struct metrics metrics;
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct router_settings router = settings_of((enum router_kind)kind);
		int64_t shares = 0;
		measure(&router, 3, 64, &metrics);
		for (int m = 0; m < metrics.count; m++) {
			const struct metric *metric = &metrics.metric[m];
			if (!metric_is_known(metric->name) ||
			    !metric_allows(metric->name, metric->value))
				fail_msg("%s is %g", metric->name, metric->value);
			shares += metric_range(metric->name) == RANGE_PROPORTION;
		}
		/* accuracy, two of heads, Brier, loads, outside, agreement; overruled; the codec's
		 */
		assert_int_equal(shares, 4 + EXPERTS + 3 + (kind == ROUTER_SHEAF_PADIC ? 9 : 0));
	}
}

static int best_of(const float *x, int n)
{
	int best = 0;
	for (int i = 1; i < n; i++)
		best = x[i] > x[best] ? i : best;
	return best;
}

/* Accuracies, Brier score and loss from the probabilities of all rows at once. */
static void test_heads(void **state)
{
	struct router_settings router = settings_of(ROUTER_SOFTMAX_ONLY);
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router.kind, 7);
	struct metrics metrics;
	struct model model;
	double right = 0.0, units = 0.0, square = 0.0, likelihood = 0.0;
	(void)state;
	measure(&router, 7, 64, &metrics);
	arch.hidden_dim = 8;
	arch.expert_depth = 1;
	assert_int_equal(
	    model_open(&model, &backend, &arch, &router, &dataset.heads, ROWS, false, NULL), 0);
	model_forward(&model, ROWS, dataset.inputs, false);
	model_loss(&model, ROWS, dataset.targets, false);
	for (int r = 0; r < ROWS; r++) {
		const float *p = model.probabilities + r * OUT, *t = dataset.targets + r * OUT;
		right += best_of(p, 12) == best_of(t, 12);
		for (int c = 0; c < 12; c++)
			likelihood -= (double)t[c] * log((double)p[c]);
		for (int c = 12; c < OUT; c++) {
			const double miss = (double)p[c] - (double)t[c];
			units += (p[c] >= 0.5f) == (t[c] >= 0.5f);
			square += miss * miss;
		}
	}
	assert_true(right > 0.0 && right < ROWS);
	assert_true(get(&metrics, "accuracy") == right / ROWS);
	assert_true(get(&metrics, "decision.accuracy") == right / ROWS);
	assert_true(get(&metrics, "quality.accuracy") == units / (ROWS * 8));
	assert_true(fabs(get(&metrics, "quality.brier") - square / (ROWS * 8)) < 1e-9);
	assert_true(fabs(get(&metrics, "decision.loss") - likelihood / ROWS) < 1e-5);
	assert_true(fabs(get(&metrics, "loss") - get(&metrics, "decision.loss") -
			 get(&metrics, "quality.loss")) < 1e-12);
	model_close(&model);
}

/* Of equal gates, and of equal targets, the first counts. */
static void test_ties(void **state)
{
	struct router_settings router = settings_of(ROUTER_SOFTMAX_ONLY);
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router.kind, 1);
	struct router_metrics seen;
	struct model model;
	float inputs[IN] = {0.0f}, targets[OUT] = {0.0f};
	static const int64_t index[] = {0};
	int32_t truth[] = {2};
	(void)state;
	assert_int_equal(
	    model_open(&model, &backend, &arch, &router, &dataset.heads, 1, false, NULL), 0);
	assert_true(router_metrics_open(&seen, &model, true));
	for (int e = 0; e < EXPERTS; e++)
		model.moe->p[e] = 0.25f;
	model.moe->chosen[0] = 1;
	model.moe->chosen[1] = 3;
	model.moe->w[0] = model.moe->w[1] = 0.5f;
	targets[4] = targets[7] = 0.5f;
	router_metrics_add(&seen, &model, 1, inputs, targets, truth, index);
	assert_int_equal(seen.by_class[1 * 12 + 4], 1);
	assert_int_equal(seen.by_truth[2][1], 1);
	/* And the larger where they differ. */
	model.moe->w[1] = 0.75f;
	targets[7] = 0.75f;
	router_metrics_add(&seen, &model, 1, inputs, targets, truth, index);
	assert_int_equal(seen.by_class[3 * 12 + 7], 1);
	assert_int_equal(seen.by_truth[2][3], 1);
	router_metrics_close(&seen);
	model_close(&model);
}

static void test_oracle(void **state)
{
	struct router_settings router = settings_of(ROUTER_SOFTMAX_ONLY);
	struct metrics metrics;
	int64_t count[EXPERTS] = {0};
	double entropy = 0.0;
	(void)state;
	router.control = CONTROL_ORACLE;
	measure(&router, 1, 64, &metrics);
	assert_true(get(&metrics, "router.true_agreement") == 1.0);
	assert_true(get(&metrics, "router.entropy") == 0.0);
	for (int r = 0; r < ROWS; r++)
		count[dataset.true_expert[r]]++;
	for (int e = 0; e < EXPERTS; e++)
		if (count[e])
			entropy -= (double)count[e] / ROWS * log2((double)count[e] / ROWS);
	assert_true(fabs(get(&metrics, "router.true_information") - entropy) < 1e-5);
	/* With a simplex for each true expert the choice of simplex says as much. */
	router.kind = ROUTER_SHEAF_ONLY;
	measure(&router, 1, 64, &metrics);
	check_counts(&metrics);
	assert_null(metrics_find(&metrics, "router.overruled"));
}

/* The choice belongs to the row and the seed, not to the batch. */
static void test_random(void **state)
{
	(void)state;
	for (int kind = ROUTER_SHEAF_ONLY; kind <= ROUTER_SOFTMAX_ONLY; kind++) {
		struct router_settings router = settings_of((enum router_kind)kind);
		struct metrics one, other, next;
		router.control = CONTROL_RANDOM;
		measure(&router, 1, 64, &one);
		measure(&router, 1, 7, &other);
		measure(&router, 2, 64, &next);
		check_counts(&one);
		for (int i = 0; i < EXPERTS; i++) {
			double load = value_of(&one, "router.load", i, -1);
			assert_true(load == value_of(&other, "router.load", i, -1));
			assert_true(fabs(load - 0.25) < 0.08);
		}
		assert_true(get(&one, "loss") != get(&next, "loss"));
		assert_true(fabs(get(&one, "loss") - get(&other, "loss")) < 1e-5);
		assert_true(get(&one, "router.true_information") < 0.08);
		assert_true(fabs(get(&one, "router.entropy") - log(2.0)) < 1e-6);
	}
}

/* In training a stream for each step, and neither is the evaluation's. */
static void test_random_steps(void **state)
{
	struct router_settings router = settings_of(ROUTER_SOFTMAX_ONLY);
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router.kind, 1);
	struct model model;
	int32_t drawn[3][ROWS];
	int64_t index[ROWS], counts[6] = {0};
	(void)state;
	router.control = CONTROL_RANDOM;
	assert_int_equal(
	    model_open(&model, &backend, &arch, &router, &dataset.heads, ROWS, false, NULL), 0);
	for (int64_t r = 0; r < ROWS; r++)
		index[r] = r;
	for (int step = 0; step < 3; step++) {
		control_step(&model, &dataset, step % 2, index, ROWS);
		memcpy(drawn[step], model.moe->assigned, sizeof drawn[step]);
		for (int r = 0; r < ROWS; r++)
			counts[drawn[step][r]]++;
	}
	for (int i = 0; i < 6; i++)
		assert_true(counts[i] > 3 * ROWS / 6 * 6 / 10);
	assert_memory_equal(drawn[0], drawn[2], sizeof drawn[0]);
	assert_memory_not_equal(drawn[0], drawn[1], sizeof drawn[0]);
	control_rows(&model, &dataset, index, ROWS);
	assert_memory_not_equal(drawn[0], model.moe->assigned, sizeof drawn[0]);
	model_close(&model);
}

static void test_codec(void **state)
{
	struct router_settings fine = settings_of(ROUTER_SHEAF_PADIC);
	struct router_settings off = settings_of(ROUTER_SHEAF_PADIC);
	struct metrics coarse_metrics, fine_metrics, off_metrics;
	struct router_settings coarse = fine;
	double shares = 0.0;
	(void)state;
	fine.padic = (struct padic_settings){5, 12, 9, 0.0};
	off.codec = false;
	measure(&coarse, 1, 64, &coarse_metrics);
	measure(&fine, 1, 64, &fine_metrics);
	measure(&off, 1, 64, &off_metrics);
	/* Half a lattice spacing, and the rounding of the decoded number. */
	assert_true(get(&fine_metrics, "router.padic.error_max") < 0.5 / 1953125.0 + 6e-8);
	assert_true(get(&fine_metrics, "router.padic.error_max") > 0.0);
	assert_true(get(&coarse_metrics, "router.padic.error_max") > 0.01);
	assert_true(get(&coarse_metrics, "router.padic.digits") <
		    get(&fine_metrics, "router.padic.digits"));
	assert_true(fabs(get(&fine_metrics, "loss") - get(&off_metrics, "loss")) < 1e-5);
	for (int v = 0; v < 6; v++)
		shares += value_of(&coarse_metrics, "router.padic.valuation", v, -1);
	assert_true(fabs(shares + get(&coarse_metrics, "router.padic.zeros") - 1.0) < 1e-9);
	assert_true(get(&coarse_metrics, "router.padic.skipped") >= 0.0);
	assert_true(get(&coarse_metrics, "router.padic.skipped") < 1.0);
}

static void test_information(void **state)
{
	static const int64_t equal[4] = {5, 0, 0, 5}, free_of[4] = {2, 4, 3, 6}, none[4] = {0};
	static const int64_t skewed[6] = {0, 3, 0, 0, 1, 0}, some[4] = {3, 1, 1, 3};
	(void)state;
	assert_true(fabs(mutual_information(equal, 2, 2) - 1.0) < 1e-6);
	assert_true(mutual_information(free_of, 2, 2) < 1e-7);
	assert_true(mutual_information(none, 2, 2) == 0.0);
	assert_true(mutual_information(skewed, 2, 3) == 0.0);
	assert_true(fabs(mutual_information(some, 2, 2) - 0.188721875540867) < 1e-6);
}

/* Against all assignments one by one. */
static int64_t try_all(int64_t (*count)[ARCH_MAX_EXPERTS], int truths, int experts)
{
	int64_t best = 0, codes = 1;
	for (int t = 0; t < truths; t++)
		codes *= experts + 1;
	for (int64_t code = 0; code < codes; code++) {
		int64_t rest = code, sum = 0;
		unsigned used = 0;
		bool twice = false;
		for (int t = 0; t < truths; t++, rest /= experts + 1) {
			int e = (int)(rest % (experts + 1));
			if (e == experts)
				continue;
			twice |= used >> e & 1;
			used |= 1u << e;
			sum += count[t][e];
		}
		best = !twice && sum > best ? sum : best;
	}
	return best;
}

static void test_matching(void **state)
{
	struct random_stream stream;
	(void)state;
	random_open(&stream, 1, "test", "matching");
	for (int i = 0; i < 200; i++) {
		int64_t count[4][ARCH_MAX_EXPERTS] = {{0}};
		int experts = 1 + (int)random_below(&stream, 8);
		for (int t = 0; t < 4; t++)
			for (int e = 0; e < experts; e++)
				count[t][e] = (int64_t)random_below(&stream, 20);
		assert_int_equal(best_matching(count, 4, experts), try_all(count, 4, experts));
	}
}

static void test_first_not_finite(void **state)
{
	float x[9] = {0, -0.0f, FLT_MAX, -FLT_MAX, 0x1p-149f, 1, 2, 3, 4};
	(void)state;
	assert_int_equal(first_not_finite(x, 9), 9);
	assert_int_equal(first_not_finite(x, 0), 0);
	x[8] = INFINITY;
	assert_int_equal(first_not_finite(x, 9), 8);
	x[3] = NAN;
	assert_int_equal(first_not_finite(x, 9), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_choices),
	    cmocka_unit_test(test_oracle),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_random_steps),
	    cmocka_unit_test(test_codec),
	    cmocka_unit_test(test_information),
	    cmocka_unit_test(test_matching),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_first_not_finite),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
