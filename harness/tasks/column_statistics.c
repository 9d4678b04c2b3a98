/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/column_statistics.h"

#include <float.h> /* DBL_MAX */
#include <math.h>
#include <stdlib.h>

/* A mean lies among its values; rounding at the very end of the range would leave it. */
static double mean_of(const struct column_statistics *s, const double *values)
{
	double sum = 0.0, n = (double)s->count;
	for (int64_t i = 0; i < s->count; i++)
		sum = sum + values[i];
	if (isfinite(sum))
		return sum / n;
	sum = 0.0;
	for (int64_t i = 0; i < s->count; i++)
		sum = sum + values[i] * 0x1p-64;
	return fmin(fmax(sum / n * 0x1p64, s->low), s->high);
}

static double deviation_of(const struct column_statistics *s, const double *values)
{
	double square = 0.0, n = (double)s->count;
	for (int64_t i = 0; i < s->count; i++) {
		double d = values[i] - s->mean;
		square = square + d * d;
	}
	/* Below, squares that are subnormal or 0 would count. */
	if (isfinite(square) && square >= 0x1p-900)
		return sqrt(square / n);
	int exponent;
	double reach = fmax(s->high - s->mean, s->mean - s->low);
	frexp(isfinite(reach) ? reach : DBL_MAX, &exponent);
	square = 0.0;
	for (int64_t i = 0; i < s->count; i++) {
		double d = ldexp(values[i], -exponent - 1) - ldexp(s->mean, -exponent - 1);
		square = square + d * d;
	}
	return ldexp(sqrt(square / n), exponent + 1);
}

/* The rounding of a long sum can exceed a deviation far below the values: then the mean of what is
 * left, which is nearly exact, corrects it. */
static void centre_again(struct column_statistics *s, const double *values)
{
	double rest = 0.0;
	for (int64_t i = 0; i < s->count; i++)
		rest = rest + (values[i] - s->mean);
	s->mean = s->mean + rest / (double)s->count;
	s->std = deviation_of(s, values);
}

static int compare_numbers(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

static void count_merged(struct column_statistics *s, double *values)
{
	qsort(values, (size_t)s->count, sizeof *values, compare_numbers);
	s->distinct = s->count > 0;
	for (int64_t i = 1; i < s->count; i++) {
		if (values[i] == values[i - 1])
			continue;
		s->distinct++;
		s->merged +=
		    column_standardise(s, values[i]) == column_standardise(s, values[i - 1]);
	}
}

void column_statistics(struct column_statistics *s, double *values, int64_t count)
{
	*s = (struct column_statistics){.count = count, .constant = true};
	if (count == 0)
		return;
	s->low = s->high = values[0];
	for (int64_t i = 1; i < count; i++) {
		s->low = fmin(s->low, values[i]);
		s->high = fmax(s->high, values[i]);
	}
	double largest = fmax(fabs(s->low), fabs(s->high));
	s->mean = s->low;
	if (s->low < s->high) {
		s->mean = mean_of(s, values);
		s->std = deviation_of(s, values);
		if (s->std <= 0x1p-26 * largest)
			centre_again(s, values);
		s->constant = !(s->std > 0x1p-48 * largest);
	}
	count_merged(s, values);
}

float column_standardise(const struct column_statistics *s, double value)
{
	if (s->constant)
		return 0.0f;
	double d = value - s->mean;
	if (isfinite(d))
		return (float)(d / s->std);
	return (float)((value / 2.0 - s->mean / 2.0) / (s->std / 2.0));
}
