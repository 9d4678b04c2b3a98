/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of the paper in one table, and what the generated task shows of routing. */
#include <inttypes.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

static bool answers(const struct paper_source *source, const struct table_row *row,
		    const struct table_row *reference, enum question_name question)
{
	return question_of(source->plan, source->comparisons->table, row, reference) == question;
}

static void write_answer(struct grid *grid, const struct paper_source *source,
			 enum question_name question)
{
	const struct comparisons *c = source->comparisons;
	struct tally tally = {0};
	char text[TALLY_ANSWER];
	for (int64_t i = 0; i < c->pair_count; i++)
		if (answers(source, c->pair[i].row, c->pair[i].reference, question))
			tally_add(&tally, &c->pair[i]);
	tally_answer(&tally, "on", "task", text);
	grid_text(grid, text);
	grid_print(grid, "%s − %s", questions[question].arm, questions[question].reference);
}

/* One cell, of all pairs of the task that answer. */
static void write_task(struct grid *grid, const struct paper_source *source, const char *task,
		       enum question_name question)
{
	const struct comparisons *c = source->comparisons;
	char text[8192] = "";
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		char estimate[CELL_TEXT] = "–", verdict[COMPARISON_VERDICT];
		size_t used = strlen(text);
		if (strcmp(pair->row->task, task) != 0 ||
		    !answers(source, pair->row, pair->reference, question))
			continue;
		if (pair->n > 0)
			cell_estimate(&pair->paired.difference, true, estimate);
		comparison_pair_verdict(pair, verdict);
		snprintf(text + used, sizeof text - used, "%s%s %s", used ? "; " : "", estimate,
			 verdict);
	}
	grid_text(grid, text[0] ? text : "–");
}

static void write_across(struct grid *grid, const struct paper_source *source,
			 enum question_name question)
{
	const struct comparisons *c = source->comparisons;
	for (int64_t i = 0; i < c->across_count; i++) {
		const struct comparison_across *across = &c->across[i];
		const struct statistics iqm = comparison_across_statistics(&across->iqm);
		char estimate[CELL_TEXT], verdict[COMPARISON_VERDICT];
		if (!across->one_metric ||
		    !answers(source, across->row, across->reference, question))
			continue;
		cell_estimate(&iqm, true, estimate);
		comparison_across_verdict(&across->iqm, across->iqm_verdict, verdict);
		grid_print(grid, "%s %s", estimate, verdict);
		return;
	}
	grid_unknown(grid);
}

void paper_write_answers(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->comparisons->table;
	char heads[GRID_HEADS] = "question\tanswer\tdifference";
	struct grid grid;
	for (int64_t i = 0; i < table->row_count; i++)
		if (table_task_begins(table, i)) {
			char head[sizeof table->row[i].task + 1];
			snprintf(head, sizeof head, "#%s", table->row[i].task);
			grid_add_head(heads, head);
		}
	grid_add_head(heads, "#over tasks (IQM)");
	grid_begin(&grid, out, GRID_MARKDOWN, NULL, heads);
	for (int q = 0; q < QUESTIONS; q++) {
		grid_text(&grid, questions[q].title);
		write_answer(&grid, source, (enum question_name)q);
		for (int64_t i = 0; i < table->row_count; i++)
			if (table_task_begins(table, i))
				write_task(&grid, source, table->row[i].task,
					   (enum question_name)q);
		write_across(&grid, source, (enum question_name)q);
	}
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

static enum question_use use_of(const struct comparison_pair *pair, const char *task)
{
	return strcmp(pair->row->task, task) == 0 ? study_question_of(STUDY_CONTROLS, pair)->use
						  : USE_ANSWER;
}

/* Controls against their arms, in words. */
static void write_controls(FILE *out, const struct comparisons *c, const char *task)
{
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		enum question_use use = use_of(pair, task);
		char estimate[CELL_TEXT], finding[COMPARISON_VERDICT];
		if ((use != USE_RANDOM && use != USE_TOLD) || pair->n < 2)
			continue;
		cell_estimate(&pair->paired.difference, true, estimate);
		comparison_pair_finding(pair, true, finding);
		fprintf(out, "- %s: %s − %s is %s: %s.\n", task, pair->row->arm,
			pair->reference->arm, estimate, finding);
	}
}

/* Only what the intervals decide is said. */
static void write_conclusion(FILE *out, const struct comparisons *c, const char *task)
{
	const char *random = NULL; /* the arm that a random choice beats */
	bool both = false, told = false;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		enum question_use use = use_of(pair, task);
		if (use == USE_RANDOM && pair->verdict == COMPARISON_WORSE) {
			both = random != NULL;
			random = pair->row->arm;
		}
		/* Against the mixture that has to learn it, not against none. */
		told = told || (use == USE_TOLD && pair->reference->model_kind == MODEL_MOE &&
				pair->verdict == COMPARISON_BETTER);
	}
	if (random)
		fprintf(
		    out, "- %s: choosing at random beats what %s%s learned%s.\n", task,
		    both ? "both routers" : random, both ? "" : "'s router",
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
		if (numbers)
			write_controls(out, &controls->asked, task);
		write_conclusion(out, &controls->asked, task);
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
