/* SPDX-License-Identifier: Apache-2.0 */
/* Effects, sign flips, Holm, verdicts; harness/stats_rank.c and stats_power.c have the others. */
#include "harness/stats_test.h"

#include <math.h> /* fabs, sqrt */
#include <stddef.h>

#include "kernels/random.h"

static int64_t find_seed(const struct paired_arm *arm, int64_t seed)
{
	for (int64_t i = 0; i < arm->n; i++)
		if (arm->seeds[i] == seed)
			return i;
	return -1;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

int64_t paired_differences(const struct paired_arm *x, const struct paired_arm *y,
			   double *differences, double *scale)
{
	int64_t n = 0;
	double most = 0.0;
	for (int64_t i = 0; i < x->n; i++) {
		int64_t j = find_seed(y, x->seeds[i]);
		if (j < 0)
			continue;
		differences[n++] = x->values[i] - y->values[j];
		most = larger(most, larger(fabs(x->values[i]), fabs(y->values[j])));
	}
	if (scale)
		*scale = most;
	return n;
}

/* r(k) = Gamma(k / 2) / Gamma((k - 1) / 2) is 1 / sqrt(pi) for k = 2, and r(k) r(k - 1) =
 * (k - 2) / 2. */
static double hedges_factor(int64_t degrees)
{
	double ratio = 1.0 / 1.7724538509055160273;
	for (int64_t k = 3; k <= degrees; k++)
		ratio = (double)(k - 2) / (2.0 * ratio);
	return ratio / sqrt((double)degrees / 2.0);
}

struct paired paired_of(const double *differences, int64_t n)
{
	struct paired p = {.difference = statistics_of(differences, n)};
	p.has_effect = p.difference.sd > 0.0;
	if (!p.has_effect)
		return p;
	p.effect = p.difference.mean / p.difference.sd;
	p.has_hedges = n >= 3;
	if (p.has_hedges)
		p.hedges = p.effect * hedges_factor(n - 1);
	return p;
}

/* Sign flips */

enum { HALF = SIGN_FLIP_EXACT / 2 };

/* sums[flips], flips' bit i set: values[i] counts negative.  All add i ascending. */
static void signed_sums(const double *values, int64_t n, double sums[1 << HALF])
{
	sums[0] = 0.0;
	for (int64_t i = 0; i < n; i++) {
		int64_t half = INT64_C(1) << i;
		for (int64_t flips = 0; flips < half; flips++) {
			sums[half + flips] = sums[flips] - values[i];
			sums[flips] = sums[flips] + values[i];
		}
	}
}

static double guard_of(const double *differences, int64_t n, double scale)
{
	double sum = 0.0;
	for (int64_t i = 0; i < n; i++)
		sum = sum + fabs(differences[i]);
	return 1e-12 * sum + 0x1p-50 * (double)n * scale;
}

static struct sign_flip flip_all(const double *differences, int64_t n, double guard)
{
	double first[1 << HALF], second[1 << HALF];
	int64_t firsts = n < HALF ? n : HALF, extreme = 0;
	int64_t first_count = INT64_C(1) << firsts, second_count = INT64_C(1) << (n - firsts);
	signed_sums(differences, firsts, first);
	signed_sums(differences + firsts, n - firsts, second);
	double bound = fabs(first[0] + second[0]) - guard;
	for (int64_t i = 0; i < second_count; i++)
		for (int64_t j = 0; j < first_count; j++)
			extreme += fabs(first[j] + second[i]) >= bound;
	int64_t total = first_count * second_count;
	return (struct sign_flip){.p = (double)extreme / (double)total,
				  .exact = true,
				  .extreme = extreme,
				  .total = total};
}

static double random_sum(const double *differences, int64_t n, struct random_stream *stream)
{
	uint64_t signs = 0;
	double sum = 0.0;
	for (int64_t i = 0; i < n; i++) {
		signs = i % 64 ? signs >> 1 : random_next(stream);
		sum = signs & 1 ? sum - differences[i] : sum + differences[i];
	}
	return sum;
}

static struct sign_flip flip_some(const double *differences, int64_t n, double guard,
				  struct random_stream *stream)
{
	struct sign_flip flip = {.total = SIGN_FLIP_DRAWS};
	double sum = 0.0;
	for (int64_t i = 0; i < n; i++)
		sum = sum + differences[i];
	for (int64_t draw = 0; draw < flip.total; draw++)
		flip.extreme += fabs(random_sum(differences, n, stream)) >= fabs(sum) - guard;
	flip.p = (double)(flip.extreme + 1) / (double)(flip.total + 1);
	flip.standard_error = sqrt(flip.p * (1.0 - flip.p) / (double)flip.total);
	return flip;
}

struct sign_flip sign_flip_test(const double *differences, int64_t n, double scale, uint64_t seed,
				const char *name)
{
	struct random_stream stream;
	double guard = guard_of(differences, n, scale);
	if (n < 1)
		return (struct sign_flip){.p = 1.0, .exact = true, .extreme = 1, .total = 1};
	if (n <= SIGN_FLIP_EXACT)
		return flip_all(differences, n, guard);
	random_open(&stream, seed, "permutation", name);
	return flip_some(differences, n, guard, &stream);
}

/* Holm */

/* Of those not adjusted yet (negative) the first of the smallest p. */
static int64_t next_smallest(const double *p, int64_t count, const double *adjusted)
{
	int64_t found = -1;
	for (int64_t i = 0; i < count; i++)
		if (adjusted[i] < 0.0 && (found < 0 || p[i] < p[found]))
			found = i;
	return found;
}

void holm_adjust(const double *p, int64_t count, double *adjusted)
{
	double running = 0.0;
	for (int64_t i = 0; i < count; i++)
		adjusted[i] = -1.0;
	for (int64_t k = 0; k < count; k++) {
		int64_t i = next_smallest(p, count, adjusted);
		running = larger(running, (double)(count - k) * p[i]);
		adjusted[i] = running < 1.0 ? running : 1.0;
	}
}

/* Verdicts */

enum comparison comparison_of(bool interval, double low, double high, double no_difference,
			      bool lower_is_better)
{
	if (!interval || low > high)
		return COMPARISON_UNDECIDED;
	if (low > no_difference)
		return lower_is_better ? COMPARISON_WORSE : COMPARISON_BETTER;
	if (high < no_difference)
		return lower_is_better ? COMPARISON_BETTER : COMPARISON_WORSE;
	return COMPARISON_UNDECIDED;
}

const char *comparison_name(enum comparison comparison)
{
	switch (comparison) {
	case COMPARISON_BETTER:
		return "better";
	case COMPARISON_WORSE:
		return "worse";
	case COMPARISON_UNDECIDED:
		break;
	}
	return "undecided";
}
