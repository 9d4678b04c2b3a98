/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of arms over all tasks. */
#include <math.h> /* NAN */
#include <stdlib.h>
#include <string.h>

#include "harness/tables/comparisons.h"
#include "harness/statistics/reproducible.h"

/* What the resampling takes, a stratum per task. */
struct strata {
	int64_t tasks;
	int64_t *n, *n_reference;                        /* both owned by n */
	const double **difference, **value, **reference; /* all owned by difference */
	double rounding;                                 /* the largest of the tasks' */
	double *negated; /* owned; all strata's values where lower is better */
};

static bool same_arm(const struct table_row *a, const struct table_row *b)
{
	return a->size == b->size && strcmp(a->arm, b->arm) == 0 &&
	       strcmp(a->variant, b->variant) == 0;
}

bool comparison_across_has(const struct comparison_across *across,
			   const struct comparison_pair *pair)
{
	return pair->n > 0 && same_arm(across->row, pair->row) &&
	       same_arm(across->reference, pair->reference);
}

static void free_strata(struct strata *s)
{
	free(s->n);
	free(s->difference);
	free(s->negated);
}

/* Whatever it returns, free_strata is due. */
static int open_strata(struct strata *s, const struct comparisons *made, struct error *error)
{
	size_t pairs = (size_t)made->pair_count + 1, values = 1;
	for (int64_t i = 0; i < made->pair_count; i++)
		values += (size_t)(made->pair[i].row->runs + made->pair[i].reference->runs);
	*s = (struct strata){.n = calloc(2 * pairs, sizeof *s->n),
			     .difference = calloc(3 * pairs, sizeof *s->difference),
			     .negated = calloc(values, sizeof *s->negated)};
	if (!s->n || !s->difference || !s->negated)
		return error_no_memory(error, NULL);
	s->n_reference = s->n + pairs;
	s->value = s->difference + pairs;
	s->reference = s->value + pairs;
	return 0;
}

/* The values so that more is better. */
static const double *rising(const struct table_row *row, double **free_space)
{
	const double *values = table_row_primary(row)->values;
	double *negated = *free_space;
	if (!table_lower_is_better(row->primary_metric))
		return values;
	for (int64_t i = 0; i < row->runs; i++)
		negated[i] = -values[i];
	*free_space += row->runs;
	return negated;
}

static void fill_strata(struct strata *s, struct comparison_across *across,
			const struct comparisons *made)
{
	double *free_space = s->negated;
	across->one_metric = true;
	for (int64_t i = 0; i < made->pair_count; i++) {
		const struct comparison_pair *pair = &made->pair[i];
		if (!comparison_across_has(across, pair))
			continue;
		s->n[s->tasks] = pair->row->runs;
		s->n_reference[s->tasks] = pair->reference->runs;
		s->difference[s->tasks] = pair->differences;
		s->value[s->tasks] = rising(pair->row, &free_space);
		s->reference[s->tasks] = rising(pair->reference, &free_space);
		s->tasks++;
		across->better += pair->verdict == COMPARISON_BETTER;
		across->worse += pair->verdict == COMPARISON_WORSE;
		across->undecided += pair->verdict == COMPARISON_UNDECIDED;
		across->no_verdict += pair->verdict == COMPARISON_NONE;
		s->rounding = pair->rounding > s->rounding ? pair->rounding : s->rounding;
		if (strcmp(pair->row->primary_metric, across->row->primary_metric) != 0)
			across->one_metric = false;
	}
	across->tasks = s->tasks;
}

static int resample_differences(struct strata *s, struct comparison_across *across,
				const struct comparisons *made, const struct resample_plan *plan,
				struct error *error)
{
	int64_t t = 0;
	bool finite = true;
	/* Seeds in both arms; the arms themselves may have more. */
	for (int64_t i = 0; i < made->pair_count; i++)
		if (comparison_across_has(across, &made->pair[i])) {
			s->n[t++] = made->pair[i].n;
			finite = finite &&
				 reproducible_finite(made->pair[i].differences, made->pair[i].n);
		}
	if (!finite) {
		across->iqm = (struct resample_interval){.estimate = NAN, .why = REASON_NOT_FINITE};
		return 0;
	}
	const struct resample_scores differences = {s->tasks, s->n, s->difference};
	int status = resample_iqm(&differences, plan, &across->iqm, error);
	across->iqm_verdict =
	    resample_verdict(&across->iqm, 0.0, table_lower_is_better(across->row->primary_metric))
		.comparison;
	return status;
}

static int resample(struct strata *s, struct comparison_across *across,
		    const struct comparisons *made, struct error *error)
{
	const struct table_row *a = across->row, *b = across->reference;
	char name[1024];
	snprintf(name, sizeof name, "all tasks/%s/%s/%s/%s/%s", arch_size_names[a->size], a->arm,
		 a->variant, b->arm, b->variant);
	const struct resample_plan plan = {
	    .seed = COMPARISONS_SEED, .name = name, .rounding = s->rounding};
	const struct resample_scores ours = {s->tasks, s->n, s->value};
	const struct resample_scores theirs = {s->tasks, s->n_reference, s->reference};
	int status = resample_improvement(&ours, &theirs, &plan, &across->improvement, error);
	across->improvement_verdict = resample_verdict(&across->improvement, 0.5, false).comparison;
	if (!status && across->one_metric)
		status = resample_differences(s, across, made, &plan, error);
	return status;
}

static bool is_known(const struct comparisons *made, const struct comparison_pair *pair)
{
	for (int64_t i = 0; i < made->across_count; i++)
		if (comparison_across_has(&made->across[i], pair))
			return true;
	return false;
}

static int add_across(struct comparisons *made, const struct comparison_pair *pair,
		      struct error *error)
{
	struct comparison_across *across = &made->across[made->across_count++];
	struct strata strata;
	*across = (struct comparison_across){.row = pair->row, .reference = pair->reference};
	int status = open_strata(&strata, made, error);
	if (!status) {
		fill_strata(&strata, across, made);
		status = resample(&strata, across, made, error);
	}
	free_strata(&strata);
	return status;
}

int comparisons_make_across(struct comparisons *made, struct error *error)
{
	int status = 0;
	made->across = calloc((size_t)made->pair_count + 1, sizeof *made->across);
	if (!made->across)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; !status && i < made->pair_count; i++)
		if (made->pair[i].n > 0 && !is_known(made, &made->pair[i]))
			status = add_across(made, &made->pair[i], error);
	return status;
}
