/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper from the experiments beside the ablation: matching, controls, sensitivity. */
#include <inttypes.h>
#include <math.h> /* fabs */
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

/* NULL, and a sentence in its place, where the experiment has no table. */
static const struct study *find(FILE *out, const struct paper_source *source, enum study_name name)
{
	const struct study *study = source->studies ? &source->studies->of[name] : NULL;
	if (study && study->there) {
		if (study->table.runs < study->table.planned)
			fprintf(out, "Preliminary: %" PRId64 " of %" PRId64 " runs are in.\n\n",
				study->table.runs, study->table.planned);
		return study;
	}
	fprintf(out, "Not trained yet (`make studies` trains `configs/%s.json`).\n",
		study_names[name]);
	return NULL;
}

static const struct statistics *difference_of(const struct comparison_pair *pair)
{
	return pair->n > 0 ? &pair->paired.difference : NULL;
}

static void write_asked(FILE *out, const struct study *study, enum study_name name)
{
	const struct comparisons *c = &study->asked;
	struct grid grid;
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tquestion\tarms\t#difference\t#p\t#p, Holm\tverdict");
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		char label[COMPARISON_LABEL], finding[COMPARISON_VERDICT];
		comparison_label(c->table, pair->row, pair->reference, label);
		comparison_pair_finding(pair, true, finding);
		grid_text(&grid, pair->row->task);
		grid_text(&grid, study_question_of(name, pair)->text);
		grid_text(&grid, label);
		grid_estimate(&grid, difference_of(pair), true);
		grid_p(&grid, pair->tested, pair->flip.p);
		grid_p(&grid, pair->tested, pair->holm);
		grid_text(&grid, finding);
	}
	fprintf(out, "\nHolm's adjustment is over these %" PRId64 " comparisons.\n", c->family);
	comparisons_write_drawn(out, c);
}

/* "equal total parameters: better on a, b; undecided on c" */
static void write_summary(FILE *out, const struct comparisons *c, const char *reference,
			  const char *question)
{
	static const enum comparison order[] = {COMPARISON_BETTER, COMPARISON_WORSE,
						COMPARISON_UNDECIDED, COMPARISON_NONE};
	const char *separator = "";
	fprintf(out, "- Mixture against Dense at %s: ", question);
	for (size_t o = 0; o < sizeof order / sizeof *order; o++) {
		const char *comma = "";
		for (int64_t i = 0; i < c->pair_count; i++) {
			const struct comparison_pair *pair = &c->pair[i];
			if (strcmp(pair->reference->arm, reference) != 0 ||
			    pair->verdict != order[o])
				continue;
			if (!comma[0])
				fprintf(out, "%s%s on ", separator, comparison_name(order[o]));
			fprintf(out, "%s%s%s", comma, pair->row->task,
				comparison_pair_decided(pair) && !pair->after_holm
				    ? " (not after Holm)"
				    : "");
			comma = ", ";
			separator = "; ";
		}
	}
	fputs(".\n", out);
}

void paper_write_matching(FILE *out, const struct paper_source *source)
{
	const struct study *study = find(out, source, STUDY_MATCHING);
	if (!study)
		return;
	const struct comparisons *c = &study->asked;
	for (int64_t i = 0; i < c->pair_count; i++)
		if (strcmp(c->pair[i].row->task, c->pair[0].row->task) == 0)
			write_summary(out, c, c->pair[i].reference->arm,
				      study_question_of(STUDY_MATCHING, &c->pair[i])->text);
	struct grid grid;
	fputc('\n', out);
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tarm\t#parameters\t#active\t#training FLOPs per sample\t#misses what it "
		   "is matched to by\t#metric");
	for (int64_t i = 0; i < study->table.row_count; i++) {
		const struct table_row *row = &study->table.row[i];
		grid_text(&grid, row->task);
		grid_text(&grid, row->arm);
		grid_integer(&grid, row->total_params);
		grid_integer(&grid, row->active_params);
		grid_integer(&grid, row->train_flops);
		grid_residual(&grid, row->match_residual, row->match_target);
		grid_estimate(&grid, table_row_statistics(row, row->primary_metric), false);
	}
	fputc('\n', out);
	write_asked(out, study, STUDY_MATCHING);
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* The fine codec must do nothing: what the intervals leave possible, next to the spread of seeds.
 */
static void write_fine_codec(FILE *out, const struct comparison_pair *pair)
{
	const struct statistics *d = &pair->paired.difference;
	const struct table_metric *alone = table_row_primary(pair->reference);
	char bound[CELL_TEXT], spread[CELL_TEXT], estimate[CELL_TEXT];
	if (study_question_of(STUDY_CONTROLS, pair)->use != USE_NOTHING || pair->n < 2 || !alone)
		return;
	if (pair->why == REASON_NO_DIFFERENCE) {
		fprintf(out,
			"- %s: a codec fine enough to lose nothing changes %s on none of %" PRId64
			" seeds.\n",
			pair->row->task, pair->row->primary_metric, pair->n);
		return;
	}
	if (!d->interval)
		return;
	cell_number(larger(fabs(d->ci_low), fabs(d->ci_high)), false, bound);
	cell_number(alone->statistics.sd, false, spread);
	cell_estimate(d, true, estimate);
	fprintf(out,
		"- %s: a codec fine enough to lose nothing changes %s by %s. %s A change of more "
		"than %s either way is outside the interval; seeds of %s "
		"alone have a standard deviation of %s.\n",
		pair->row->task, pair->row->primary_metric, estimate,
		d->ci_low > 0.0 || d->ci_high < 0.0
		    ? "The interval leaves zero out, which it should not."
		    : "The interval covers zero, as it should.",
		bound, pair->reference->arm, spread);
}

