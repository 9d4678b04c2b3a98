/* SPDX-License-Identifier: Apache-2.0 */
/* Effects, exact tests, Holm, power, verdicts: against tests/fixtures/stats, by hand, and how often
 * they err where there is no difference. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/statistics/hypothesis.h"
#include "kernels/random.h"
#include "tests/statistics/stats_fixture.h"

struct arm {
	struct stats_numbers values, seeds;
	struct paired_arm arm;
};

static void read_arm(const json_t *item, const char *values, const char *seeds, struct arm *arm)
{
	arm->values = stats_numbers(json_object_get(item, values));
	arm->seeds = stats_numbers(json_object_get(item, seeds));
	arm->arm = (struct paired_arm){arm->values.value, arm->seeds.whole, arm->values.n};
}

static void check_paired(const json_t *item, const struct paired *found)
{
	const struct statistics *d = &found->difference;
	/* A mean of differences has the rounding of what was subtracted: below 1e-15 here. */
	double rounding = 1e-15, half = 0.5 * (d->ci_high - d->ci_low);
	stats_near(item, "mean", d->mean, stats_number(item, "mean"), rounding);
	stats_same(item, "sd", d->sd);
	stats_near(item, "low", d->ci_low, stats_number(item, "low"), rounding + 1e-12 * half);
	stats_near(item, "high", d->ci_high, stats_number(item, "high"), rounding + 1e-12 * half);
	/* t unrounded. */
	stats_near(item, "low", d->ci_low, stats_number(item, "scipy_low"), 1e-9 * half);
	stats_near(item, "high", d->ci_high, stats_number(item, "scipy_high"), 1e-9 * half);
	stats_same(item, "effect", found->effect);
	stats_same(item, "hedges", found->hedges);
	assert_true(found->has_effect);
	assert_int_equal(found->has_hedges, d->n >= 3);
}

static void test_paired_as_scipy(void **state)
{
	json_t *root = stats_fixture("paired.json"), *item;
	static struct arm x, y;
	double differences[STATS_MOST], scale;
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "paired"), i, item)
	{
		read_arm(item, "x", "x_seeds", &x);
		read_arm(item, "y", "y_seeds", &y);
		int64_t n = paired_differences(&x.arm, &y.arm, differences, &scale);
		assert_int_equal(n, (int64_t)stats_number(item, "n"));
		struct paired paired = paired_of(differences, n, scale, RANGE_REAL);
		check_paired(item, &paired);
		struct sign_flip flip = sign_flip_test(differences, n, scale, 0, "");
		assert_true(flip.exact && flip.standard_error == 0.0);
		assert_int_equal(flip.total, INT64_C(1) << n);
		stats_near(item, "p", flip.p, stats_number(item, "p"), 0.0);
		if (json_is_number(json_object_get(item, "scipy_p")))
			stats_same(item, "scipy_p", flip.p);
	}
	json_decref(root);
}

static void test_no_effect(void **state)
{
	static const double zeros[] = {0.0, 0.0, 0.0}, two[] = {1.0, 2.0};
	(void)state;
	struct paired p = paired_of(zeros, 3, 0.0, RANGE_REAL);
	assert_true(!p.has_effect && !p.has_hedges && p.effect == 0.0);
	assert_true(sign_flip_test(zeros, 3, 0.0, 0, "").p == 1.0);
	assert_true(sign_flip_test(zeros, 0, 0.0, 0, "").p == 1.0);
	p = paired_of(two, 2, 0.0, RANGE_REAL);
	assert_true(p.has_effect && !p.has_hedges);
	p = paired_of(two, 1, 0.0, RANGE_REAL);
	assert_false(p.has_effect);
}

/* 0.1 + 0.2 - 0.3 is not 0 in binary64: flips that tie must count as ties. */
static void test_flips_tie(void **state)
{
	static const double d[] = {0.1, 0.2, 0.3, -0.6};
	(void)state;
	assert_int_equal(sign_flip_test(d, 4, 0.0, 0, "").extreme, 16);
	static const double e[] = {0.1, 0.2, -0.3, 0.6};
	/* |sum| is 1.2 twice, 1 twice, 0.8 twice, 0.6 four times, 0.4, 0.2 and 0 twice each. */
	assert_int_equal(sign_flip_test(e, 4, 0.0, 0, "").extreme, 10);
}

