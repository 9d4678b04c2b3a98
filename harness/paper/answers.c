/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of the paper in one table, and what the generated task shows of routing. */
#include <inttypes.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"

static const struct {
	const char *text, *arm, *reference;
} questions[] = {
    {"Does the sheaf prior help?", "SheafOnly", "SoftmaxOnly"},
    {"Does the p-adic prior help, on top of it?", "SheafPadic", "SheafOnly"},
    {"Do both together help?", "SheafPadic", "SoftmaxOnly"},
    {"Does the mixture help?", "SoftmaxOnly", "Dense"},
};
enum { ANSWERED = sizeof questions / sizeof *questions };

static bool is_question(const struct table_row *row, const struct table_row *reference,
			int question)
{
	return strcmp(row->arm, questions[question].arm) == 0 &&
	       strcmp(reference->arm, questions[question].reference) == 0;
}

/* A yes or a no takes a difference that also Holm's adjustment leaves. */
static void write_word(FILE *out, const struct comparisons *c, int question)
{
	int64_t better = 0, worse = 0, open = 0, none = 0, all = 0;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		if (!is_question(pair->row, pair->reference, question))
			continue;
		all++;
		better += pair->after_holm && pair->verdict == COMPARISON_BETTER;
		worse += pair->after_holm && pair->verdict == COMPARISON_WORSE;
		open += comparison_pair_decided(pair) && !pair->after_holm;
		none += pair->verdict == COMPARISON_NONE;
	}
	if (better && worse)
		fprintf(out, "it depends: better on %" PRId64 ", worse on %" PRId64, better, worse);
	else if (better || worse)
		fprintf(out, "%s on %" PRId64,
			better         ? "yes: better"
			: worse == all ? "no: worse"
				       : "not shown; worse",
			better + worse);
	else
		fprintf(out, "not shown on any");
	fprintf(out, " of %" PRId64 " task%s", all, all == 1 ? "" : "s");
	if (open)
		fprintf(out, "; %" PRId64 " decided, but not after Holm", open);
	if (none)
		fprintf(out, "; no verdict on %" PRId64, none);
}

static void write_tasks(FILE *out, const struct comparisons *c, int question)
{
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		char estimate[CELL_TEXT] = "–", verdict[COMPARISON_VERDICT];
		if (!is_question(pair->row, pair->reference, question))
			continue;
		if (pair->n > 0)
			cell_estimate(&pair->paired.difference, true, estimate);
		comparison_pair_verdict(pair, verdict);
		fprintf(out, " %s %s |", estimate, verdict);
	}
}

static void write_across(FILE *out, const struct comparisons *c, int question)
{
	for (int64_t i = 0; i < c->across_count; i++) {
		const struct comparison_across *across = &c->across[i];
		const struct statistics iqm = {.mean = across->iqm.estimate,
					       .interval = across->iqm.interval,
					       .ci_low = across->iqm.low,
					       .ci_high = across->iqm.high};
		char estimate[CELL_TEXT], verdict[COMPARISON_VERDICT];
		if (!across->one_metric || !is_question(across->row, across->reference, question))
			continue;
		cell_estimate(&iqm, true, estimate);
		comparison_across_verdict(&across->iqm, across->iqm_verdict, verdict);
		fprintf(out, " %s %s |", estimate, verdict);
		return;
	}
	fputs(" – |", out);
}

void paper_write_answers(FILE *out, const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	int64_t tasks = 0;
	fputs("| question | answer | difference |", out);
	for (int64_t i = 0; i < c->table->row_count; i++)
		if (table_task_begins(c->table, i)) {
			fprintf(out, " %s |", c->table->row[i].task);
			tasks++;
		}
	fputs(" over tasks (IQM) |\n|---|---|---|", out);
	for (int64_t i = 0; i <= tasks; i++)
		fputs("---:|", out);
	fputc('\n', out);
	for (int q = 0; q < ANSWERED; q++) {
		fprintf(out, "| %s | ", questions[q].text);
		write_word(out, c, q);
		fprintf(out, " | %s − %s |", questions[q].arm, questions[q].reference);
		write_tasks(out, c, q);
		write_across(out, c, q);
		fputc('\n', out);
	}
}

static const struct comparison_pair *find_pair(const struct comparisons *c, const char *task,
					       const char *arm, const char *reference)
{
	for (int64_t i = 0; i < c->pair_count; i++)
		if (strcmp(c->pair[i].row->task, task) == 0 &&
		    strcmp(c->pair[i].row->arm, arm) == 0 &&
		    strcmp(c->pair[i].reference->arm, reference) == 0)
			return &c->pair[i];
	return NULL;
}

