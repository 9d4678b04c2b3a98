/* SPDX-License-Identifier: Apache-2.0 */
/* Effects, sign flips, Holm, verdicts; harness/statistics/rank.c and stats_power.c have the others.
 */
#include "harness/statistics/hypothesis.h"

#include <math.h> /* fabs, isfinite, sqrt */
#include <stddef.h>

#include "harness/statistics/reproducible.h"
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

double paired_rounding(double scale)
{
	return STATISTICS_ROUNDING * scale;
}

static void drop_interval(struct statistics *d, enum reason why)
{
	d->interval = false;
	d->why = why;
	d->ci_low = d->ci_high = 0.0;
}

struct paired paired_of(const double *differences, int64_t n, double scale, enum value_range range)
{
	struct paired p = {.difference = statistics_of(differences, n, RANGE_REAL)};
	struct statistics *d = &p.difference;
	double rounding = paired_rounding(scale);
	if (n >= 2 && d->has_sd && d->max - d->min <= rounding)
		drop_interval(d, REASON_NO_SPREAD);
	if (n >= 2 && d->min >= -rounding && d->max <= rounding)
		drop_interval(d, REASON_NO_DIFFERENCE);
	if (d->interval && range == RANGE_PROPORTION) {
		d->ci_low = larger(d->ci_low, -1.0);
		d->ci_high = d->ci_high < 1.0 ? d->ci_high : 1.0;
	}
	p.has_effect = d->interval && d->sd > 0.0;
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

/* The smallest p that signs of so many differences can have. */
static void set_least(struct sign_flip *flip, const double *differences, int64_t n, double scale)
{
	double drawn = 1.0 / (double)(flip->total + 1);
	for (int64_t i = 0; i < n; i++)
		flip->nonzero += fabs(differences[i]) > paired_rounding(scale);
	flip->least = 1.0;
	for (int64_t i = 1; i < flip->nonzero && flip->least > 0.0; i++)
		flip->least = 0.5 * flip->least;
	if (!flip->exact && flip->least < drawn)
		flip->least = drawn;
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
	struct sign_flip flip = {.p = 1.0, .exact = true, .extreme = 1, .total = 1, .least = 1.0};
	/* Not a number: no order, and so nothing as extreme. */
	if (n < 1 || !reproducible_finite(differences, n))
		return flip;
	if (n <= SIGN_FLIP_EXACT) {
		flip = flip_all(differences, n, guard);
	} else {
		random_open(&stream, seed, "permutation", name);
		flip = flip_some(differences, n, guard, &stream);
	}
	set_least(&flip, differences, n, scale);
	return flip;
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
	if (!interval || !(low < high) || !isfinite(low) || !isfinite(high))
		return COMPARISON_NONE;
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
		return "undecided";
	case COMPARISON_NONE:
		break;
	}
	return "no verdict";
}

struct verdict paired_verdict(const struct paired *paired, const struct sign_flip *flip,
			      bool lower_is_better)
{
	const struct statistics *d = &paired->difference;
	struct verdict verdict = {COMPARISON_NONE, d->why};
	double least = 1.0;
	if (!d->interval)
		return verdict;
	verdict.comparison =
	    comparison_of(d->interval, d->ci_low, d->ci_high, 0.0, lower_is_better);
	/* An interval that rounding made a point. */
	if (verdict.comparison == COMPARISON_NONE)
		verdict.why = REASON_NO_SPREAD;
	if (verdict.comparison == COMPARISON_NONE || verdict.comparison == COMPARISON_UNDECIDED ||
	    flip->least <= SIGNIFICANCE_LEVEL)
		return verdict;
	/* It excludes zero, but the test could not say so whatever the differences. */
	for (int64_t i = 1; i < d->n && least > SIGNIFICANCE_LEVEL; i++)
		least = 0.5 * least;
	verdict.comparison = COMPARISON_NONE;
	verdict.why = least > SIGNIFICANCE_LEVEL ? REASON_FEW_SEEDS : REASON_TIES;
	return verdict;
}
