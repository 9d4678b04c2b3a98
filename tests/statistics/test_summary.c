/* SPDX-License-Identifier: Apache-2.0 */
/* Means and intervals against values worked out by hand and printed t tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/training/metrics.h"
#include "harness/statistics/summary.h"
#include "kernels/random.h"

#define PINNED_LOW 0x1.e558920edc929p-1
#define PINNED_HIGH 0x1.e83ecb2a40264p-1

static void near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("found %.17g, expected %.17g", value, expected);
}

static void test_student_quantile(void **state)
{
	/* Two-sided 95 %, as printed to three decimals in any table of Student's t. */
	static const struct {
		int64_t degrees;
		double t;
	} cases[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},
		     {9, 2.262},  {29, 2.045}, {120, 1.980}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		near(statistics_student(cases[i].degrees), cases[i].t, 0.0005);
	near(statistics_student(1), 12.706204736, 1e-9);
}

static void test_three_values(void **state)
{
	static const double values[] = {2.0, 4.0, 9.0};
	(void)state;
	struct statistics s = statistics_of(values, 3, RANGE_REAL);
	/* mean 5, squares 9 + 1 + 16 = 26, sd sqrt 13, half 4.30265273 sqrt(13 / 3) */
	assert_int_equal(s.n, 3);
	assert_true(s.interval);
	near(s.mean, 5.0, 0.0);
	near(s.sd, 3.605551275463989, 1e-15);
	near(s.min, 2.0, 0.0);
	near(s.max, 9.0, 0.0);
	near(s.ci_low, 5.0 - 8.956685895, 1e-8);
	near(s.ci_high, 5.0 + 8.956685895, 1e-8);
}

static void test_one_value_has_no_interval(void **state)
{
	static const double values[] = {0.25};
	(void)state;
	struct statistics s = statistics_of(values, 1, RANGE_REAL);
	assert_int_equal(s.n, 1);
	assert_false(s.interval);
	near(s.mean, 0.25, 0.0);
	near(s.sd, 0.0, 0.0);
}

static void test_no_values(void **state)
{
	(void)state;
	struct statistics s = statistics_of(NULL, 0, RANGE_REAL);
	assert_int_equal(s.n, 0);
	assert_false(s.interval);
}

static void test_equal_values(void **state)
{
	/* 0.1 ten times sums to less than 1; the mean is 0.1 all the same. */
	double values[10];
	(void)state;
	for (int i = 0; i < 10; i++)
		values[i] = 0.1;
	struct statistics s = statistics_of(values, 10, RANGE_REAL);
	assert_true(s.mean == 0.1 && s.sd == 0.0 && s.has_sd);
	assert_false(s.interval);
	assert_int_equal(s.why, REASON_NO_SPREAD);
	/* Equal but for the last bit of what they were computed from. */
	values[3] = nextafter(0.1, 1.0);
	s = statistics_of(values, 10, RANGE_PROPORTION);
	assert_false(s.interval);
	assert_int_equal(s.why, REASON_NO_SPREAD);
	/* A spread that a metric can have is one: one of 60,000 rows. */
	values[3] = 0.1 + 1.0 / 60000.0;
	assert_true(statistics_of(values, 10, RANGE_PROPORTION).interval);
}

/* Against logit(m) -/+ t se / (m (1 - m)), written as it stands in the textbook. */
static void test_proportions_by_hand(void **state)
{
	static const double samples[][3] = {
	    {0.99, 1.0, 1.0}, {0.0, 0.01, 0.0}, {0.5, 0.75, 1.0}, {0.9512, 0.9487, 0.953}};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct statistics s = statistics_of(samples[i], 3, RANGE_PROPORTION);
		double m = s.mean, logit = log(m / (1.0 - m));
		double reach = 4.302652730 * s.sd / sqrt(3.0) / (m * (1.0 - m));
		assert_true(s.interval);
		near(s.ci_low, 1.0 / (1.0 + exp(-(logit - reach))), 1e-9);
		near(s.ci_high, 1.0 / (1.0 + exp(-(logit + reach))), 1e-9);
		assert_true(s.ci_low > 0.0 && s.ci_low < m && m < s.ci_high && s.ci_high < 1.0);
	}
	/* Student's of 0.99, 1, 1 is 0.9823 to 1.0110. */
	struct statistics s = statistics_of(samples[0], 3, RANGE_PROPORTION);
	near(s.ci_low, 0.79954, 0.00001);
	near(s.ci_high, 0.99996, 0.00001);
}

