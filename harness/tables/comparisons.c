/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/comparisons.h"

#include <stdlib.h>
#include <string.h>

#include "foundation/html_text.h"
#include "harness/training/metrics.h"
#include "harness/statistics/reproducible.h"

/* NULL: a Dense arm has none. */
static const struct router *router_in(const struct table_row *row)
{
	return row->model_kind == MODEL_MOE ? router_of(row->router_kind) : NULL;
}

/* Of several arms with a router only the first shows what another one adds to it: the others are
 * controls or differ in more than that. */
static bool is_first_with(const struct router *router, const struct table *table,
			  const struct table_row *row)
{
	if (router_in(row) != router)
		return false;
	for (const struct table_row *other = table->row; other < row; other++)
		if (table_same_place(other, row) && router_in(other) == router)
			return strcmp(other->arm, row->arm) == 0;
	return true;
}

static bool is_reference(const struct table *table, const struct table_row *row,
			 const struct table_row *reference)
{
	const struct router *ours = router_in(row), *theirs = router_in(reference);
	return !theirs || theirs->is_baseline ||
	       (ours && ours->adds_to && is_first_with(ours->adds_to, table, reference));
}

static bool has_setting(const char *variant, const char *setting, size_t length)
{
	for (const char *at = variant; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == length && strncmp(at, setting, length) == 0)
			return true;
	return false;
}

/* How many settings `part` has, when `whole` has them all; else -1. */
static int settings_shared(const char *part, const char *whole)
{
	int count = 0;
	for (const char *at = part; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
		if (!has_setting(whole, at, strcspn(at, " ")))
			return -1;
		count++;
	}
	return count;
}

/* The row of `arm` that `row` is compared with. */
static const struct table_row *find_arm(const struct table *table, const struct table_row *row,
					const char *arm)
{
	const struct table_row *found = NULL;
	int most = -1;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *other = &table->row[i];
		if (!table_same_place(row, other) || strcmp(other->arm, arm) != 0)
			continue;
		int count = settings_shared(other->variant, row->variant);
		if (count <= most)
			continue;
		found = other;
		most = count;
	}
	return found;
}

static bool refers_to(const struct table *table, const struct table_row *row,
		      const struct table_row *reference)
{
	return is_reference(table, row, reference) && table_same_place(row, reference) &&
	       strcmp(row->arm, reference->arm) != 0 &&
	       find_arm(table, row, reference->arm) == reference;
}

/* Two references are compared once. */
static bool is_pair(const struct table *table, const struct table_row *row,
		    const struct table_row *reference)
{
	return refers_to(table, row, reference) &&
	       !(reference < row && refers_to(table, reference, row));
}

static void pair_name(const struct comparison_pair *pair, char *name, size_t size)
{
	const struct table_row *a = pair->row, *b = pair->reference;
	snprintf(name, size, "%s/%s/%s/%s/%s/%s/%s", a->task, a->primary_metric,
		 arch_size_names[a->size], a->arm, a->variant, b->arm, b->variant);
}

/* n, seeds and differences; none where an arm has no runs yet. */
static int take_differences(struct comparison_pair *pair, double *scale, struct error *error)
{
	const struct table_row *row = pair->row, *reference = pair->reference;
	const struct table_metric *x = table_row_primary(row), *y = table_row_primary(reference);
	pair->seeds = calloc((size_t)row->runs + 1, sizeof *pair->seeds);
	pair->differences = calloc((size_t)row->runs + 1, sizeof *pair->differences);
	if (!pair->seeds || !pair->differences)
		return error_no_memory(error, NULL);
	if (!x || !y)
		return 0;
	const struct paired_arm ours = {x->values, row->seeds, row->runs};
	const struct paired_arm theirs = {y->values, reference->seeds, reference->runs};
	pair->n = paired_differences(&ours, &theirs, pair->differences, scale);
	/* In the order of the differences. */
	int64_t n = 0;
	for (int64_t i = 0; i < row->runs; i++)
		for (int64_t j = 0; j < reference->runs; j++)
			if (row->seeds[i] == reference->seeds[j])
				pair->seeds[n++] = row->seeds[i];
	return 0;
}