void paper_write_controls(FILE *out, const struct paper_source *source)
{
	const struct study *study = find(out, source, STUDY_CONTROLS);
	if (!study)
		return;
	write_asked(out, study, STUDY_CONTROLS);
	fputc('\n', out);
	for (int64_t i = 0; i < study->asked.pair_count; i++)
		write_fine_codec(out, &study->asked.pair[i]);
	static const char *const means[] = {"router.dead", "router.load_cv",
					    "router.class_information", "router.true_information"};
	struct grid grid;
	fputc('\n', out);
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tarm\t#metric\t#dead experts\t#load CV\t#bits on the class\t#bits on the "
		   "true expert");
	for (int64_t i = 0; i < study->table.row_count; i++) {
		const struct table_row *row = &study->table.row[i];
		grid_text(&grid, row->task);
		grid_text(&grid, row->arm);
		grid_estimate(&grid, table_row_statistics(row, row->primary_metric), false);
		for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
			const struct statistics *s = table_row_statistics(row, means[m]);
			grid_number(&grid, s != NULL, s ? s->mean : 0.0, false);
		}
	}
}

static void write_point(struct grid *grid, const struct table_row *row, const char *setting,
			const char *value)
{
	grid_text(grid, row->task);
	grid_text(grid, setting);
	grid_text(grid, value);
	grid_print(grid, "%" PRId64, row->runs);
	grid_estimate(grid, table_row_statistics(row, row->primary_metric), false);
}

/* One task's points, parameter by parameter. */
static void write_points(struct grid *grid, const struct comparisons *c, const char *task)
{
	bool begun = false;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		int parameter = study_parameter(pair->row->variant);
		char value[PARAMETER_VALUE], verdict[COMPARISON_VERDICT];
		if (strcmp(pair->row->task, task) != 0)
			continue;
		if (!begun) {
			write_point(grid, pair->reference, "all as in the ablation", "–");
			grid_unknown(grid);
			grid_unknown(grid);
			begun = true;
		}
		study_value(pair->row->variant, parameter, value);
		comparison_pair_verdict(pair, verdict);
		write_point(grid, pair->row, parameter_names[parameter], value);
		grid_estimate(grid, difference_of(pair), true);
		grid_text(grid, verdict);
	}
}

static void write_sensitive(FILE *out, const struct comparisons *c, const char *task)
{
	int64_t points = 0, decided = 0, none = 0;
	const char *separator = " (";
	for (int64_t i = 0; i < c->pair_count; i++)
		if (strcmp(c->pair[i].row->task, task) == 0) {
			points++;
			decided += comparison_pair_decided(&c->pair[i]);
			none += c->pair[i].verdict == COMPARISON_NONE;
		}
	fprintf(out, "- %s: of %" PRId64 " changes of one setting %" PRId64 " move%s the metric",
		task, points, decided, decided == 1 ? "s" : "");
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		int parameter = study_parameter(pair->row->variant);
		char value[PARAMETER_VALUE];
		if (strcmp(pair->row->task, task) != 0 || !comparison_pair_decided(pair))
			continue;
		study_value(pair->row->variant, parameter, value);
		fprintf(out, "%s%s = %s %s", separator, parameter_names[parameter], value,
			comparison_name(pair->verdict));
		separator = ", ";
	}
	fprintf(out, "%s by an interval that leaves zero out", decided ? ")" : "");
	if (none)
		fprintf(out, "; for %" PRId64 " the seeds are too few, or tied, for a verdict",
			none);
	fputs(".\n", out);
}

void paper_write_sensitivity(FILE *out, const struct paper_source *source)
{
	const struct study *study = find(out, source, STUDY_SENSITIVITY);
	if (!study)
		return;
	const struct table *table = &study->table;
	struct grid grid;
	for (int64_t i = 0; i < table->row_count; i++)
		if (table_task_begins(table, i))
			write_sensitive(out, &study->asked, table->row[i].task);
	fprintf(out,
		"\nMetrics of the %s part; differences from the first line of the task, paired by "
		"seed, verdicts without a correction for their number.\n\n",
		table->on_test ? "test" : "validation");
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tsetting\tvalue\t#seeds\t#metric\t#difference\tverdict");
	for (int64_t i = 0; i < table->row_count; i++)
		if (table_task_begins(table, i))
			write_points(&grid, &study->asked, table->row[i].task);
	for (int64_t i = 0; i < table->row_count; i++) {
		char stem[64];
		if (!table_task_begins(table, i))
			continue;
		table_task_stem(table->row[i].task, stem);
		fprintf(out,
			"\n![%s: sensitivity to λ, τ, digits and p]"
			"(results/%s/figures/sensitivity-%s.svg)\n",
			table->row[i].task, table->experiment, stem);
	}
}