/* 21 values are too many for all flips: the same data's exact p by a zero left out. */
static void test_flips_drawn(void **state)
{
	double d[21];
	(void)state;
	for (int i = 0; i < 21; i++)
		d[i] = i == 20 ? 0.0 : (i % 3 ? 1.0 : -1.25) * (0.5 + 0.1 * i);
	struct sign_flip all = sign_flip_test(d, 20, 0.0, 0, "");
	struct sign_flip some = sign_flip_test(d, 21, 0.0, 5, "drawn");
	struct sign_flip again = sign_flip_test(d, 21, 0.0, 5, "drawn");
	assert_true(all.exact && !some.exact && some.total == SIGN_FLIP_DRAWS);
	assert_true(some.standard_error > 0.0 && some.standard_error < 0.002);
	assert_true(fabs(some.p - all.p) < 4.0 * some.standard_error);
	assert_int_equal(some.extreme, again.extreme);
	for (int i = 0; i < 21; i++)
		d[i] = 1.0;
	assert_true(sign_flip_test(d, 21, 0.0, 5, "drawn").p > 0.0);
	/* Signs change nothing about zeros. */
	memset(d, 0, sizeof d);
	assert_true(sign_flip_test(d, 21, 0.0, 5, "drawn").p == 1.0);
}

static void test_rank_as_scipy(void **state)
{
	json_t *root = stats_fixture("families.json"), *item;
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "rank"), i, item)
	{
		struct stats_numbers x = stats_numbers(json_object_get(item, "x"));
		struct stats_numbers y = stats_numbers(json_object_get(item, "y"));
		bool exact = json_is_true(json_object_get(item, "exact"));
		struct rank_test found;
		double p = stats_number(item, "p");
		assert_int_equal(rank_test(x.value, x.n, y.value, y.n, &found, NULL), 0);
		assert_int_equal(found.exact, exact);
		stats_near(item, "u", found.u, stats_number(item, "u"), 0.0);
		/* The normal tail is rounded to nine digits. */
		stats_near(item, "p", found.p, p, p * (exact ? 1e-12 : 5.1e-9));
	}
	json_decref(root);
}

static void test_rank_edges(void **state)
{
	static const double x[] = {1.0, INFINITY}, y[] = {2.0, 3.0}, zeros[] = {0.0, -0.0};
	struct rank_test found = {.u = 7.0};
	(void)state;
	assert_int_equal(rank_test(x, 2, y, 2, &found, NULL), ERROR_INPUT);
	assert_int_equal(rank_test(x, 0, y, 2, &found, NULL), ERROR_INPUT);
	assert_true(found.u == 7.0);
	assert_int_equal(rank_test(x, 1, y, 2, &found, NULL), 0);
	assert_true(found.u == 0.0 && found.superiority == 0.0 && found.exact);
	assert_int_equal(rank_test(zeros, 2, zeros, 2, &found, NULL), 0);
	assert_true(found.u == 2.0 && found.superiority == 0.5 && found.p == 1.0);
}

static void test_holm(void **state)
{
	json_t *root = stats_fixture("families.json"), *item;
	double adjusted[STATS_MOST];
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "holm"), i, item)
	{
		struct stats_numbers p = stats_numbers(json_object_get(item, "p"));
		struct stats_numbers e = stats_numbers(json_object_get(item, "adjusted"));
		holm_adjust(p.value, p.n, adjusted);
		for (int64_t j = 0; j < p.n; j++)
			stats_near(item, "adjusted", adjusted[j], e.value[j], 1e-12 * e.value[j]);
	}
	holm_adjust(NULL, 0, adjusted);
	json_decref(root);
}

static void test_power_as_scipy(void **state)
{
	json_t *root = stats_fixture("power.json"), *item;
	size_t i;
	(void)state;
	json_array_foreach(json_object_get(root, "power"), i, item)
	{
		double effect = stats_number(item, "effect");
		double found = power_paired(effect, (int64_t)stats_number(item, "n"));
		/* Rounded to nine decimals, t too. */
		stats_near(item, "power", found, stats_number(item, "power"), 1e-9);
		stats_near(item, "power", found, stats_number(item, "scipy_power"), 1e-9);
		assert_true(found == power_paired(-effect, (int64_t)stats_number(item, "n")));
	}
	json_array_foreach(json_object_get(root, "smallest"), i, item) stats_near(
	    item, "effect",
	    power_smallest_effect((int64_t)stats_number(item, "n"), stats_number(item, "power")),
	    stats_number(item, "effect"), 2e-9);
	json_array_foreach(json_object_get(root, "seeds"), i, item)
	    assert_int_equal(power_seeds(stats_number(item, "effect"), stats_number(item, "power")),
			     (int64_t)stats_number(item, "n"));
	json_decref(root);
}

