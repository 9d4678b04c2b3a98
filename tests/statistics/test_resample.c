/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap intervals: against tests/fixtures/stats to 1e-12 relative, pinned bits, edges. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/statistics/resample.h"
#include "tests/statistics/stats_fixture.h"

static struct resample_plan plan_of(const json_t *item)
{
	return (struct resample_plan){
	    .seed = (uint64_t)json_integer_value(json_object_get(item, "seed")),
	    .name = json_string_value(json_object_get(item, "name")),
	    .resamples = json_integer_value(json_object_get(item, "resamples"))};
}

static void test_mean_as_scipy(void **state)
{
	json_t *root = stats_fixture("resample.json"), *item;
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "bca"), i, item)
	{
		struct stats_numbers values = stats_numbers(json_object_get(item, "values"));
		struct resample_plan plan = plan_of(item);
		struct resample_interval found;
		assert_int_equal(resample_mean(values.value, values.n, &plan, &found, NULL), 0);
		assert_int_equal(found.resamples, RESAMPLE_DEFAULT);
		stats_same(item, "mean", found.estimate);
		/* SciPy gives an interval of any two values. */
		assert_int_equal(found.interval, values.n >= 4);
		if (!found.interval)
			continue;
		stats_same(item, "low", found.low);
		stats_same(item, "high", found.high);
		/* Symmetric values: the cubes' sum is 0 but for rounding. */
		stats_near(item, "acceleration", found.acceleration,
			   stats_number(item, "acceleration"), 1e-12);
		stats_near(item, "bias", found.bias, stats_number(item, "bias"), 0.0);
		stats_near(item, "level", found.level_low, stats_number(item, "level_low"), 0.0);
		stats_near(item, "level", found.level_high, stats_number(item, "level_high"), 0.0);
		/* Unrounded: z and z0 are off by up to 0.5e-9 each, and the level once more. */
		stats_near(item, "SciPy's level", found.level_low,
			   stats_number(item, "scipy_level_low"), 2e-9);
		stats_near(item, "SciPy's level", found.level_high,
			   stats_number(item, "scipy_level_high"), 2e-9);
	}
	json_decref(root);
}

struct tasks {
	struct stats_numbers numbers[4];
	int64_t runs[4];
	const double *value[4];
	struct resample_scores scores;
};

static void read_tasks(const json_t *array, struct tasks *tasks)
{
	tasks->scores = (struct resample_scores){
	    .tasks = (int64_t)json_array_size(array), .runs = tasks->runs, .value = tasks->value};
	assert_in_range(tasks->scores.tasks, 1, 4);
	for (int64_t t = 0; t < tasks->scores.tasks; t++) {
		tasks->numbers[t] = stats_numbers(json_array_get(array, (size_t)t));
		tasks->runs[t] = tasks->numbers[t].n;
		tasks->value[t] = tasks->numbers[t].value;
	}
}

static void test_iqm_as_scipy(void **state)
{
	json_t *root = stats_fixture("resample.json"), *item;
	static struct tasks x;
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "iqm"), i, item)
	{
		struct resample_plan plan = plan_of(item);
		struct resample_interval found;
		read_tasks(json_object_get(item, "x"), &x);
		assert_int_equal(resample_iqm(&x.scores, &plan, &found, NULL), 0);
		stats_same(item, "estimate", found.estimate);
		assert_int_equal(found.interval, x.scores.tasks > 1 || x.runs[0] >= 4);
		if (!found.interval)
			continue;
		stats_same(item, "low", found.low);
		stats_same(item, "high", found.high);
	}
	json_decref(root);
}

static void test_improvement_as_scipy(void **state)
{
	json_t *root = stats_fixture("resample.json"), *item;
	static struct tasks x, y;
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "improvement"), i, item)
	{
		struct resample_plan plan = plan_of(item);
		struct resample_interval found;
		read_tasks(json_object_get(item, "x"), &x);
		read_tasks(json_object_get(item, "y"), &y);
		assert_int_equal(resample_improvement(&x.scores, &y.scores, &plan, &found, NULL),
				 0);
		stats_same(item, "estimate", found.estimate);
		stats_same(item, "low", found.low);
		stats_same(item, "high", found.high);
	}
	json_decref(root);
}

