/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap intervals, 95 %, the same bits on every machine.
 *
 * Resamples come from the stream (plan.seed, "bootstrap", plan.name), index = random_below(n), one
 * draw after another.  A resample is summed in the order drawn.  The quantile at level a of B
 * sorted replicates is the linear interpolation at a (B - 1) (type 7 of Hyndman and Fan, The
 * American Statistician 50, 1996, numpy's default).
 *
 * No interval, and `why` (harness/statistics/summary.h), where one would be invented: a sample of
 * one value; so few values that no resample is rarer than 2.5 %, the rarest being all draws of one
 * extreme value, of probability n^-n, the product over independent samples (so that one sample
 * needs four values); ends that differ by no more than plan.rounding, as where all values, or all
 * of each task, are equal, or where ties make both quantiles the same; ends beyond the range of
 * binary64.
 *
 * All intervals are between the least and the greatest replicate, and so of differences of
 * proportions within [-1, 1] and of probabilities within [0, 1].
 *
 * Errors: ERROR_INPUT for a value that is not finite, no values at all, fewer than two resamples;
 * ERROR_MACHINE without memory. */
#ifndef SHEAFBENCH_HARNESS_STATISTICS_RESAMPLE_H
#define SHEAFBENCH_HARNESS_STATISTICS_RESAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/statistics/hypothesis.h"
#include "foundation/error.h"

enum { RESAMPLE_DEFAULT = 10000 };

struct resample_plan {
	uint64_t seed;
	const char *name;
	int64_t resamples; /* 0: RESAMPLE_DEFAULT */
	double rounding;   /* what rounding can make of equal values; 0: they are exact */
};

struct resample_interval {
	double estimate;
	bool interval;   /* else low and high are 0 */
	enum reason why; /* NONE with an interval */
	double low, high;
	int64_t resamples;
	/* BCa alone; else 0, 0, 0.025, 0.975 */
	double bias, acceleration, level_low, level_high;
};

/* The mean of n values with the BCa interval of Efron, Better bootstrap confidence intervals, JASA
 * 82, 1987:
 *
 *   z0 = Phi^-1((#{mean* < mean} + #{mean* = mean} / 2) / B)
 *   a  = sum u_i^3 / (6 (sum u_i^2)^1.5), u_i = x_i - mean; that is the jackknife's, whose factor
 *        1 / (n - 1) cancels; u_i is in units of the range
 *   level = Phi(z0 + (z0 -/+ z) / (1 - a (z0 -/+ z))), z = 1.959963985
 *
 * Equal is |mean* - mean| <= 1e-12 max |x_i|.  The share under Phi^-1 is kept within
 * [1 / 2B, 1 - 1 / 2B]; a denominator <= 0 gives the last replicate on that side.  z0 and the
 * levels are rounded to nine decimals before they select replicates.
 *
 * With few values it is too short: of 4,000 studies of normal noise it excluded the true mean in
 * 16.0 % (n = 5), 9.4 % (n = 10), 8.2 % (n = 20) where 5 % is said; Student's in 5.0, 4.6, 5.7 %.
 * It shows skewness; verdicts over ten seeds are for Student's interval and the sign flips. */
int resample_mean(const double *values, int64_t n, const struct resample_plan *plan,
		  struct resample_interval *out, struct error *error);

/* Scores of one arm: value[t][0 .. runs[t] - 1] of task t.  The interquartile mean pools tasks, so
 * its scores must be on one scale. */
struct resample_scores {
	int64_t tasks;
	const int64_t *runs;
	const double *const *value;
};

/* Interquartile mean (Agarwal et al., Deep RL at the edge of the statistical precipice, NeurIPS
 * 2021) of all scores, with the percentile interval of the bootstrap stratified by task.  Of N
 * pooled scores the floor(N / 4) smallest and as many largest are left out, the others weigh the
 * same: what scipy.stats.trim_mean(x, 0.25) does, which the paper's code calls; no fractional
 * weights. */
int resample_iqm(const struct resample_scores *scores, const struct resample_plan *plan,
		 struct resample_interval *out, struct error *error);

/* Probability of improvement (same paper): the mean over tasks of
 *
 *   P(X > Y) = sum over i, j of ([x_i > y_j] + [x_i = y_j] / 2) / (n m)
 *
 * with the percentile interval of the bootstrap stratified by task: per task X's runs are drawn,
 * then Y's, independently as in the paper, so that equal seeds of the arms are not paired.  X and Y
 * have the same tasks. */
int resample_improvement(const struct resample_scores *x, const struct resample_scores *y,
			 const struct resample_plan *plan, struct resample_interval *out,
			 struct error *error);

/* better or worse by the interval; no verdict, and why, where there is none. */
struct verdict resample_verdict(const struct resample_interval *interval, double no_difference,
				bool lower_is_better);

#endif
