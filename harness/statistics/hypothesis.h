/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing two arms over a few seeds: effect, exact tests, correction for many, power, verdict.
 *
 * The same bits on every machine: what GSL computes is rounded (harness/statistics/reproducible.h).
 * The level is SIGNIFICANCE_LEVEL, two-sided, throughout.  Values must be finite. */
#ifndef SHEAFBENCH_HARNESS_STATISTICS_HYPOTHESIS_H
#define SHEAFBENCH_HARNESS_STATISTICS_HYPOTHESIS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/statistics/summary.h"
#include "foundation/error.h"

/* One arm on one task; no seed twice. */
struct paired_arm {
	const double *values;
	const int64_t *seeds;
	int64_t n;
};

/* d_i = x_i - y_i for the seeds both have, in x's order, into differences[0 .. x->n - 1]; returns
 * how many.  *scale, which may be NULL, becomes the largest |x_i| or |y_i| among them. */
int64_t paired_differences(const struct paired_arm *x, const struct paired_arm *y,
			   double *differences, double *scale);

/* Of differences of values up to `scale`, what rounding can make of equal ones; at most that far
 * from 0 is 0. */
double paired_rounding(double scale);

/* Student's interval of the mean difference, which is the test's.  Of proportions (range) it is
 * intersected with [-1, 1], where a difference of two must be: a confidence set of a parameter is
 * one of its possible values, and the intersection covers whatever the interval did.  No interval
 * where the differences are all equal but for paired_rounding(scale): REASON_NO_SPREAD, or
 * REASON_NO_DIFFERENCE where they are zero.
 *
 * d_z = mean / sd, and d_z J, which is unbiased for normal d (Hedges, Distribution theory for
 * Glass's estimator of effect size, J. Educational Statistics 6, 1981):
 *
 *   J = Gamma(m / 2) / (sqrt(m / 2) Gamma((m - 1) / 2)), m = n - 1,
 *
 * from the recursion of that ratio of Gammas, without a logarithm. */
struct paired {
	struct statistics difference; /* mean, sd, Student's 95 % interval */
	bool has_effect;              /* there is an interval, and sd > 0 */
	double effect;                /* d_z; else 0 */
	bool has_hedges;              /* and n >= 3 */
	double hedges;                /* d_z J; else 0 */
};

/* `scale` is that of paired_differences, 0 where differences are exact. */
struct paired paired_of(const double *differences, int64_t n, double scale, enum value_range range);

/* Sign-flip permutation (Fisher, The design of experiments, 1935, section 21): under the null every
 * d_i is as likely -d_i.  p is the share of sign choices with |sum| >= |observed sum|.
 * Tied are choices of signs with equal |sum|, which all count.  A difference of 0 is tied with
 * itself: p is never below `least` = 2^(1 - m), m the number of differences that are not 0, nor of
 * drawn signs below 1 / (total + 1).  Five seeds or fewer cannot reach 5 %.
 *
 * n <= SIGN_FLIP_EXACT: all 2^n, p = extreme / total exactly.  Every sum adds the first ten with
 * their signs from 0, ascending, the others likewise, then both; a sum counts when
 * |sum| >= |observed| - guard, guard = 1e-12 sum |d_i| + 2^-50 n scale.  Rounding of the sums and
 * of the subtractions that made d stays below it, so that true ties always count; `scale` is that
 * of paired_differences, 0 where d is exact.
 *
 * Larger n: SIGN_FLIP_DRAWS random choices from the stream (seed, "permutation", name), signs from
 * the bits of random_next upwards, a new word after 64 and for each choice;
 * p = (extreme + 1) / (total + 1) (Phipson and Smyth, Permutation p-values should never be zero,
 * 2010), standard_error = sqrt(p (1 - p) / total). */
enum { SIGN_FLIP_EXACT = 20, SIGN_FLIP_DRAWS = 100000 };

struct sign_flip {
	double p;
	double standard_error; /* 0 when exact */
	bool exact;
	int64_t extreme, total;
	double least;    /* no differences of these seeds, as many of them 0, have a smaller p */
	int64_t nonzero; /* differences that are not 0 but for rounding */
};