static void test_power_edges(void **state)
{
	(void)state;
	assert_true(power_paired(1.0, 1) == 0.0);
	assert_true(power_paired(0.0, 2) == 0.05);
	assert_true(power_paired(1e6, 10) == 1.0);
	assert_true(power_smallest_effect(1, 0.8) == 0.0);
	assert_true(power_smallest_effect(10, 0.05) == 0.0);
	assert_true(power_smallest_effect(10, NAN) == 0.0);
	assert_true(power_paired(power_smallest_effect(2, 0.8), 2) - 0.8 < 1e-8);
	assert_int_equal(power_seeds(0.0, 0.8), 0);
	assert_int_equal(power_seeds(NAN, 0.8), 0);
	assert_int_equal(power_seeds(INFINITY, 0.8), 0);
	assert_true(power_paired(NAN, 5) == 0.0 && power_paired(INFINITY, 5) == 0.0);
	assert_int_equal(power_seeds(1e-6, 0.8), 0);
	assert_int_equal(power_seeds(1.0, 1.0), 0);
	/* What no effect at all has. */
	assert_int_equal(power_seeds(1.0, 0.05), 0);
	assert_int_equal(power_seeds(1.0, -1.0), 0);
	assert_int_equal(power_seeds(100.0, 0.8), 2);
}

static void bits(double found, double expected)
{
	if (memcmp(&found, &expected, sizeof found) != 0)
		fail_msg("found %a, expected %a", found, expected);
}

/* The same on every machine. */
static void test_pinned_bits(void **state)
{
	struct random_stream stream;
	struct rank_test rank;
	double x[60], y[60], d[30];
	(void)state;
	random_open(&stream, 3, "test", "pin");
	for (int i = 0; i < 60; i++) {
		x[i] = random_unit_double(&stream) + 0.1 * (i % 7);
		y[i] = random_unit_double(&stream);
	}
	for (int i = 0; i < 30; i++)
		d[i] = x[i] - y[i] - 0.2;
	assert_int_equal(rank_test(x, 60, y, 60, &rank, NULL), 0);
	bits(rank.p, 0x1.1e8d6f923f0ccp-15);
	bits(sign_flip_test(d, 30, 2.0, 1, "pin").p, 0x1.f53b9559f9b52p-2);
	bits(power_paired(0.5, 12), 0x1.694abbd4c6b01p-2);
	bits(power_smallest_effect(2, 0.8), 0x1.7198afa22231ep+3);
	bits(power_smallest_effect(37, 0.9), 0x1.186e26a42e9ep-1);
}

