/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/order_statistics.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

void sort_values(double *values, int n)
{
	qsort(values, (size_t)n, sizeof *values, ascending);
}

double quantile_of(const double *values, int n, double part)
{
	double at = part * (n - 1);
	int below = (int)at;
	int above = below + 1 < n ? below + 1 : below;
	return values[below] + (at - below) * (values[above] - values[below]);
}

/* The r of the interval; 0 when there is none. */
static int interval_rank(int n)
{
	double term = pow(0.5, n), below = 0.0;
	int r = 0;
	while (below + term <= 0.025 && r < n / 2) {
		below += term;
		term = term * (n - r) / (r + 1);
		r++;
	}
	return r;
}

struct median median_of(const double *values, int n)
{
	int r = interval_rank(n);
	struct median median = {.value = 0.5 * (values[(n - 1) / 2] + values[n / 2])};
	if (r > 0) {
		median.interval = true;
		median.low = values[r - 1];
		median.high = values[n - r];
	}
	return median;
}

/* Walks both ascending lists by groups of equal values. */
double mann_whitney(const double *x, int n, const double *y, int m)
{
	double rank_sum = 0.0, ties = 0.0, all = n + m;
	for (int i = 0, j = 0; i < n || j < m;) {
		double value = j == m || (i < n && x[i] < y[j]) ? x[i] : y[j];
		int from_x = 0, from_y = 0;
		while (i + from_x < n && x[i + from_x] <= value)
			from_x++;
		while (j + from_y < m && y[j + from_y] <= value)
			from_y++;
		double tied = from_x + from_y;
		rank_sum += from_x * (i + j + 0.5 * (tied + 1.0));
		ties += tied * (tied * tied - 1.0);
		i += from_x;
		j += from_y;
	}
	double u = rank_sum - 0.5 * n * (n + 1.0), mean = 0.5 * n * m;
	double variance = mean / 6.0 * (all + 1.0 - ties / (all * (all - 1.0)));
	if (n == 0 || m == 0 || !(variance > 0.0))
		return 1.0;
	double distance = fmax(0.0, fabs(u - mean) - 0.5);
	return erfc(distance / sqrt(2.0 * variance));
}

static int by_p(const void *x, const void *y)
{
	return ascending(*(const double *const *)x, *(const double *const *)y);
}

bool false_discovery_rates(const double *p, double *q, int n)
{
	const double **order = calloc((size_t)n + 1, sizeof *order);
	if (!order)
		return false;
	for (int i = 0; i < n; i++)
		order[i] = &p[i];
	qsort(order, (size_t)n, sizeof *order, by_p);
	double least = 1.0;
	for (int i = n - 1; i >= 0; i--) {
		least = fmin(least, *order[i] * n / (i + 1));
		q[order[i] - p] = least;
	}
	free(order);
	return true;
}