static const double pinned_values[] = {0.9512, 0.9487, 0.953,  0.9505, 0.9497,
				       0.9521, 0.9478, 0.9515, 0.9533, 0.949};
static const int64_t pinned_runs[] = {5, 5};
static const double *const pinned_tasks[] = {pinned_values, pinned_values + 5};
static const struct resample_scores pinned_scores = {
    .tasks = 2, .runs = pinned_runs, .value = pinned_tasks};
static const double *const other_tasks[] = {pinned_values + 1, pinned_values + 3};
static const struct resample_scores pinned_others = {
    .tasks = 2, .runs = pinned_runs, .value = other_tasks};
static const struct resample_plan pinned_plan = {.seed = 1, .name = "pinned"};

static void bits(double found, double expected)
{
	if (memcmp(&found, &expected, sizeof found) != 0)
		fail_msg("found %a, expected %a", found, expected);
}

/* The same on every machine. */
static void test_pinned_bits(void **state)
{
	struct resample_interval found;
	(void)state;
	assert_int_equal(resample_mean(pinned_values, 10, &pinned_plan, &found, NULL), 0);
	bits(found.low, 0x1.e633482be8bc2p-1);
	bits(found.high, 0x1.e75104d551d68p-1);
	bits(found.acceleration, -0x1.9e69fb6e2c908p-9);
	bits(found.bias, 0x1.8a449ee2d1128p-7);
	assert_int_equal(resample_iqm(&pinned_scores, &pinned_plan, &found, NULL), 0);
	bits(found.low, 0x1.e60cd589c31b3p-1);
	bits(found.high, 0x1.e77318fc50483p-1);
	assert_int_equal(
	    resample_improvement(&pinned_scores, &pinned_others, &pinned_plan, &found, NULL), 0);
	bits(found.low, 0x1.0a3d70a3d70a4p-2);
	bits(found.high, 0x1.8f5c28f5c28f6p-1);
}

