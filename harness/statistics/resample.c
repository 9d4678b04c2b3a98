/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/statistics/resample.h"

#include <math.h> /* fabs, sqrt */
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "harness/statistics/summary.h"
#include "harness/statistics/reproducible.h"
#include "kernels/random.h"
#include "foundation/array.h"

#define TAIL (SIGNIFICANCE_LEVEL / 2.0)

static const double normal_quantile = 1.959963985;

/* *replicates: one per resample, then room for `extra` values. */
static int start(const struct resample_plan *plan, int64_t extra, struct random_stream *stream,
		 struct resample_interval *out, double **replicates, struct error *error)
{
	int64_t count = plan->resamples ? plan->resamples : RESAMPLE_DEFAULT;
	if (count < 2)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "two or more",
				 "%lld resamples", (long long)count);
	*replicates = array_take(count + extra, sizeof **replicates);
	if (!*replicates)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "no memory for %lld resamples", (long long)count);
	*out = (struct resample_interval){
	    .resamples = count, .level_low = TAIL, .level_high = 1.0 - TAIL};
	random_open(stream, plan->seed, "bootstrap", plan->name);
	return 0;
}

static double draw(struct random_stream *stream, const double *values, int64_t n)
{
	return values[random_below(stream, (uint64_t)n)];
}

static double quantile(const double *sorted, int64_t count, double level)
{
	double position = level * (double)(count - 1);
	if (!(position < (double)(count - 1)))
		return sorted[count - 1];
	int64_t below = (int64_t)position;
	return sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void take_interval(struct resample_interval *out, double *replicates, double rounding)
{
	reproducible_sort(replicates, out->resamples);
	double low = quantile(replicates, out->resamples, out->level_low);
	double high = quantile(replicates, out->resamples, out->level_high);
	out->why = !isfinite(low) || !isfinite(high) ? REASON_NOT_FINITE
		   : high - low <= rounding          ? REASON_SAME_RESAMPLES
						     : REASON_NONE;
	out->interval = out->why == REASON_NONE;
	out->low = out->interval ? low : 0.0;
	out->high = out->interval ? high : 0.0;
}

/* The probability of the rarest resample, times that of `n` more values. */
static double rarest(double probability, int64_t n)
{
	for (int64_t i = 0; i < n && probability > 0.0; i++)
		probability = probability / (double)n;
	return probability;
}

static enum reason reason_of(bool one_value, double probability)
{
	return one_value            ? REASON_ONE_VALUE
	       : probability > TAIL ? REASON_FEW_RESAMPLES
				    : REASON_NONE;
}

/* BCa of the mean */

static double bias_of(const double *means, int64_t count, double mean, double guard)
{
	int64_t twice = 0;
	for (int64_t b = 0; b < count; b++) {
		double miss = means[b] - mean;
		twice += fabs(miss) <= guard ? 1 : miss < 0.0 ? 2 : 0;
	}
	twice = twice < 1 ? 1 : twice > 2 * count - 1 ? 2 * count - 1 : twice;
	return reproducible_decimals(gsl_cdf_ugaussian_Pinv((double)twice / (double)(2 * count)));
}

static double largest(const struct statistics *s)
{
	return fabs(s->min) > fabs(s->max) ? fabs(s->min) : fabs(s->max);
}

/* In units of the range, so that neither squares nor cubes leave the range of binary64. */
static double acceleration_of(const double *values, int64_t n, const struct statistics *s)
{
	/* Halves, of which no difference overflows. */
	double squares = 0.0, cubes = 0.0, range = 0.5 * s->max - 0.5 * s->min;
	for (int64_t i = 0; i < n; i++) {
		double u = (0.5 * values[i] - 0.5 * s->mean) / range;
		squares = squares + u * u;
		cubes = cubes + u * u * u;
	}
	return cubes / (6.0 * squares * sqrt(squares));
}

static double level_of(const struct resample_interval *out, double z)
{
	double shifted = out->bias + z;
	double denominator = 1.0 - out->acceleration * shifted;
	if (denominator <= 0.0)
		return shifted < 0.0 ? 0.0 : 1.0;
	return reproducible_decimals(gsl_cdf_ugaussian_P(out->bias + shifted / denominator));
}

static void draw_means(const double *values, int64_t n, struct random_stream *stream, double *means,
		       int64_t count)
{
	for (int64_t b = 0; b < count; b++) {
		double sum = 0.0;
		for (int64_t i = 0; i < n; i++)
			sum = sum + draw(stream, values, n);
		means[b] = sum / (double)n;
	}
}

int resample_mean(const double *values, int64_t n, const struct resample_plan *plan,
		  struct resample_interval *out, struct error *error)
{
	struct random_stream stream;
	double *means;
	if (n < 1 || !reproducible_finite(values, n))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "finite values",
				 "%s of the mean",
				 n < 1 ? "no values" : "a value that is not finite");
	int status = start(plan, 0, &stream, out, &means, error);
	if (status)
		return status;
	struct statistics s = statistics_of(values, n, RANGE_REAL);
	out->estimate = s.mean;
	out->why = reason_of(n < 2, rarest(1.0, n));
	/* Halves of subnormal values may be equal: there is no jackknife. */
	if (!out->why && (s.max - s.min <= plan->rounding || !(0.5 * s.max - 0.5 * s.min > 0.0)))
		out->why = REASON_NO_SPREAD;
	if (!out->why) {
		draw_means(values, n, &stream, means, out->resamples);
		out->bias = bias_of(means, out->resamples, s.mean, 1e-12 * largest(&s));
		out->acceleration = acceleration_of(values, n, &s);
		out->level_low = level_of(out, -normal_quantile);
		out->level_high = level_of(out, normal_quantile);
		take_interval(out, means, plan->rounding);
	}
	free(means);
	return 0;
}

