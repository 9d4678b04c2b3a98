/* SPDX-License-Identifier: Apache-2.0 */
/* Which arms answer which question, and what their paired differences say. */
#include <stdlib.h>
#include <string.h>

#include "harness/training/metrics.h"
#include "harness/report/report.h"
#include "harness/statistics/stable.h"

/* Any seed serves: it is drawn from only beyond SIGN_FLIP_EXACT seeds. */
enum { FLIP_SEED = 1 };
static const double level = 0.05, wanted_power = 0.8;

static bool is_arm(const struct table_row *row, enum model_kind model, enum router_kind router)
{
	return row->model_kind == model && (model == MODEL_DENSE || row->router_kind == router);
}

/* An arm whose router decides: under a control nothing of the prior is left. */
static bool is_free_arm(const struct report *report, int64_t r, enum model_kind model,
			enum router_kind router)
{
	const struct run_spec *spec = report->row[r].spec;
	return is_arm(&report->table->row[r], model, router) &&
	       (model == MODEL_DENSE || !spec || spec->router.control == CONTROL_NONE);
}

/* Of several arms of a kind the first answers; the others differ in more than the question. */
static bool is_asked(const struct report *report, int64_t r, enum model_kind model,
		     enum router_kind router)
{
	const struct table_row *row = &report->table->row[r];
	if (!is_free_arm(report, r, model, router))
		return false;
	for (int64_t i = 0; i < r; i++) {
		const struct table_row *other = &report->table->row[i];
		if (other->size == row->size && strcmp(other->task, row->task) == 0 &&
		    is_free_arm(report, i, model, router))
			return strcmp(other->arm, row->arm) == 0;
	}
	return true;
}

static const struct {
	enum model_kind x_model;
	enum router_kind x_router;
	enum model_kind y_model;
	enum router_kind y_router;
} questions[QUESTIONS] = {
    [QUESTION_SHEAF] = {MODEL_MOE, ROUTER_SHEAF_ONLY, MODEL_MOE, ROUTER_SOFTMAX_ONLY},
    [QUESTION_PADIC] = {MODEL_MOE, ROUTER_SHEAF_PADIC, MODEL_MOE, ROUTER_SHEAF_ONLY},
    [QUESTION_BOTH] = {MODEL_MOE, ROUTER_SHEAF_PADIC, MODEL_MOE, ROUTER_SOFTMAX_ONLY},
    [QUESTION_MIXTURE] = {MODEL_MOE, ROUTER_SOFTMAX_ONLY, MODEL_DENSE, ROUTER_SHEAF_PADIC},
};

