/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics of repetitions, and whether two sets of them differ.  No distribution of the
 * times is assumed. */
#ifndef SHEAFBENCH_HARNESS_BENCH_ORDER_STATISTICS_H
#define SHEAFBENCH_HARNESS_BENCH_ORDER_STATISTICS_H

#include <stdbool.h>

struct median {
	double value;
	bool interval; /* n >= 6: fewer values have no 95 % interval */
	double low,
	    high; /* x_(r) and x_(n+1-r), r the largest with P(Binomial(n, 1/2) < r) <= 2.5 % */
};

/* `values` must be ascending, n >= 1. */
struct median median_of(const double *values, int n);
/* Linear between the order statistics around rank 1 + part * (n - 1). */
double quantile_of(const double *values, int n, double part);
void sort_values(double *values, int n);

/* Two-sided p of the Mann-Whitney U test (Mann and Whitney 1947), both ascending: midranks, normal
 * approximation with the variance corrected for ties and a continuity correction of 1/2; 1 where
 * all values are equal or one side is empty. */
double mann_whitney(const double *x, int n, const double *y, int m);

/* Benjamini and Hochberg (1995): q[i] = least false discovery rate at which p[i] is significant. */
bool false_discovery_rates(const double *p, double *q, int n); /* false: out of memory */

#endif
