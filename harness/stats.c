/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/stats.h"

#include <math.h> /* nearbyint, sqrt */

#include <gsl/gsl_cdf.h>

double statistics_student(int64_t degrees)
{
	return nearbyint(gsl_cdf_tdist_Pinv(0.975, (double)degrees) * 1e9) / 1e9;
}

static double sum_of_squares(const double *values, int64_t n, double mean)
{
	double sum = 0.0;
	for (int64_t i = 0; i < n; i++) {
		double miss = values[i] - mean;
		sum = sum + miss * miss;
	}
	return sum;
}

struct statistics statistics_of(const double *values, int64_t n)
{
	struct statistics s = {.n = n};
	double sum = 0.0;
	if (n < 1)
		return s;
	s.min = s.max = values[0];
	for (int64_t i = 0; i < n; i++) {
		sum = sum + values[i];
		s.min = values[i] < s.min ? values[i] : s.min;
		s.max = values[i] > s.max ? values[i] : s.max;
	}
	/* Equal values have exactly that mean, whatever their sum rounds to. */
	s.mean = s.min == s.max ? s.min : sum / (double)n;
	if (n < 2)
		return s;
	s.interval = true;
	s.sd = sqrt(sum_of_squares(values, n, s.mean) / (double)(n - 1));
	double half = statistics_student(n - 1) * s.sd / sqrt((double)n);
	s.ci_low = s.mean - half;
	s.ci_high = s.mean + half;
	return s;
}