static void test_proportions_at_the_ends(void **state)
{
	static const double ones[] = {1.0, 1.0, 1.0}, zeros[] = {0.0, -0.0, 0.0},
			    ends[] = {0.0, 1.0}, outside[] = {0.5, 1.5};
	(void)state;
	struct statistics s = statistics_of(ones, 3, RANGE_PROPORTION);
	assert_true(s.mean == 1.0 && !s.interval && s.why == REASON_NO_SPREAD);
	s = statistics_of(zeros, 3, RANGE_PROPORTION);
	assert_true(s.mean == 0.0 && !s.interval && s.why == REASON_NO_SPREAD);
	s = statistics_of(ends, 2, RANGE_PROPORTION);
	assert_true(s.interval && s.ci_low > 0.0 && s.ci_high < 1.0);
	s = statistics_of(outside, 2, RANGE_PROPORTION);
	assert_true(!s.interval && s.why == REASON_OUTSIDE);
}

/* Shares of rows of test parts of any size, near 0, near 1 and between, of 2 to 11 seeds. */
static void test_proportions_stay_inside(void **state)
{
	struct random_stream stream;
	int64_t intervals = 0;
	(void)state;
	random_open(&stream, 1, "test", "proportions");
	for (int sample = 0; sample < 10000; sample++) {
		double values[11], rows = (double)(1 + random_below(&stream, 100000));
		int64_t n = 2 + (int64_t)random_below(&stream, 10);
		uint64_t around = random_below(&stream, 3);
		for (int64_t i = 0; i < n; i++) {
			double u = random_unit_double(&stream);
			u = around == 0 ? u * u * u * u : around == 1 ? 1.0 - u * u * u * u : u;
			values[i] = floor(u * (rows + 1.0)) / rows;
			values[i] = values[i] > 1.0 ? 1.0 : values[i];
		}
		struct statistics s = statistics_of(values, n, RANGE_PROPORTION);
		intervals += s.interval;
		if (s.interval ? !(s.ci_low > 0.0 && s.ci_low <= s.mean && s.mean <= s.ci_high &&
				   s.ci_high < 1.0)
			       : s.why != REASON_NO_SPREAD)
			fail_msg("sample %d: %a [%a, %a]", sample, s.mean, s.ci_low, s.ci_high);
	}
	assert_in_range(intervals, 9000, 10000);
}

/* Studies of ten seeds, each a count of right answers among 1,000 rows whose probability is 0.98 of
 * every seed.  99.9 % of Binomial(4000, 0.05) is 156 ... 246; the delta method is approximate, and
 * the bounds are wider: 3 % to 7 %. */
static void test_proportions_cover(void **state)
{
	enum { STUDIES = 4000, ROWS = 1000, SEEDS = 10 };
	static const double right = 0.98;
	struct random_stream stream;
	int64_t missed = 0;
	(void)state;
	random_open(&stream, 2, "test", "coverage");
	for (int study = 0; study < STUDIES; study++) {
		double values[SEEDS];
		for (int i = 0; i < SEEDS; i++) {
			int64_t count = 0;
			for (int r = 0; r < ROWS; r++)
				count += random_unit_double(&stream) < right;
			values[i] = (double)count / ROWS;
		}
		struct statistics s = statistics_of(values, SEEDS, RANGE_PROPORTION);
		missed += !s.interval || s.ci_low > right || s.ci_high < right;
	}
	print_message("# of %d intervals %lld missed\n", STUDIES, (long long)missed);
	assert_in_range(missed, 3 * STUDIES / 100, 7 * STUDIES / 100);
}

/* The same on every machine. */
static void test_proportions_pinned(void **state)
{
	static const double values[] = {0.9512, 0.9487, 0.953, 0.9505};
	(void)state;
	struct statistics s = statistics_of(values, 4, RANGE_PROPORTION);
	if (s.ci_low != PINNED_LOW || s.ci_high != PINNED_HIGH)
		fail_msg("found %a, %a", s.ci_low, s.ci_high);
}

