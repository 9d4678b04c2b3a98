/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/statistics/reproducible.h"

#include <math.h> /* isfinite, nearbyint */
#include <stdlib.h>
#include <string.h>

double reproducible_decimals(double x)
{
	return nearbyint(x * 1e9) / 1e9;
}

double reproducible_digits(double x)
{
	double scale = 1.0;
	if (x < 1e-290)
		return 0.0;
	while (x * scale < 1e8)
		scale = scale * 10.0;
	return nearbyint(x * scale) / scale;
}

/* Negative doubles count downwards as integers: all bits but the sign are turned over. */
static int64_t order_key(double x)
{
	int64_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits < 0 ? bits ^ INT64_MAX : bits;
}

static int compare(const void *a, const void *b)
{
	double x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	int64_t p = order_key(x), q = order_key(y);
	return (p > q) - (p < q);
}

void reproducible_sort(double *values, int64_t n)
{
	if (n > 1)
		qsort(values, (size_t)n, sizeof *values, compare);
}

bool reproducible_finite(const double *values, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}
