/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/statistics/summary.h"

#include <inttypes.h>
#include <math.h> /* frexp, ldexp, nearbyint, sqrt */
#include <stdio.h>

#include <gsl/gsl_cdf.h>

#include "harness/statistics/reproducible.h"
#include "kernels/elementary.h"

double statistics_student(int64_t degrees)
{
	return nearbyint(gsl_cdf_tdist_Pinv(1.0 - SIGNIFICANCE_LEVEL / 2.0, (double)degrees) *
			 1e9) /
	       1e9;
}

/* A power of two that brings `largest` near 1 where its square, or sums, would leave binary64. */
static double unit_of(double largest)
{
	int exponent;
	if (largest == 0.0 || (largest > 0x1p-400 && largest < 0x1p400))
		return 1.0;
	frexp(largest, &exponent);
	exponent = exponent < -1000 ? -1000 : exponent > 1000 ? 1000 : exponent;
	return ldexp(1.0, -exponent);
}

static double mean_of(const double *values, int64_t n, double unit, const struct statistics *s)
{
	double sum = 0.0;
	/* Equal values have exactly that mean, whatever their sum rounds to. */
	if (s->min == s->max)
		return s->min;
	for (int64_t i = 0; i < n; i++)
		sum = sum + values[i] * unit;
	double mean = sum / (double)n / unit;
	mean = mean < s->min ? s->min : mean;
	return mean > s->max ? s->max : mean;
}

static double deviation_of(const double *values, int64_t n, double unit, double mean)
{
	double sum = 0.0;
	for (int64_t i = 0; i < n; i++) {
		double miss = values[i] * unit - mean * unit;
		sum = sum + miss * miss;
	}
	return sqrt(sum / (double)(n - 1)) / unit;
}

static void take_logit_interval(struct statistics *s, double half)
{
	double m = s->mean, rest = 1.0 - m;
	double factor = elementary_exp_double(half / (m * rest));
	double low = m / (m + rest * factor), high = m / (m + rest / factor);
	/* With a factor of nearly 1 rounding may pass the mean. */
	s->ci_low = low < m ? low : m;
	s->ci_high = high > m ? high : m;
}

static enum reason take_interval(struct statistics *s, enum value_range range)
{
	double largest = fabs(s->min) > fabs(s->max) ? fabs(s->min) : fabs(s->max);
	double half = statistics_student(s->n - 1) * s->sd / sqrt((double)s->n);
	if (s->max - s->min <= STATISTICS_ROUNDING * largest)
		return REASON_NO_SPREAD;
	if (range == RANGE_PROPORTION) {
		/* Subnormal means are as good as 0: m (1 - m) has no bits left. */
		if (!(s->mean >= 0x1p-1000 && s->mean < 1.0))
			return REASON_NO_SPREAD;
		take_logit_interval(s, half);
		return REASON_NONE;
	}
	if (!isfinite(s->mean - half) || !isfinite(s->mean + half))
		return REASON_NOT_FINITE;
	s->ci_low = s->mean - half;
	s->ci_high = s->mean + half;
	return REASON_NONE;
}

struct statistics statistics_of(const double *values, int64_t n, enum value_range range)
{
	struct statistics s = {.n = n, .why = REASON_ONE_VALUE};
	if (n < 1)
		return s;
	if (!reproducible_finite(values, n)) {
		s.mean = s.min = s.max = NAN;
		s.why = REASON_NOT_FINITE;
		return s;
	}
	s.min = s.max = values[0];
	for (int64_t i = 1; i < n; i++) {
		s.min = values[i] < s.min ? values[i] : s.min;
		s.max = values[i] > s.max ? values[i] : s.max;
	}
	double unit = unit_of(fabs(s.min) > fabs(s.max) ? fabs(s.min) : fabs(s.max));
	s.mean = mean_of(values, n, unit, &s);
	if (n < 2)
		return s;
	double deviation = deviation_of(values, n, unit, s.mean);
	s.has_sd = isfinite(deviation);
	s.sd = s.has_sd ? deviation : 0.0;
	if (range == RANGE_PROPORTION && (s.min < 0.0 || s.max > 1.0))
		s.why = REASON_OUTSIDE;
	else
		s.why = s.has_sd ? take_interval(&s, range) : REASON_NOT_FINITE;
	s.interval = s.why == REASON_NONE;
	return s;
}

void reason_text(enum reason why, int64_t n, double least, char text[REASON_TEXT])
{
	text[0] = '\0';
	switch (why) {
	case REASON_NONE:
		break;
	case REASON_ONE_VALUE:
		snprintf(text, REASON_TEXT, "fewer than two paired seeds");
		break;
	case REASON_NO_SPREAD:
		snprintf(text, REASON_TEXT,
			 "no spread: all %" PRId64
			 " differences are equal; nothing can be said of other seeds",
			 n);
		break;
	case REASON_NOT_FINITE:
		snprintf(text, REASON_TEXT, "a number is beyond the range of binary64");
		break;
	case REASON_OUTSIDE:
		snprintf(text, REASON_TEXT, "a proportion is outside [0, 1]");
		break;
	case REASON_NO_DIFFERENCE:
		snprintf(text, REASON_TEXT, "tied: none of %" PRId64 " seeds differs", n);
		break;
	case REASON_FEW_SEEDS:
		snprintf(text, REASON_TEXT,
			 "too few seeds: no sign-flip p of %" PRId64 " seeds is below %g", n,
			 least);
		break;
	case REASON_TIES:
		snprintf(text, REASON_TEXT,
			 "ties: so many of %" PRId64
			 " differences are zero that no sign-flip p is below %g",
			 n, least);
		break;
	case REASON_FEW_RESAMPLES:
		snprintf(text, REASON_TEXT, "too few seeds for a 95 %% bootstrap interval");
		break;
	case REASON_SAME_RESAMPLES:
		snprintf(text, REASON_TEXT,
			 "no spread: the bootstrap's interval is a single value");
		break;
	}
}