static void write_settled(FILE *out, const struct table *table, const char *task)
{
	const char *separator = "";
	fprintf(out,
		"- %s: share of samples that meet the one pair of experts most met, mean over "
		"seeds, and bits that the choice has on the true expert: ",
		task);
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		const struct table_metric *bits = table_row_metric(row, "router.true_information");
		char label[TABLE_LABEL], share[CELL_TEXT], text[CELL_TEXT];
		bool known;
		double largest = paper_largest_pair(row, &known);
		if (strcmp(row->task, task) != 0 || !known || !bits)
			continue;
		table_row_label(table, row, label);
		cell_decimals(largest, 2, share);
		cell_decimals(bits->statistics.mean, 2, text);
		fprintf(out, "%s%s %s, %s", separator, label, share, text);
		separator = "; ";
	}
	fputs(".\n", out);
}

/* One control against its arm in words; nothing where the study does not have both. */
static void write_control(FILE *out, const struct comparisons *c, const char *task, const char *arm,
			  const char *reference)
{
	const struct comparison_pair *pair = find_pair(c, task, arm, reference);
	char estimate[CELL_TEXT], verdict[COMPARISON_VERDICT];
	if (!pair || pair->n < 2)
		return;
	cell_estimate(&pair->paired.difference, true, estimate);
	comparison_pair_verdict(pair, verdict);
	fprintf(out, "- %s: %s − %s is %s: %s%s.\n", task, arm, reference, estimate, verdict,
		!comparison_pair_decided(pair) ? ""
		: pair->after_holm             ? ", also after Holm"
					       : ", not after Holm");
}

static bool is_decided(const struct comparisons *c, const char *task, const char *arm,
		       const char *reference, enum comparison verdict)
{
	const struct comparison_pair *pair = find_pair(c, task, arm, reference);
	return pair && pair->verdict == verdict;
}

/* Only what the intervals decide is said. */
static void write_conclusion(FILE *out, const struct comparisons *c, const char *task)
{
	bool sheaf = is_decided(c, task, "SheafOnly", "RandomSimplex", COMPARISON_WORSE);
	bool softmax = is_decided(c, task, "SoftmaxOnly", "RandomExperts", COMPARISON_WORSE);
	bool told = is_decided(c, task, "OracleExpert", "SoftmaxOnly", COMPARISON_BETTER);
	if (sheaf || softmax)
		fprintf(
		    out, "- %s: choosing at random beats what %s learned%s.\n", task,
		    sheaf && softmax ? "both routers"
		    : sheaf          ? "SheafOnly's router"
				     : "SoftmaxOnly's router",
		    told ? "; told the true expert, SoftmaxOnly's mixture does better than with "
			   "what it learned: there is a better routing, and training does not find "
			   "it"
			 : "");
	else if (told)
		fprintf(
		    out,
		    "- %s: told the true expert, SoftmaxOnly's mixture does better than with what "
		    "it learned, which is not shown to be worse than a random choice.\n",
		    task);
}

static const struct {
	const char *arm, *reference;
} shown[] = {
    {"SheafOnly", "RandomSimplex"},
    {"SoftmaxOnly", "RandomExperts"},
    {"OracleExpert", "SoftmaxOnly"},
    {"OracleExpert", "Dense"},
};

/* The tasks whose true experts are known; false: there is none. */
static bool write_known(FILE *out, const struct paper_source *source, const struct study *controls,
			bool numbers)
{
	const struct table *table = source->table;
	bool any = false;
	for (int64_t i = 0; i < table->row_count; i++) {
		const char *task = table->row[i].task;
		if (!table_row_metric(&table->row[i], "router.true_information") ||
		    (i > 0 && strcmp(table->row[i - 1].task, task) == 0))
			continue;
		any = true;
		if (numbers)
			write_settled(out, table, task);
		if (!controls->there)
			continue;
		const struct comparisons *c = &controls->asked;
		for (size_t p = 0; numbers && p < sizeof shown / sizeof *shown; p++)
			write_control(out, c, task, shown[p].arm, shown[p].reference);
		write_conclusion(out, c, task);
	}
	return any;
}

static void write_worth(FILE *out, const struct paper_source *source, bool numbers)
{
	static const struct study none = {0};
	const struct study *controls =
	    source->studies ? &source->studies->of[STUDY_CONTROLS] : &none;
	if (!write_known(out, source, controls, numbers))
		fputs("No task with known true experts is in.\n", out);
	else if (!controls->there)
		fputs("- The controls are not trained yet (`make studies`).\n", out);
}

void paper_write_collapse(FILE *out, const struct paper_source *source)
{
	write_worth(out, source, true);
}

void paper_write_conclusion(FILE *out, const struct paper_source *source)
{
	write_worth(out, source, false);
}