static bool has_word(const char *text, const char *word, size_t length)
{
	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

/* How many settings of `part` there are, when `whole` has them all; else -1.  A router with more
 * swept keys is compared with the one that agrees in those both have. */
static int words_shared(const char *part, const char *whole)
{
	int count = 0;
	while (*part) {
		char word[256];
		size_t length = strcspn(part, " ");
		memcpy(word, part, length);
		word[length] = '\0';
		if (length && !has_word(whole, word, length))
			return -1;
		count += length > 0;
		part += length;
		part += strspn(part, " ");
	}
	return count;
}

static int64_t find_reference(const struct report *report, int64_t x, enum report_question question)
{
	const struct table *table = report->table;
	const struct table_row *row = &table->row[x];
	int64_t best = -1;
	int best_count = -1;
	for (int64_t y = 0; y < table->row_count; y++) {
		const struct table_row *other = &table->row[y];
		if (!is_asked(report, y, questions[question].y_model,
			      questions[question].y_router) ||
		    other->size != row->size || strcmp(other->task, row->task) != 0)
			continue;
		int count = words_shared(other->variant, row->variant);
		if (count > best_count) {
			best = y;
			best_count = count;
		}
	}
	return best;
}

static struct paired_arm values_of(const struct table_row *row)
{
	const struct table_metric *metric = table_row_primary(row);
	return (struct paired_arm){metric ? metric->values : NULL, row->seeds,
				   metric ? row->runs : 0};
}

static int measure(struct report_pair *pair, const struct table *table, struct error *error)
{
	const struct table_row *row = &table->row[pair->x];
	struct paired_arm x = values_of(row), y = values_of(&table->row[pair->y]);
	double scale = 0.0;
	pair->differences = calloc((size_t)x.n + 1, sizeof *pair->differences);
	if (!pair->differences)
		return error_no_memory(error, NULL);
	pair->n = paired_differences(&x, &y, pair->differences, &scale);
	pair->paired =
	    paired_of(pair->differences, pair->n, scale, metric_range(row->primary_metric));
	pair->tested = pair->n >= 2 && stable_finite(pair->differences, pair->n);
	pair->why = pair->paired.difference.why;
	if (!pair->tested)
		return 0;
	pair->flip = sign_flip_test(pair->differences, pair->n, scale, FLIP_SEED, row->task);
	const struct verdict verdict =
	    paired_verdict(&pair->paired, &pair->flip, table_lower_is_better(row->primary_metric));
	pair->alone = verdict.comparison;
	pair->why = verdict.why;
	/* Of no spread nothing follows. */
	if (pair->paired.has_effect)
		pair->smallest =
		    power_smallest_effect(pair->n, wanted_power) * pair->paired.difference.sd;
	return 0;
}

static enum report_finding finding_of(const struct report_pair *pair)
{
	if (pair->n < 2)
		return FINDING_UNKNOWN;
	if (pair->alone == COMPARISON_NONE)
		return FINDING_NO_VERDICT;
	if (pair->alone == COMPARISON_UNDECIDED)
		return FINDING_UNDECIDED;
	if (pair->holm > level)
		return FINDING_UNCONFIRMED;
	return pair->alone == COMPARISON_BETTER ? FINDING_BETTER : FINDING_WORSE;
}

/* One family: whoever reads one row of the report reads the others too. */
static int correct(struct report *report, struct error *error)
{
	double *p = calloc((size_t)report->pair_count + 1, sizeof *p);
	double *adjusted = calloc((size_t)report->pair_count + 1, sizeof *adjusted);
	int status = 0;
	if (p && adjusted) {
		for (int64_t i = 0; i < report->pair_count; i++)
			if (report->pair[i].tested)
				p[report->tested++] = report->pair[i].flip.p;
		holm_adjust(p, report->tested, adjusted);
		for (int64_t i = 0, k = 0; i < report->pair_count; i++) {
			if (report->pair[i].tested)
				report->pair[i].holm = adjusted[k++];
			report->pair[i].finding = finding_of(&report->pair[i]);
		}
	} else {
		status = error_no_memory(error, NULL);
	}
	free(p);
	free(adjusted);
	return status;
}

static int compare_task(struct report *report, int64_t begin, int64_t end, struct error *error)
{
	for (int q = 0; q < QUESTIONS; q++)
		for (int64_t x = begin; x < end; x++) {
			enum report_question question = (enum report_question)q;
			if (!is_asked(report, x, questions[q].x_model, questions[q].x_router))
				continue;
			int64_t y = find_reference(report, x, question);
			if (y < 0)
				continue;
			struct report_pair *pair = &report->pair[report->pair_count++];
			*pair = (struct report_pair){.question = question, .x = x, .y = y};
			int status = measure(pair, report->table, error);
			if (status)
				return status;
		}
	return 0;
}

int report_compare(struct report *report, struct error *error)
{
	const struct table *table = report->table;
	report->pair = calloc((size_t)(table->row_count * QUESTIONS) + 1, sizeof *report->pair);
	if (!report->pair)
		return error_no_memory(error, NULL);
	int status = 0;
	for (int64_t r = 0; !status && r < table->row_count; r = report_task_end(report, r))
		status = compare_task(report, r, report_task_end(report, r), error);
	return status ? status : correct(report, error);
}