/* Nothing that goes in makes a number that was not computed. */
static void test_total(void **state)
{
	static const double hard[] = {0.0,       -0.0,     1.0,   -1.0,     0x1p-1074, -0x1p-1074,
				      0x1p-1022, 1e-300,   1e300, -1e300,   1e308,     -1e308,
				      1.7e308,   -1.7e308, NAN,   INFINITY, -INFINITY};
	enum { HARD = sizeof hard / sizeof *hard };
	(void)state;
	for (int i = 0; i < HARD * HARD * HARD; i++)
		for (int range = 0; range < 2; range++) {
			const double values[] = {hard[i % HARD], hard[i / HARD % HARD],
						 hard[i / HARD / HARD]};
			struct statistics s = statistics_of(values, 3, (enum value_range)range);
			bool finite =
			    isfinite(values[0]) && isfinite(values[1]) && isfinite(values[2]);
			assert_true(isfinite(s.mean) == finite);
			assert_true(isfinite(s.sd) && isfinite(s.ci_low) && isfinite(s.ci_high));
			assert_true(s.interval == (s.why == REASON_NONE));
			assert_true(!finite || (s.min <= s.mean && s.mean <= s.max));
			assert_true(!s.interval || (s.ci_low <= s.mean && s.mean <= s.ci_high));
			assert_true(!s.interval || s.sd > 0.0);
		}
	/* Squares would overflow, or vanish. */
	static const double large[] = {1e300, 3e300}, small[] = {1e-300, 3e-300};
	struct statistics s = statistics_of(large, 2, RANGE_REAL);
	assert_true(s.mean == 2e300 && fabs(s.sd / 1e300 - sqrt(2.0)) < 1e-15 && s.interval);
	s = statistics_of(small, 2, RANGE_REAL);
	assert_true(s.mean == 2e-300 && fabs(s.sd / 1e-300 - sqrt(2.0)) < 1e-15 && s.interval);
}

static void test_ranges_of_metrics(void **state)
{
	static const char *const shares[] = {
	    "accuracy",         "quality.accuracy",         "q.brier",
	    "router.load.0",    "router.load.15",           "router.saturated",
	    "router.overruled", "router.padic.valuation.3", "router.padic.zeros"};
	static const char *const reals[] = {"loss",
					    "train.loss",
					    "q.loss",
					    "router.load_cv",
					    "router.load_max",
					    "router.load.0.loss",
					    "router.pair.0.1",
					    "router.dead",
					    "router.balance",
					    "router.load.",
					    "router.load.x",
					    "accuracy2",
					    ".accuracy2",
					    "router.load.1.1"};
	(void)state;
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		assert_int_equal(metric_range(shares[i]), RANGE_PROPORTION);
	for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
		assert_int_equal(metric_range(reals[i]), RANGE_REAL);
	assert_true(metric_is_known("train.loss") && metric_is_known("router.pair.0.13"));
	assert_false(metric_is_known("router.pair.0") || metric_is_known("x") ||
		     metric_is_known(".loss") || metric_is_known(""));
	assert_true(metric_allows("accuracy", 0.0) && metric_allows("accuracy", 1.0));
	assert_false(metric_allows("accuracy", 1.0000001) || metric_allows("accuracy", -0.1));
	assert_true(metric_allows("loss", 1e308));
	assert_false(metric_allows("loss", NAN) || metric_allows("loss", -INFINITY));
}

static void test_reasons(void **state)
{
	char text[REASON_TEXT], longest[REASON_TEXT];
	(void)state;
	reason_text(REASON_NONE, 3, 1.0, text);
	assert_string_equal(text, "");
	reason_text(REASON_NO_SPREAD, 3, 1.0, text);
	assert_string_equal(text, "no spread: all 3 differences are equal; nothing can be said of "
				  "other seeds");
	reason_text(REASON_FEW_SEEDS, 3, 0.25, text);
	assert_string_equal(text, "too few seeds: no sign-flip p of 3 seeds is below 0.25");
	/* Each has a text that is not cut. */
	for (int why = REASON_NONE + 1; why <= REASON_SAME_RESAMPLES; why++) {
		reason_text((enum reason)why, INT64_MAX, 1.0 / 3.0, longest);
		assert_in_range(strlen(longest), 10, REASON_TEXT - 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_student_quantile),
	    cmocka_unit_test(test_three_values),
	    cmocka_unit_test(test_one_value_has_no_interval),
	    cmocka_unit_test(test_no_values),
	    cmocka_unit_test(test_equal_values),
	    cmocka_unit_test(test_proportions_by_hand),
	    cmocka_unit_test(test_proportions_at_the_ends),
	    cmocka_unit_test(test_proportions_stay_inside),
	    cmocka_unit_test(test_proportions_cover),
	    cmocka_unit_test(test_proportions_pinned),
	    cmocka_unit_test(test_total),
	    cmocka_unit_test(test_ranges_of_metrics),
	    cmocka_unit_test(test_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
