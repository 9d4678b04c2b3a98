/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/plot.sh hands to gnuplot. */
#include <inttypes.h>
#include <math.h> /* isfinite */
#include <stdlib.h>
#include <string.h>

#include "harness/tables/comparisons.h"
#include "harness/tables/table.h"
#include "harness/tables/studies.h"
#include "foundation/csv_write.h"

/* A band of no width where there is no interval.  What is no number is no point, so that callers
 * ask is_point before they begin a line. */
static void write_band(FILE *out, const struct statistics *s)
{
	bool band = s->interval && isfinite(s->ci_low) && isfinite(s->ci_high);
	const double values[] = {s->mean, band ? s->ci_low : s->mean, band ? s->ci_high : s->mean};
	for (int i = 0; i < 3; i++) {
		fputc(' ', out);
		csv_write_number(out, true, values[i]);
	}
}

/* A line for each seed's value. */
static void write_seeds(FILE *out, int position, const double *values, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		fprintf(out, "%d ", position);
		csv_write_number(out, true, values[i]);
		fputc('\n', out);
	}
}

static bool is_point(const struct statistics *s)
{
	return s->n > 0 && isfinite(s->mean);
}

/* Quotes in the text would end it. */
static void write_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		fputc(*text == '"' ? '\'' : *text, out);
	fputc('"', out);
}

static void write_label(FILE *out, const struct table *table, const struct table_row *row)
{
	char label[TABLE_LABEL];
	table_row_label(table, row, label);
	write_quoted(out, label);
}

static bool has_curve(const struct table_row *row)
{
	for (int64_t e = 0; e < row->curve_count; e++)
		if (is_point(&row->curve[e]))
			return true;
	return false;
}

void table_write_plot_curves(FILE *out, const struct table *table, const char *task)
{
	const struct table_row *row = NULL;
	bool begun = false;
	while ((row = table_next_row(table, task, row)) != NULL) {
		if (!has_curve(row))
			continue;
		fputs(begun ? "\n\n" : "", out);
		begun = true;
		write_label(out, table, row);
		fputc('\n', out);
		for (int64_t e = 0; e < row->curve_count; e++) {
			if (!is_point(&row->curve[e]))
				continue;
			fprintf(out, "%" PRId64, e + 1);
			write_band(out, &row->curve[e]);
			fputc('\n', out);
		}
	}
}

/* The row after `last` that has a place in the figure of the task's final metrics. */
static const struct table_row *next_final(const struct table *table, const char *task,
					  const struct table_row *last)
{
	const struct table_metric *metric;
	while ((last = table_next_row(table, task, last)) != NULL)
		if ((metric = table_row_primary(last)) != NULL && is_point(&metric->statistics))
			break;
	return last;
}

void table_write_plot_final(FILE *out, const struct table *table, const char *task)
{
	const struct table_row *row = NULL;
	int position = 0;
	while ((row = next_final(table, task, row)) != NULL) {
		fprintf(out, "%d ", ++position);
		write_label(out, table, row);
		write_band(out, &table_row_primary(row)->statistics);
		fputc('\n', out);
	}
	fputs(position ? "\n\n" : "", out);
	position = 0;
	while ((row = next_final(table, task, row)) != NULL)
		write_seeds(out, ++position, table_row_primary(row)->values, row->runs);
}

static double value_of(const struct table_row *row, int parameter)
{
	char value[PARAMETER_VALUE];
	study_value(row->variant, parameter, value);
	return strtod(value, NULL);
}

/* The point of a parameter, or of the middle, that follows `last` (NULL: none yet) when they
 * ascend; NULL: none. */
static const struct table_row *next_point(const struct table *table, const char *task,
					  int parameter, const struct table_row *last)
{
	const struct table_row *next = NULL, *row = NULL;
	double from = last ? value_of(last, parameter) : 0.0, least = 0.0;
	while ((row = next_final(table, task, row)) != NULL) {
		int differs = study_parameter(row->variant);
		double value = value_of(row, parameter);
		if (!study_is_point(row->variant) ||
		    (differs != parameter && differs != PARAMETER_MIDDLE) ||
		    (last && (value < from || (value <= from && row <= last))) ||
		    (next && value >= least))
			continue;
		next = row;
		least = value;
	}
	return next;
}

void table_write_plot_sensitivity(FILE *out, const struct table *table, const char *task)
{
	for (int p = 0; p < PARAMETERS; p++) {
		const struct table_row *row = NULL;
		while ((row = next_point(table, task, p, row)) != NULL) {
			char value[PARAMETER_VALUE];
			study_value(row->variant, p, value);
			fprintf(out, "%.*s", (int)strcspn(value, " "), value);
			write_band(out, &table_row_primary(row)->statistics);
			fputc('\n', out);
		}
		fputs("\n\n", out);
	}
}

void table_write_plot_index(FILE *out, const struct table *table)
{
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		char stem[64];
		if (!table_task_begins(table, i))
			continue;
		table_task_stem(row->task, stem);
		fprintf(out, "%s\t%s\t%s\t%s\n", stem, row->task, row->primary_metric,
			table->on_test ? "test" : "validation");
	}
}

static void write_plot_pair(FILE *out, const struct comparisons *comparisons,
			    const struct comparison_pair *pair, int position)
{
	const struct statistics *d = &pair->paired.difference;
	char label[COMPARISON_LABEL], finding[COMPARISON_VERDICT];
	comparison_label(comparisons->table, pair->row, pair->reference, label);
	comparison_pair_finding(pair, false, finding);
	fprintf(out, "%d ", position);
	write_quoted(out, label);
	write_band(out, d);
	fprintf(out, " %d ",
		(pair->verdict == COMPARISON_BETTER) - (pair->verdict == COMPARISON_WORSE));
	write_quoted(out, pair->row->task);
	fputc(' ', out);
	write_quoted(out, pair->row->primary_metric);
	fprintf(out, " %d %d ", pair->after_holm, pair->lower_is_better);
	write_quoted(out, finding);
	fputc('\n', out);
}

/* A point that is no number has no place in a figure. */
static bool is_drawn(const struct statistics *d)
{
	return d->interval && isfinite(d->mean) && isfinite(d->ci_low) && isfinite(d->ci_high);
}

/* The pairs from `first` on of its task; the first of another one, or their count. */
static int64_t write_plot_task(FILE *out, const struct comparisons *comparisons, int64_t first)
{
	const struct comparison_pair *pair = comparisons->pair;
	const char *task = pair[first].row->task;
	int position = 0;
	int64_t end = first;
	for (; end < comparisons->pair_count && strcmp(task, pair[end].row->task) == 0; end++)
		if (is_drawn(&pair[end].paired.difference))
			write_plot_pair(out, comparisons, &pair[end], ++position);
	if (position == 0)
		return end;
	fputs("\n\n", out);
	position = 0;
	for (int64_t i = first; i < end; i++) {
		if (!is_drawn(&pair[i].paired.difference))
			continue;
		position++;
		write_seeds(out, position, pair[i].differences, pair[i].n);
	}
	fputs("\n\n", out);
	return end;
}

void comparisons_write_plot(FILE *out, const struct comparisons *comparisons)
{
	for (int64_t i = 0; i < comparisons->pair_count;)
		i = write_plot_task(out, comparisons, i);
}

bool comparisons_drawn(const struct comparisons *comparisons)
{
	for (int64_t i = 0; i < comparisons->pair_count; i++)
		if (is_drawn(&comparisons->pair[i].paired.difference))
			return true;
	return false;
}