static void test_equal_values(void **state)
{
	static const double values[] = {0.1, 0.1, 0.1};
	struct resample_interval found;
	(void)state;
	assert_int_equal(resample_mean(values, 3, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 0.1 && !found.interval && found.low == 0.0);
	static const double four[] = {0.1, 0.1, 0.1, 0.1}, near[] = {0.1, 0.1, 0.1, 0.1 + 0x1p-54};
	assert_int_equal(resample_mean(four, 4, &pinned_plan, &found, NULL), 0);
	assert_true(!found.interval && found.why == REASON_NO_SPREAD);
	const struct resample_plan rounded = {.seed = 1, .name = "pinned", .rounding = 0x1p-50};
	assert_int_equal(resample_mean(near, 4, &rounded, &found, NULL), 0);
	assert_true(!found.interval && found.why == REASON_NO_SPREAD);
}

/* Below n^-n of 2.5 % the ends would be the sample's own. */
static void test_few_values(void **state)
{
	static const double values[] = {0.1, 0.2, 0.3, 0.4};
	static const int64_t two[] = {2, 2, 2};
	const double *const tasks[] = {values, values + 1, values + 2};
	const double *const others[] = {values + 2, values, values + 1};
	const struct resample_scores one = {1, two, tasks}, three = {3, two, tasks},
				     other = {3, two, others};
	struct resample_interval found;
	(void)state;
	assert_int_equal(resample_mean(values, 3, &pinned_plan, &found, NULL), 0);
	assert_true(!found.interval && found.why == REASON_FEW_RESAMPLES);
	assert_int_equal(resample_mean(values, 4, &pinned_plan, &found, NULL), 0);
	assert_true(found.interval && found.why == REASON_NONE && found.low < found.high);
	assert_int_equal(resample_iqm(&one, &pinned_plan, &found, NULL), 0);
	assert_true(!found.interval && found.why == REASON_FEW_RESAMPLES);
	/* 4^-3 */
	assert_int_equal(resample_iqm(&three, &pinned_plan, &found, NULL), 0);
	assert_true(found.interval);
	assert_int_equal(resample_improvement(&three, &other, &pinned_plan, &found, NULL), 0);
	assert_true(found.interval);
}

/* Every run of one arm above every run of the other, or all the same: nothing varies. */
static void test_tied_scores(void **state)
{
	static const double high[] = {3.0, 4.0, 5.0, 6.0}, low[] = {0.0, 1.0, 2.0, 2.5},
			    same[] = {1.0, 1.0, 1.0, 1.0};
	static const int64_t four = 4;
	const double *const highs[] = {high}, *const lows[] = {low}, *const sames[] = {same};
	const struct resample_scores x = {1, &four, highs}, y = {1, &four, lows},
				     z = {1, &four, sames};
	struct resample_interval found;
	struct verdict verdict;
	(void)state;
	assert_int_equal(resample_improvement(&x, &y, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 1.0 && !found.interval && found.why == REASON_SAME_RESAMPLES);
	verdict = resample_verdict(&found, 0.5, false);
	assert_int_equal(verdict.comparison, COMPARISON_NONE);
	assert_int_equal(verdict.why, REASON_SAME_RESAMPLES);
	assert_int_equal(resample_improvement(&z, &z, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 0.5 && !found.interval);
	assert_int_equal(resample_iqm(&z, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 1.0 && !found.interval && found.why == REASON_SAME_RESAMPLES);
	assert_int_equal(resample_iqm(&x, &pinned_plan, &found, NULL), 0);
	verdict = resample_verdict(&found, 0.0, true);
	assert_int_equal(verdict.comparison, COMPARISON_WORSE);
}

/* Differences of proportions keep their bounds by the method: quantiles of means of them. */
static void test_means_stay_inside(void **state)
{
	struct random_stream stream;
	(void)state;
	random_open(&stream, 4, "test", "bounds");
	for (uint64_t study = 0; study < 500; study++) {
		struct resample_plan plan = {.seed = study, .name = "", .resamples = 200};
		struct resample_interval found;
		double values[12];
		int64_t n = 4 + (int64_t)random_below(&stream, 9);
		for (int64_t i = 0; i < n; i++)
			values[i] = random_below(&stream, 3)
					? 1.0 - random_unit_double(&stream) * 1e-9
					: 1.0;
		assert_int_equal(resample_mean(values, n, &plan, &found, NULL), 0);
		assert_true(!found.interval ||
			    (found.low >= 0.0 && found.low < found.high && found.high <= 1.0));
	}
}

/* Finite whatever finite values go in. */
static void test_total(void **state)
{
	static const double hard[] = {0.0, -0.0, 1.0, 0x1p-1074, 1e-300, 1e308, -1e308, 1.7e308};
	enum { HARD = sizeof hard / sizeof *hard };
	static const int64_t four = 4;
	const struct resample_plan plan = {.seed = 1, .name = "", .resamples = 50};
	(void)state;
	for (int i = 0; i < HARD * HARD * HARD; i++) {
		const double values[] = {hard[i % HARD], hard[i / HARD % HARD],
					 hard[i / HARD / HARD], hard[i % HARD]};
		const double *const tasks[] = {values};
		const struct resample_scores scores = {1, &four, tasks};
		struct resample_interval mean, iqm;
		assert_int_equal(resample_mean(values, 4, &plan, &mean, NULL), 0);
		assert_int_equal(resample_iqm(&scores, &plan, &iqm, NULL), 0);
		assert_true(isfinite(mean.estimate) && isfinite(mean.low) && isfinite(mean.high));
		assert_true(isfinite(iqm.low) && isfinite(iqm.high));
		assert_true(mean.interval == (mean.why == REASON_NONE) &&
			    iqm.interval == (iqm.why == REASON_NONE));
	}
}

static void test_one_value_has_no_interval(void **state)
{
	static const double value[] = {0.5};
	static const int64_t one = 1;
	const double *const tasks[] = {value};
	const struct resample_scores scores = {.tasks = 1, .runs = &one, .value = tasks};
	struct resample_interval found;
	(void)state;
	assert_int_equal(resample_mean(value, 1, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 0.5 && !found.interval);
	assert_int_equal(resample_iqm(&scores, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 0.5 && !found.interval);
	assert_int_equal(resample_improvement(&scores, &scores, &pinned_plan, &found, NULL), 0);
	assert_true(found.estimate == 0.5 && !found.interval);
}

/* A value so far off that z0 and the acceleration are at their ends. */
static void test_extremes(void **state)
{
	double values[40] = {0.0};
	struct resample_interval found;
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		values[39] = sign * 1e300;
		assert_int_equal(resample_mean(values, 40, &pinned_plan, &found, NULL), 0);
		assert_true(found.interval && found.low <= found.high);
		values[39] = sign * 1e-300;
		assert_int_equal(resample_mean(values, 40, &pinned_plan, &found, NULL), 0);
		assert_true(found.interval && found.low <= found.high);
	}
}

static void test_refusals(void **state)
{
	static const double bad[] = {1.0, NAN}, good[] = {1.0, 2.0};
	static const int64_t two[] = {2, 2}, none[] = {2, 0};
	const double *const good_tasks[] = {good, good}, *const bad_tasks[] = {good, bad};
	const struct resample_scores fine = {2, two, good_tasks}, empty = {2, none, good_tasks},
				     broken = {2, two, bad_tasks}, fewer = {1, two, good_tasks},
				     no_task = {0, two, good_tasks};
	const struct resample_plan plan = {.seed = 1, .name = "", .resamples = 1},
				   *p = &pinned_plan;
	struct resample_interval out = {.estimate = 7.0};
	struct error error;
	(void)state;
	assert_int_equal(resample_mean(bad, 2, p, &out, &error), ERROR_INPUT);
	assert_string_equal(error.what, "a value that is not finite of the mean");
	assert_int_equal(resample_mean(good, 0, p, &out, &error), ERROR_INPUT);
	assert_string_equal(error.what, "no values of the mean");
	assert_int_equal(resample_mean(good, 2, &plan, &out, &error), ERROR_INPUT);
	assert_string_equal(error.what, "1 resamples");
	assert_int_equal(resample_iqm(&empty, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_iqm(&no_task, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_improvement(&fine, &broken, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_improvement(&fine, &fewer, p, &out, &error), ERROR_INPUT);
	assert_true(out.estimate == 7.0);
	/* The fewest that are enough. */
	const struct resample_plan two_resamples = {.seed = 1, .name = "", .resamples = 2};
	assert_int_equal(resample_mean(good, 2, &two_resamples, &out, &error), 0);
	assert_true(out.estimate == 1.5);
}

/* The header says that ten values' intervals miss in 9.4 % of studies: 99.9 % of that binomial of
 * 1,000 studies is 65 ... 125. */
static void test_ten_values_miss(void **state)
{
	struct random_stream stream;
	int64_t missed = 0;
	(void)state;
	random_open(&stream, 1, "test", "BCa");
	for (uint64_t study = 0; study < 1000; study++) {
		struct resample_plan plan = {.seed = study, .name = "", .resamples = 1000};
		struct resample_interval found;
		double values[10];
		for (int i = 0; i < 10; i++)
			values[i] = stats_normal(&stream);
		assert_int_equal(resample_mean(values, 10, &plan, &found, NULL), 0);
		missed += found.low > 0.0 || found.high < 0.0;
	}
	print_message("# of 1000 intervals %" PRId64 " missed\n", missed);
	assert_in_range(missed, 65, 125);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mean_as_scipy),
	    cmocka_unit_test(test_iqm_as_scipy),
	    cmocka_unit_test(test_improvement_as_scipy),
	    cmocka_unit_test(test_pinned_bits),
	    cmocka_unit_test(test_equal_values),
	    cmocka_unit_test(test_few_values),
	    cmocka_unit_test(test_tied_scores),
	    cmocka_unit_test(test_means_stay_inside),
	    cmocka_unit_test(test_total),
	    cmocka_unit_test(test_one_value_has_no_interval),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_ten_values_miss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
