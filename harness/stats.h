/* SPDX-License-Identifier: Apache-2.0 */
/* Mean, spread and interval of a few values, one per seed.
 *
 *   mean = (sum of x_i, ascending i) / n
 *   sd   = sqrt(sum of (x_i - mean)^2 / (n - 1))
 *   95 % interval = mean -/+ t * sd / sqrt(n), t the 0.975 quantile of Student's t, n - 1 degrees
 *
 * binary64 throughout; t is rounded to nine decimals, so that the last bits of the C library's
 * logarithms, which differ between CPUs, do not reach the tables. */
#ifndef SHEAFBENCH_HARNESS_STATS_H
#define SHEAFBENCH_HARNESS_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct statistics {
	int64_t n;
	double mean, min, max; /* 0 when n is 0 */
	bool interval;         /* n >= 2; otherwise the three below are 0 and mean nothing */
	double sd, ci_low, ci_high;
};

struct statistics statistics_of(const double *values, int64_t n);

/* t for `degrees` >= 1. */
double statistics_student(int64_t degrees);

#endif