static void test_verdicts(void **state)
{
	static const struct {
		bool interval;
		double low, high, none;
		bool lower;
		enum comparison expected;
	} cases[] = {
	    {true, 0.1, 0.2, 0.0, false, COMPARISON_BETTER},
	    {true, 0.1, 0.2, 0.0, true, COMPARISON_WORSE},
	    {true, -0.2, -0.1, 0.0, false, COMPARISON_WORSE},
	    {true, -0.2, -0.1, 0.0, true, COMPARISON_BETTER},
	    {true, -0.1, 0.2, 0.0, false, COMPARISON_UNDECIDED},
	    {true, 0.0, 0.2, 0.0, false, COMPARISON_UNDECIDED},
	    {true, -0.2, 0.0, 0.0, false, COMPARISON_UNDECIDED},
	    {true, 0.0, 0.0, 0.0, false, COMPARISON_NONE},
	    {true, 0.2, 0.2, 0.0, false, COMPARISON_NONE},
	    {true, 0.3, 0.2, 0.0, false, COMPARISON_NONE},
	    {true, 0.1, INFINITY, 0.0, false, COMPARISON_NONE},
	    {true, 0.4, 0.6, 0.5, false, COMPARISON_UNDECIDED},
	    {true, 0.6, 0.7, 0.5, false, COMPARISON_BETTER},
	    {false, 0.1, 0.2, 0.0, false, COMPARISON_NONE},
	    {true, NAN, NAN, 0.0, false, COMPARISON_NONE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(comparison_of(cases[i].interval, cases[i].low, cases[i].high,
					       cases[i].none, cases[i].lower),
				 cases[i].expected);
	assert_string_equal(comparison_name(COMPARISON_NONE), "no verdict");
	assert_string_equal(comparison_name(COMPARISON_UNDECIDED), "undecided");
	assert_string_equal(comparison_name(COMPARISON_BETTER), "better");
	assert_string_equal(comparison_name(COMPARISON_WORSE), "worse");
}

/* Sample, reason; the differences of x and y in 142nds. */
static void test_verdicts_of_pairs(void **state)
{
	enum { MOST = 10 };
	static const struct {
		int64_t n;
		double x[MOST], y[MOST]; /* rows of 142 */
		enum comparison comparison;
		enum reason why;
	} cases[] = {
	    /* One row fewer in each of three seeds: in binary64 not the same difference. */
	    {3, {140, 138, 121}, {141, 139, 122}, COMPARISON_NONE, REASON_NO_SPREAD},
	    {3, {140, 140, 140}, {141, 141, 141}, COMPARISON_NONE, REASON_NO_SPREAD},
	    /* However many agree. */
	    {10,
	     {11, 22, 33, 44, 55, 66, 77, 88, 99, 110},
	     {10, 21, 32, 43, 54, 65, 76, 87, 98, 109},
	     COMPARISON_NONE,
	     REASON_NO_SPREAD},
	    {3, {140, 138, 121}, {140, 138, 121}, COMPARISON_NONE, REASON_NO_DIFFERENCE},
	    {1, {140}, {121}, COMPARISON_NONE, REASON_ONE_VALUE},
	    {0, {0}, {0}, COMPARISON_NONE, REASON_ONE_VALUE},
	    {3, {140, 139, 138}, {40, 40, 40}, COMPARISON_NONE, REASON_FEW_SEEDS},
	    /* An interval that covers zero says so, however few the seeds or many the ties. */
	    {3, {41, 39, 42}, {40, 40, 40}, COMPARISON_UNDECIDED, REASON_NONE},
	    {2, {41, 39}, {40, 40}, COMPARISON_UNDECIDED, REASON_NONE},
	    {7,
	     {40, 40, 40, 41, 40, 40, 40},
	     {40, 40, 40, 40, 40, 40, 40},
	     COMPARISON_UNDECIDED,
	     REASON_NONE},
	    {5, {140, 139, 138, 137, 136}, {40, 40, 40, 40, 40}, COMPARISON_NONE, REASON_FEW_SEEDS},
	    {6,
	     {140, 139, 138, 137, 136, 135},
	     {40, 40, 40, 40, 40, 40},
	     COMPARISON_BETTER,
	     REASON_NONE},
	    /* Five of seven differ, then six. */
	    {7,
	     {44, 45, 44, 45, 44, 40, 40},
	     {40, 40, 40, 40, 40, 40, 40},
	     COMPARISON_NONE,
	     REASON_TIES},
	    {7,
	     {44, 45, 44, 45, 44, 43, 40},
	     {40, 40, 40, 40, 40, 40, 40},
	     COMPARISON_BETTER,
	     REASON_NONE},
	    {7,
	     {41, 39, 42, 38, 43, 37, 41},
	     {40, 40, 40, 40, 40, 40, 40},
	     COMPARISON_UNDECIDED,
	     REASON_NONE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double x[MOST], y[MOST], d[MOST], scale;
		int64_t seeds[MOST];
		for (int s = 0; s < MOST; s++) {
			x[s] = cases[i].x[s] / 142.0;
			y[s] = cases[i].y[s] / 142.0;
			seeds[s] = s;
		}
		const struct paired_arm ours = {x, seeds, cases[i].n},
					theirs = {y, seeds, cases[i].n};
		int64_t n = paired_differences(&ours, &theirs, d, &scale);
		struct paired paired = paired_of(d, n, scale, RANGE_PROPORTION);
		struct sign_flip flip = sign_flip_test(d, n, scale, 1, "");
		struct verdict verdict = paired_verdict(&paired, &flip, false);
		if (verdict.comparison != cases[i].comparison || verdict.why != cases[i].why)
			fail_msg("case %zu: %s, reason %d", i, comparison_name(verdict.comparison),
				 (int)verdict.why);
		assert_true((verdict.comparison == COMPARISON_NONE) ==
			    (verdict.why != REASON_NONE));
		assert_true(flip.p >= flip.least * (1.0 - 1e-12));
		if (verdict.why == REASON_NO_SPREAD)
			assert_false(paired.difference.interval || paired.has_effect ||
				     paired.has_hedges);
	}
}

/* A difference of two proportions is in [-1, 1], and so is its interval. */
static void test_differences_stay_inside(void **state)
{
	static const double d[] = {0.9, 0.5, 1.0}, e[] = {-0.9, -0.5, -1.0};
	(void)state;
	struct statistics real = paired_of(d, 3, 1.0, RANGE_REAL).difference;
	struct statistics s = paired_of(d, 3, 1.0, RANGE_PROPORTION).difference;
	assert_true(real.ci_high > 1.0 && s.ci_high == 1.0 && s.ci_low == real.ci_low);
	real = paired_of(e, 3, 1.0, RANGE_REAL).difference;
	s = paired_of(e, 3, 1.0, RANGE_PROPORTION).difference;
	assert_true(real.ci_low < -1.0 && s.ci_low == -1.0 && s.ci_high == real.ci_high);
}

/* The smallest p that a sample's size and ties allow. */
static void test_smallest_p(void **state)
{
	static const double d[] = {1.0, 2.0, 0.0, 3.0}, zeros[] = {0.0, 0.0};
	static const double x[] = {1.0, 2.0, 3.0}, y[] = {4.0, 5.0, 6.0},
			    more[] = {4.0, 5.0, 6.0, 7.0}, same[] = {1.0, 1.0, 1.0},
			    ties[] = {1.0, 1.0, 2.0};
	struct rank_test rank;
	(void)state;
	struct sign_flip flip = sign_flip_test(d, 4, 0.0, 0, "");
	assert_true(flip.p == 0.25 && flip.least == 0.25 && flip.nonzero == 3);
	flip = sign_flip_test(zeros, 2, 0.0, 0, "");
	assert_true(flip.p == 1.0 && flip.least == 1.0 && flip.nonzero == 0);
	double many[30];
	for (int i = 0; i < 30; i++)
		many[i] = 1.0 + i;
	flip = sign_flip_test(many, 30, 0.0, 1, "");
	assert_true(flip.least == 1.0 / (SIGN_FLIP_DRAWS + 1.0) && flip.p >= flip.least);
	/* 2 / C(6, 3) and 2 / C(7, 3) */
	assert_int_equal(rank_test(x, 3, y, 3, &rank, NULL), 0);
	assert_true(rank.p == 0.1 && rank.least == 0.1);
	assert_int_equal(rank_test(x, 3, more, 4, &rank, NULL), 0);
	assert_true(rank.p == 2.0 / 35.0 && rank.least == rank.p);
	assert_int_equal(rank_test(same, 3, same, 3, &rank, NULL), 0);
	assert_true(rank.least == 1.0);
	assert_int_equal(rank_test(same, 3, ties, 3, &rank, NULL), 0);
	assert_true(!rank.exact && rank.least > 0.0 && rank.least <= rank.p && rank.p <= 1.0);
}

/* 10,000 studies of ten seeds and two arms that are the same: a count of false positives at 5 % is
 * Binomial(10000, 0.05), 99.9 % of which is 430 ... 573.  Flips have 2^-9 steps, the last below 5 %
 * being 25 / 512: their count is Binomial(10000, 25 / 512), 99.9 % of which is 419 ... 561. */
enum { STUDIES = 10000, SEEDS = 10 };

static void test_a_a_studies(void **state)
{
	struct random_stream stream;
	int64_t by_t = 0, by_flips = 0, both = 0;
	(void)state;
	random_open(&stream, 1, "test", "A/A");
	for (int study = 0; study < STUDIES; study++) {
		double d[SEEDS];
		for (int i = 0; i < SEEDS; i++)
			d[i] = stats_normal(&stream) - stats_normal(&stream);
		struct statistics s = paired_of(d, SEEDS, 0.0, RANGE_REAL).difference;
		bool t = comparison_of(s.interval, s.ci_low, s.ci_high, 0.0, false) >
			 COMPARISON_UNDECIDED;
		bool flips = sign_flip_test(d, SEEDS, 0.0, 0, "").p <= 0.05;
		by_t += t;
		by_flips += flips;
		both += t && flips;
	}
	print_message("# of %d studies t %" PRId64 ", flips %" PRId64 ", both %" PRId64 "\n",
		      STUDIES, by_t, by_flips, both);
	assert_in_range(by_t, 430, 573);
	assert_in_range(by_flips, 419, 561);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paired_as_scipy),
	    cmocka_unit_test(test_no_effect),
	    cmocka_unit_test(test_flips_tie),
	    cmocka_unit_test(test_flips_drawn),
	    cmocka_unit_test(test_rank_as_scipy),
	    cmocka_unit_test(test_rank_edges),
	    cmocka_unit_test(test_holm),
	    cmocka_unit_test(test_power_as_scipy),
	    cmocka_unit_test(test_power_edges),
	    cmocka_unit_test(test_pinned_bits),
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_verdicts_of_pairs),
	    cmocka_unit_test(test_differences_stay_inside),
	    cmocka_unit_test(test_smallest_p),
	    cmocka_unit_test(test_a_a_studies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
