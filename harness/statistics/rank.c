/* SPDX-License-Identifier: Apache-2.0 */
/* Mann and Whitney's test of harness/statistics/hypothesis.h. */
#include "harness/statistics/hypothesis.h"

#include <math.h> /* fabs, sqrt */
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "harness/statistics/reproducible.h"
#include "foundation/array.h"

struct ranks {
	int64_t twice_u; /* of x */
	double ties;     /* sum of t^3 - t */
};

static int64_t run_length(const double *sorted, int64_t n, int64_t from, double value)
{
	int64_t i = from;
	while (i < n && sorted[i] == value)
		i++;
	return i - from;
}

/* Merges two ascending samples by groups of equal values. */
static struct ranks rank(const double *x, int64_t n, const double *y, int64_t m)
{
	struct ranks r = {0, 0.0};
	for (int64_t i = 0, j = 0; i < n || j < m;) {
		double value = j == m || (i < n && x[i] < y[j]) ? x[i] : y[j];
		int64_t a = run_length(x, n, i, value), b = run_length(y, m, j, value);
		double t = (double)(a + b);
		r.twice_u += a * (2 * j + b);
		r.ties = r.ties + (t * t * t - t);
		i += a;
		j += b;
	}
	return r;
}

/* ways[u] = number of orders of n and m values with U = u: the coefficients of the product over
 * i = 1 .. n of (1 - q^(m + i)) / (1 - q^i).  Unsigned wrap-around in between does no harm, the
 * results being below 2^53. */
enum { MOST_U = (RANK_TEST_EXACT / 2) * (RANK_TEST_EXACT / 2) };

static void count_ways(int64_t n, int64_t m, uint64_t ways[MOST_U + 1])
{
	memset(ways, 0, (MOST_U + 1) * sizeof *ways);
	ways[0] = 1;
	for (int64_t i = 1; i <= n; i++) {
		for (int64_t u = n * m; u >= m + i; u--)
			ways[u] -= ways[u - m - i];
		for (int64_t u = i; u <= n * m; u++)
			ways[u] += ways[u - i];
	}
}

static double exact_p(int64_t u, int64_t n, int64_t m)
{
	uint64_t ways[MOST_U + 1], below = 0, all = 0;
	int64_t smaller = u < n * m - u ? u : n * m - u;
	count_ways(n, m, ways);
	for (int64_t i = 0; i <= n * m; i++) {
		all += ways[i];
		below += i <= smaller ? ways[i] : 0;
	}
	return 2 * below >= all ? 1.0 : (double)(2 * below) / (double)all;
}

static double normal_p(const struct ranks *r, double n, double m)
{
	double all = n + m;
	double variance = n * m / 12.0 * (all + 1.0 - r->ties / (all * (all - 1.0)));
	double miss = fabs((double)r->twice_u / 2.0 - n * m / 2.0) - 0.5;
	if (variance <= 0.0 || miss <= 0.0)
		return 1.0;
	return reproducible_digits(2.0 * gsl_cdf_ugaussian_Q(miss / sqrt(variance)));
}

static double *sorted_copy(const double *values, int64_t n)
{
	double *copy = array_take(n, sizeof *copy);
	if (!copy)
		return NULL;
	memcpy(copy, values, (size_t)n * sizeof *copy);
	reproducible_sort(copy, n);
	return copy;
}

static struct rank_test result(const struct ranks *r, int64_t n, int64_t m)
{
	struct rank_test test = {.u = (double)r->twice_u / 2.0};
	test.superiority = (double)r->twice_u / (double)(2 * n * m);
	test.exact = r->ties == 0.0 && n + m <= RANK_TEST_EXACT;
	const struct ranks apart = {0, r->ties};
	test.p = test.exact ? exact_p(r->twice_u / 2, n, m) : normal_p(r, (double)n, (double)m);
	test.least = test.exact ? exact_p(0, n, m) : normal_p(&apart, (double)n, (double)m);
	return test;
}

int rank_test(const double *x, int64_t n, const double *y, int64_t m, struct rank_test *out,
	      struct error *error)
{
	if (n < 1 || m < 1)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "two samples",
				 "an empty sample");
	if (!reproducible_finite(x, n) || !reproducible_finite(y, m))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "finite values",
				 "a value that is not finite");
	double *a = sorted_copy(x, n), *b = sorted_copy(y, m);
	bool memory = a && b;
	if (memory) {
		struct ranks r = rank(a, n, b, m);
		*out = result(&r, n, m);
	}
	free(a);
	free(b);
	return memory ? 0
		      : error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				  "no memory for %lld values", (long long)(n + m));
}