/* Scores by task */

/* What the samples do to the rarest resample. */
struct samples {
	bool one_value;
	double rarest;
};

static int check_scores(const struct resample_scores *scores, struct samples *samples,
			struct error *error)
{
	if (scores->tasks < 1)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, NULL, "no tasks");
	for (int64_t t = 0; t < scores->tasks; t++) {
		int64_t n = scores->runs[t];
		if (n < 1 || !reproducible_finite(scores->value[t], n))
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "finite scores",
					 "task %lld has %s", (long long)t,
					 n < 1 ? "no scores" : "a score that is not finite");
		samples->one_value = samples->one_value || n < 2;
		samples->rarest = rarest(samples->rarest, n);
	}
	return 0;
}

/* NULL stream: the scores themselves. */
static int64_t pool(const struct resample_scores *scores, struct random_stream *stream,
		    double *pooled)
{
	int64_t count = 0;
	for (int64_t t = 0; t < scores->tasks; t++)
		for (int64_t i = 0; i < scores->runs[t]; i++)
			pooled[count++] = stream ? draw(stream, scores->value[t], scores->runs[t])
						 : scores->value[t][i];
	return count;
}

static double interquartile(double *pooled, int64_t count)
{
	int64_t cut = count / 4;
	double sum = 0.0;
	reproducible_sort(pooled, count);
	for (int64_t i = cut; i < count - cut; i++)
		sum = sum + pooled[i];
	return sum / (double)(count - 2 * cut);
}

static int64_t all_runs(const struct resample_scores *scores)
{
	int64_t count = 0;
	for (int64_t t = 0; t < scores->tasks; t++)
		count += scores->runs[t];
	return count;
}

int resample_iqm(const struct resample_scores *scores, const struct resample_plan *plan,
		 struct resample_interval *out, struct error *error)
{
	struct random_stream stream;
	struct samples samples = {.rarest = 1.0};
	struct resample_interval made = {.resamples = 0};
	double *replicates = NULL;
	int status = check_scores(scores, &samples, error);
	if (!status)
		status = start(plan, all_runs(scores), &stream, &made, &replicates, error);
	if (status)
		return status;
	double *pooled = replicates + made.resamples;
	made.estimate = interquartile(pooled, pool(scores, NULL, pooled));
	made.why = reason_of(samples.one_value, samples.rarest);
	for (int64_t b = 0; !made.why && b < made.resamples; b++)
		replicates[b] = interquartile(pooled, pool(scores, &stream, pooled));
	if (!made.why)
		take_interval(&made, replicates, plan->rounding);
	free(replicates);
	*out = made;
	return 0;
}

static double superiority(const double *x, int64_t n, const double *y, int64_t m)
{
	int64_t twice = 0;
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j < m; j++)
			twice += (x[i] >= y[j]) + (x[i] > y[j]);
	return (double)twice / (double)(2 * n * m);
}

static void draw_runs(struct random_stream *stream, const double *values, int64_t n, double *drawn)
{
	for (int64_t i = 0; i < n; i++)
		drawn[i] = draw(stream, values, n);
}

/* NULL stream: the scores themselves. */
static double improvement(const struct resample_scores *x, const struct resample_scores *y,
			  struct random_stream *stream, double *memory)
{
	double sum = 0.0;
	for (int64_t t = 0; t < x->tasks; t++) {
		int64_t n = x->runs[t], m = y->runs[t];
		if (stream) {
			draw_runs(stream, x->value[t], n, memory);
			draw_runs(stream, y->value[t], m, memory + n);
			sum = sum + superiority(memory, n, memory + n, m);
		} else {
			sum = sum + superiority(x->value[t], n, y->value[t], m);
		}
	}
	return sum / (double)x->tasks;
}

static int check_pair(const struct resample_scores *x, const struct resample_scores *y,
		      struct samples *samples, struct error *error)
{
	if (x->tasks != y->tasks)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "the same tasks",
				 "arms of %lld and %lld tasks", (long long)x->tasks,
				 (long long)y->tasks);
	int status = check_scores(x, samples, error);
	return status ? status : check_scores(y, samples, error);
}

int resample_improvement(const struct resample_scores *x, const struct resample_scores *y,
			 const struct resample_plan *plan, struct resample_interval *out,
			 struct error *error)
{
	struct random_stream stream;
	struct samples samples = {.rarest = 1.0};
	struct resample_interval made = {.resamples = 0};
	double *replicates = NULL;
	int status = check_pair(x, y, &samples, error);
	if (!status)
		status = start(plan, all_runs(x) + all_runs(y), &stream, &made, &replicates, error);
	if (status)
		return status;
	double *memory = replicates + made.resamples;
	made.estimate = improvement(x, y, NULL, NULL);
	made.why = reason_of(samples.one_value, samples.rarest);
	for (int64_t b = 0; !made.why && b < made.resamples; b++)
		replicates[b] = improvement(x, y, &stream, memory);
	if (!made.why)
		take_interval(&made, replicates, 0.0);
	free(replicates);
	*out = made;
	return 0;
}

struct verdict resample_verdict(const struct resample_interval *interval, double no_difference,
				bool lower_is_better)
{
	struct verdict verdict = {comparison_of(interval->interval, interval->low, interval->high,
						no_difference, lower_is_better),
				  interval->why};
	return verdict;
}