static void plan_seeds(struct comparison_pair *pair)
{
	const struct paired *paired = &pair->paired;
	if (!paired->has_effect)
		return;
	pair->smallest = power_smallest_effect(pair->n, COMPARISONS_POWER) * paired->difference.sd;
	pair->seeds_near =
	    power_seeds(paired->has_hedges ? paired->hedges : paired->effect, COMPARISONS_POWER);
}

static int compare(struct comparison_pair *pair, struct error *error)
{
	char name[1024];
	double scale = 0.0;
	int status = take_differences(pair, &scale, error);
	pair->lower_is_better = table_lower_is_better(pair->row->primary_metric);
	pair->holm = 1.0;
	pair->why = REASON_ONE_VALUE;
	if (status || pair->n == 0)
		return status;
	pair_name(pair, name, sizeof name);
	pair->rounding = paired_rounding(scale);
	const struct resample_plan plan = {
	    .seed = COMPARISONS_SEED, .name = name, .rounding = pair->rounding};
	pair->paired =
	    paired_of(pair->differences, pair->n, scale, metric_range(pair->row->primary_metric));
	pair->flip = sign_flip_test(pair->differences, pair->n, scale, COMPARISONS_SEED, name);
	const struct verdict verdict =
	    paired_verdict(&pair->paired, &pair->flip, pair->lower_is_better);
	pair->verdict = verdict.comparison;
	pair->why = verdict.why;
	plan_seeds(pair);
	bool finite = reproducible_finite(pair->differences, pair->n);
	pair->tested = pair->n >= 2 && finite;
	if (!finite) {
		pair->bca.why = REASON_NOT_FINITE;
		return 0;
	}
	return resample_mean(pair->differences, pair->n, &plan, &pair->bca, error);
}

int comparisons_adjust(struct comparisons *made, struct error *error)
{
	double *p = calloc((size_t)made->pair_count + 1, sizeof *p);
	double *adjusted = calloc((size_t)made->pair_count + 1, sizeof *adjusted);
	int64_t at = 0;
	for (int64_t i = 0; p && i < made->pair_count; i++)
		if (made->pair[i].tested)
			p[made->family++] = made->pair[i].flip.p;
	if (p && adjusted)
		holm_adjust(p, made->family, adjusted);
	for (int64_t i = 0; p && adjusted && i < made->pair_count; i++) {
		struct comparison_pair *pair = &made->pair[i];
		if (pair->tested)
			pair->holm = adjusted[at++];
		pair->after_holm =
		    comparison_pair_decided(pair) && pair->holm <= SIGNIFICANCE_LEVEL;
	}
	int status = p && adjusted ? 0 : error_no_memory(error, NULL);
	free(p);
	free(adjusted);
	return status;
}

int comparisons_add(struct comparisons *made, const struct table_row *row,
		    const struct table_row *reference, struct error *error)
{
	struct comparison_pair *pairs =
	    realloc(made->pair, (size_t)(made->pair_count + 1) * sizeof *pairs);
	if (!pairs)
		return error_no_memory(error, NULL);
	made->pair = pairs;
	struct comparison_pair *pair = &pairs[made->pair_count++];
	*pair = (struct comparison_pair){.row = row, .reference = reference};
	return compare(pair, error);
}

/* By reference first, so that what is compared with one of them stands together. */
static int add_task(struct comparisons *made, const char *task, struct error *error)
{
	const struct table *table = made->table;
	int status = 0;
	for (int64_t r = 0; r < table->row_count; r++)
		for (int64_t i = 0; !status && i < table->row_count; i++)
			if (strcmp(table->row[r].task, task) == 0 &&
			    is_pair(table, &table->row[i], &table->row[r]))
				status =
				    comparisons_add(made, &table->row[i], &table->row[r], error);
	return status;
}

