/* SPDX-License-Identifier: Apache-2.0 */
/* Power of the paired t test of harness/statistics/hypothesis.h. */
#include "harness/statistics/hypothesis.h"

#include <math.h> /* exp, fabs, isfinite, log, sqrt */

#include <gsl/gsl_cdf.h>

#include "harness/statistics/summary.h"
#include "harness/statistics/reproducible.h"

enum { PANELS = 128, POINTS = 4 };

/* Gauss-Legendre of eight points, the positive four. */
static const double node[POINTS] = {0.18343464249564980494, 0.52553240991632898582,
				    0.79666647741362673959, 0.96028985649753623168};
static const double weight[POINTS] = {0.36268378337836198297, 0.31370664587788728734,
				      0.22238103445337447054, 0.10122853629037625915};

struct integral {
	double degrees, t, lambda;
	double density, tails; /* sums so far */
};

static void add_point(struct integral *s, double w, double share)
{
	/* 1 at w = 1, so that nothing overflows. */
	double power = (s->degrees - 1.0) * log(w) - 0.5 * s->degrees * (w * w - 1.0);
	double density = share * exp(power);
	double tails =
	    gsl_cdf_ugaussian_P(s->lambda - s->t * w) + gsl_cdf_ugaussian_P(-s->lambda - s->t * w);
	s->density = s->density + density;
	s->tails = s->tails + density * tails;
}

/* Not rounded. */
static double power_at(double lambda, int64_t degrees)
{
	struct integral s = {.degrees = (double)degrees, .lambda = lambda};
	double reach = 9.0 / sqrt(s.degrees);
	double low = reach < 1.0 ? 1.0 - reach : 0.0;
	double half = (1.0 + reach - low) / (2.0 * PANELS);
	s.t = statistics_student(degrees);
	for (int panel = 0; panel < PANELS; panel++) {
		double centre = low + (2.0 * panel + 1.0) * half;
		for (int i = 0; i < POINTS; i++) {
			add_point(&s, centre - half * node[i], weight[i]);
			add_point(&s, centre + half * node[i], weight[i]);
		}
	}
	return s.tails / s.density;
}

double power_paired(double effect, int64_t n)
{
	return n < 2 || !isfinite(effect)
		   ? 0.0
		   : reproducible_decimals(power_at(fabs(effect) * sqrt((double)n), n - 1));
}

double power_smallest_effect(int64_t n, double power)
{
	double low = 0.0, high = 1.0;
	if (n < 2 || !(power > SIGNIFICANCE_LEVEL && power < 1.0))
		return 0.0;
	while (high < 1e6 && power_at(high, n - 1) < power)
		high = 2.0 * high;
	for (int i = 0; i < 60; i++) {
		double middle = 0.5 * (low + high);
		if (power_at(middle, n - 1) < power)
			low = middle;
		else
			high = middle;
	}
	return reproducible_decimals(high / sqrt((double)n));
}

int64_t power_seeds(double effect, double power)
{
	int64_t low = 1, high = 2;
	if (!(power > SIGNIFICANCE_LEVEL && power < 1.0) || !(fabs(effect) > 0.0) ||
	    !isfinite(effect))
		return 0;
	while (high < POWER_MAX_SEEDS && power_paired(effect, high) < power) {
		low = high;
		high = 2 * high < POWER_MAX_SEEDS ? 2 * high : POWER_MAX_SEEDS;
	}
	if (power_paired(effect, high) < power)
		return 0;
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (power_paired(effect, middle) < power)
			low = middle;
		else
			high = middle;
	}
	return high;
}