struct sign_flip sign_flip_test(const double *differences, int64_t n, double scale, uint64_t seed,
				const char *name);

/* Mann and Whitney, On a test of whether one of two random variables is stochastically larger than
 * the other, 1947; for two unpaired samples such as throughputs.
 *
 *   U = #{x_i > y_j} + #{x_i = y_j} / 2
 *
 * No ties and n + m <= RANK_TEST_EXACT: p = min(1, 2 P(U' <= min(U, nm - U))), counted in integers.
 * Else normal with tie and continuity correction,
 *   z = (|U - nm / 2| - 1/2) / sqrt(nm / 12 (N + 1 - sum (t^3 - t) / (N (N - 1)))), N = n + m,
 * t the sizes of the ties, p = min(1, 2 Q(z)) to nine significant digits; 1 if all are equal.
 * Tied are equal values, of either sample.  `least` is the p of U = 0 with these sizes and ties:
 * where it is above 5 % (three values against three; all equal) the test cannot decide anything.
 *
 * ERROR_INPUT: an empty sample, a value that is not finite; ERROR_MACHINE: no memory. */
enum { RANK_TEST_EXACT = 56 }; /* C(56, 28) < 2^53 */

struct rank_test {
	double u;
	double superiority; /* U / nm, P(X > Y) with ties half */
	double p;
	bool exact;
	double least; /* 1 where all values are equal */
};

int rank_test(const double *x, int64_t n, const double *y, int64_t m, struct rank_test *out,
	      struct error *error);

/* Holm, A simple sequentially rejective multiple test procedure, 1979: with p ascending,
 * adjusted_(k) = min(1, max over j <= k of (count - j + 1) p_(j)).  `adjusted` is not p. */
void holm_adjust(const double *p, int64_t count, double *adjusted);

/* Power of the paired t test: P(|T| > t), T noncentral with n - 1 degrees and noncentrality
 * effect sqrt(n), effect = true difference / sd of the differences:
 *
 *   integral over w of f(w) (Phi(lambda - t w) + Phi(-lambda - t w)), f the density of
 *   sqrt(chi^2 / (n - 1)),
 *
 * by Gauss-Legendre with 8 points on each of 128 panels of 1 -/+ 9 / sqrt(n - 1), cut at 0; f's
 * factor is the same rule's.  Rounded to nine decimals; 2 <= n and a finite effect, else 0. */
double power_paired(double effect, int64_t n);
/* The smallest |effect| that n >= 2 seeds see with `power` between
 * SIGNIFICANCE_LEVEL and 1, rounded to nine decimals;
 * times the sd of the differences it is the smallest true difference.  0 for other arguments. */
double power_smallest_effect(int64_t n, double power);
/* The smallest number of seeds that sees `effect` with `power`; 0 where that takes more than
 * POWER_MAX_SEEDS.  An effect observed over few seeds is itself uncertain, and so is this: it plans
 * the next study and is no evidence about the last one. */
enum { POWER_MAX_SEEDS = 1000000 };
int64_t power_seeds(double effect, double power);

/* What an interval says: undecided where it covers the value of no difference (0; 1/2 for a
 * probability of improvement), the bounds included; none without an interval, which is one of some
 * width and finite ends. */
enum comparison { COMPARISON_NONE, COMPARISON_UNDECIDED, COMPARISON_BETTER, COMPARISON_WORSE };
enum comparison comparison_of(bool interval, double low, double high, double no_difference,
			      bool lower_is_better);
/* "no verdict", "undecided", "better", "worse" */
const char *comparison_name(enum comparison comparison);

struct verdict {
	enum comparison comparison;
	enum reason why; /* with COMPARISON_NONE; else REASON_NONE */
};

/* The one rule for paired arms, whoever asks.  Without an interval there is no verdict; one that
 * covers zero is undecided, however few the seeds.  Better and worse also take a sign-flip test
 * that could agree: where its `least` is above 5 % the interval alone would be believed for its
 * assumption of normal differences.  Then there is none: REASON_FEW_SEEDS where n is the cause,
 * REASON_TIES where differences of zero are. */
struct verdict paired_verdict(const struct paired *paired, const struct sign_flip *flip,
			      bool lower_is_better);

#endif
