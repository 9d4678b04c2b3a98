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

#include "harness/stats_resample.h"
#include "tests/stats_fixture.h"

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
		assert_true(found.interval);
		assert_int_equal(found.resamples, RESAMPLE_DEFAULT);
		stats_same(item, "mean", found.estimate);
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
	assert_true(found.interval && found.low == 0.1 && found.high == 0.1);
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
	assert_int_equal(resample_mean(good, 0, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_mean(good, 2, &plan, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_iqm(&empty, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_iqm(&no_task, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_improvement(&fine, &broken, p, &out, &error), ERROR_INPUT);
	assert_int_equal(resample_improvement(&fine, &fewer, p, &out, &error), ERROR_INPUT);
	assert_true(out.estimate == 7.0);
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
	    cmocka_unit_test(test_one_value_has_no_interval),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_ten_values_miss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