int comparisons_make(struct comparisons *made, const struct table *table, struct error *error)
{
	int status = 0;
	*made = (struct comparisons){.table = table};
	for (int64_t i = 0; !status && i < table->row_count; i++)
		if (table_task_begins(table, i))
			status = add_task(made, table->row[i].task, error);
	status = status ? status : comparisons_adjust(made, error);
	status = status ? status : comparisons_make_across(made, error);
	if (status)
		comparisons_free(made);
	return status;
}

void comparisons_free(struct comparisons *comparisons)
{
	for (int64_t i = 0; i < comparisons->pair_count; i++) {
		free(comparisons->pair[i].seeds);
		free(comparisons->pair[i].differences);
	}
	free(comparisons->pair);
	free(comparisons->across);
	*comparisons = (struct comparisons){0};
}

bool comparison_pair_decided(const struct comparison_pair *pair)
{
	return pair->verdict == COMPARISON_BETTER || pair->verdict == COMPARISON_WORSE;
}

void comparison_pair_reason(const struct comparison_pair *pair, char text[REASON_TEXT])
{
	reason_text(pair->why, pair->n, pair->flip.least, text);
}

static void verdict_text(enum comparison verdict, const char *reason, char text[COMPARISON_VERDICT])
{
	if (verdict == COMPARISON_NONE)
		snprintf(text, COMPARISON_VERDICT, "%s (%s)", comparison_name(verdict), reason);
	else
		snprintf(text, COMPARISON_VERDICT, "%s", comparison_name(verdict));
}

void comparison_pair_verdict(const struct comparison_pair *pair, char text[COMPARISON_VERDICT])
{
	char reason[REASON_TEXT];
	comparison_pair_reason(pair, reason);
	verdict_text(pair->verdict, reason, text);
}

void comparison_pair_finding(const struct comparison_pair *pair, bool reason,
			     char text[COMPARISON_VERDICT])
{
	if (comparison_pair_decided(pair))
		snprintf(text, COMPARISON_VERDICT, "%s, %s after Holm",
			 comparison_name(pair->verdict), pair->after_holm ? "also" : "not");
	else if (reason)
		comparison_pair_verdict(pair, text);
	else
		snprintf(text, COMPARISON_VERDICT, "%s", comparison_name(pair->verdict));
}

void comparison_across_verdict(const struct resample_interval *interval, enum comparison verdict,
			       char text[COMPARISON_VERDICT])
{
	char reason[REASON_TEXT];
	reason_text(interval->why, 0, 0.0, reason);
	verdict_text(verdict, reason, text);
}

double comparisons_smallest_holm(const struct comparisons *comparisons)
{
	double smallest = 1.0;
	for (int64_t i = 0; i < comparisons->pair_count; i++) {
		int64_t n = comparisons->pair[i].n;
		double p = 1.0;
		for (int64_t k = 1; k < n && k < SIGN_FLIP_EXACT; k++)
			p = 0.5 * p;
		if (comparisons->pair[i].tested && p < smallest)
			smallest = p;
	}
	smallest = smallest * (double)comparisons->family;
	return smallest < 1.0 ? smallest : 1.0;
}

void comparison_label(const struct table *table, const struct table_row *row,
		      const struct table_row *reference, char label[COMPARISON_LABEL])
{
	char ours[TABLE_LABEL], theirs[TABLE_LABEL];
	table_row_label(table, row, ours);
	table_row_label(table, reference, theirs);
	snprintf(label, COMPARISON_LABEL, "%s − %s", ours, theirs);
}

void comparison_id(const struct table *table, const struct comparison_pair *pair, char id[TABLE_ID])
{
	const struct table_row *rows[] = {pair->row, pair->reference};
	char label[TABLE_LABEL];
	snprintf(id, TABLE_ID, "pair");
	html_id(id, TABLE_ID, pair->row->task);
	for (int i = 0; i < 2; i++) {
		table_row_label(table, rows[i], label);
		html_id(id, TABLE_ID, label);
	}
}

const char *comparison_style(const struct comparison_pair *pair)
{
	return pair->after_holm ? comparison_name(pair->verdict) : "open";
}
