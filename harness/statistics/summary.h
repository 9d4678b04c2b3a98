/* SPDX-License-Identifier: Apache-2.0 */
/* Mean, spread and interval of a few values, one per seed.
 *
 *   mean = (sum of x_i, ascending i) / n, within [min, max]
 *   sd   = sqrt(sum of (x_i - mean)^2 / (n - 1))
 *   h    = t sd / sqrt(n), t the 0.975 quantile of Student's t, n - 1 degrees
 *
 * 95 % interval of values on the real line (RANGE_REAL): mean -/+ h, Student's.
 *
 * 95 % interval of proportions (RANGE_PROPORTION), values in [0, 1]: Student's on the logit scale
 * by the delta method, transformed back, as Stata's citype(logit) is (Stata Base Reference Manual,
 * proportion, Methods and formulas):
 *
 *   logit(m) -/+ h / (m (1 - m)),
 *   low = m / (m + (1 - m) e^g), high = m / (m + (1 - m) e^-g), g = h / (m (1 - m)).
 *
 * It lies in (0, 1) whatever m and h are (an end is 1 by rounding alone, where 1 - m is below
 * 1e-5), and has m inside.  Of values in [0, 1] sd / sqrt(n) is at most min(m, 1 - m), so that g <=
 * 2 t < 25.5.
 *
 * No interval where there is nothing to compute it from; `why` says which:
 * fewer than two values; no spread, which is max - min <= STATISTICS_ROUNDING max |x_i|: what
 * rounding leaves of equal values, and then nothing is known of other seeds, however many agree; a
 * value that is not finite, or an interval beyond the range of binary64; a proportion outside
 * [0, 1].
 *
 * binary64 throughout; t is rounded to nine decimals, so that the last bits of the C library's
 * logarithms, which differ between CPUs, do not reach the tables; e^g is elementary_exp_double, the
 * same bits everywhere.  Values so large or small that squares would leave binary64 are scaled by a
 * power of two, exactly. */
#ifndef SHEAFBENCH_HARNESS_STATISTICS_SUMMARY_H
#define SHEAFBENCH_HARNESS_STATISTICS_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

/* Of every test and verdict; 95 % intervals are its complement. */
#define SIGNIFICANCE_LEVEL 0.05

/* What values a quantity can have; harness/training/metrics.h knows it of every metric. */
enum value_range { RANGE_REAL, RANGE_PROPORTION };

/* Why there is no interval, or no verdict.  The first five are of intervals. */
enum reason {
	REASON_NONE,
	REASON_ONE_VALUE,     /* fewer than two seeds */
	REASON_NO_SPREAD,     /* all equal, but for rounding */
	REASON_NOT_FINITE,    /* a value or a bound is beyond binary64 */
	REASON_OUTSIDE,       /* a proportion outside [0, 1] */
	REASON_NO_DIFFERENCE, /* paired: all differences are zero */
	REASON_FEW_SEEDS,     /* so few seeds that the exact test cannot reach 5 % */
	REASON_TIES,          /* enough seeds, but too many differences are zero for that */
	REASON_FEW_RESAMPLES, /* no resample is rarer than 2.5 % */
	REASON_SAME_RESAMPLES /* both ends of the bootstrap's interval are the same value */
};

/* In words, of n seeds, `least` the smallest p they allow (REASON_FEW_SEEDS and TIES alone use it):
 * "no spread: all 3 differences are equal; nothing can be said of other seeds"; "" for NONE. */
enum { REASON_TEXT = 128 };
void reason_text(enum reason why, int64_t n, double least, char text[REASON_TEXT]);

#define STATISTICS_ROUNDING 0x1p-48

struct statistics {
	int64_t n;
	double mean, min, max; /* 0 when n is 0; NaN where a value is not finite */
	bool has_sd;           /* n >= 2, values and sd finite; else sd is 0 and means nothing */
	double sd;
	bool interval;   /* else ci_low and ci_high are 0 and mean nothing */
	enum reason why; /* NONE with an interval */
	double ci_low, ci_high;
};

struct statistics statistics_of(const double *values, int64_t n, enum value_range range);

/* t for `degrees` >= 1. */
double statistics_student(int64_t degrees);

#endif
