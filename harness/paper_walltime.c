/* SPDX-License-Identifier: Apache-2.0 */
/* Measured times: what each arm has reached when the fastest is done, which is the fourth way of
 * matching, and what a step costs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/paper.h"
#include "harness/table_cell.h"

#define TEXT paper_measured_text

static bool same(const struct csv_table *t, int64_t a, int64_t b, const char *column)
{
	return strcmp(TEXT(t, a, column), TEXT(t, b, column)) == 0;
}

static bool same_arm(const struct csv_table *t, int64_t a, int64_t b)
{
	return same(t, a, b, "task") && same(t, a, b, "arm");
}

static double number(const struct csv_table *t, int64_t row, const char *column)
{
	double value = 0.0;
	return csv_number(TEXT(t, row, column), &value) == 0 ? value : 0.0;
}

/* Seconds of the arm that is through with all epochs first. */
static double shortest(const struct csv_table *t, int64_t like)
{
	double least = 0.0;
	for (int64_t i = 0; i < t->rows; i++) {
		if (!same(t, i, like, "task") || (i + 1 < t->rows && same_arm(t, i, i + 1)))
			continue;
		double seconds = number(t, i, "seconds");
		least = least > 0.0 && least < seconds ? least : seconds;
	}
	return least;
}

/* The arm whose last epoch is row `last`. */
static void write_arm(FILE *out, const struct csv_table *t, int64_t last)
{
	double budget = shortest(t, last);
	int64_t within = -1, epochs = 0;
	char then[CELL_TEXT] = "–", end[CELL_TEXT];
	for (int64_t i = 0; i <= last; i++) {
		if (!same_arm(t, i, last))
			continue;
		epochs++;
		if (number(t, i, "seconds") <= budget)
			within = i;
	}
	if (within >= 0)
		cell_number(number(t, within, "value"), false, then);
	cell_number(number(t, last, "value"), false, end);
	fprintf(out, "| %s | %s | %.2f | %s of %" PRId64 " | %s | %s |\n", TEXT(t, last, "task"),
		TEXT(t, last, "arm"), number(t, last, "seconds"),
		within >= 0 ? TEXT(t, within, "epoch") : "0", epochs, then, end);
}

static void write_figure(FILE *out, const struct csv_table *t, int64_t row)
{
	char stem[64];
	table_task_stem(TEXT(t, row, "task"), stem);
	fprintf(out,
		"\n![%s: validation %s over seconds of training]"
		"(results/matching/figures/time-%s.svg)\n",
		TEXT(t, row, "task"), TEXT(t, row, "metric"), stem);
}

static const struct csv_table *find(FILE *out, const struct paper_source *source,
				    enum paper_measurement which)
{
	if (source->measured && source->measured->there[which])
		return &source->measured->table[which];
	fputs("Not measured yet (`make studies` does it).\n", out);
	return NULL;
}

void paper_write_wall_time(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_WALL_TIME);
	if (!t)
		return;
	fputs("Validation metric, mean over seeds, when the fastest arm of the task is through.\n\n"
	      "| task | arm | seconds of all epochs | epochs by then | metric then | metric at its "
	      "own end |\n|---|---|---:|---:|---:|---:|\n",
	      out);
	for (int64_t i = 0; i < t->rows; i++)
		if (i + 1 == t->rows || !same_arm(t, i, i + 1))
			write_arm(out, t, i);
	for (int64_t i = 0; i < t->rows; i++)
		if (i == 0 || !same(t, i, i - 1, "task"))
			write_figure(out, t, i);
}

/* The row of SoftmaxOnly that was trained beside `row`; -1: none. */
static int64_t find_unit(const struct csv_table *t, int64_t row)
{
	for (int64_t i = 0; i < t->rows; i++)
		if (same(t, i, row, "task") && same(t, i, row, "seed") &&
		    strcmp(TEXT(t, i, "arm"), "SoftmaxOnly") == 0)
			return i;
	return -1;
}

/* The arm whose first row is `first`; `times` and `ratios` have room for all rows. */
static void write_step(FILE *out, const struct csv_table *t, int64_t first, double *times,
		       double *ratios)
{
	int64_t n = 0, pairs = 0;
	char ratio[CELL_TEXT] = "–";
	for (int64_t i = first; i < t->rows && same_arm(t, i, first); i++) {
		int64_t unit = find_unit(t, i);
		times[n++] = number(t, i, "microseconds");
		if (unit >= 0 && number(t, unit, "microseconds") > 0.0)
			ratios[pairs++] = times[n - 1] / number(t, unit, "microseconds");
	}
	struct statistics time = statistics_of(times, n), share = statistics_of(ratios, pairs);
	if (strcmp(TEXT(t, first, "arm"), "SoftmaxOnly") == 0)
		snprintf(ratio, sizeof ratio, "1");
	else if (share.interval)
		snprintf(ratio, sizeof ratio, "%.2f [%.2f, %.2f]", share.mean, share.ci_low,
			 share.ci_high);
	fprintf(out, "| %s | %s | %" PRId64 " | %.0f | %s |\n", TEXT(t, first, "task"),
		TEXT(t, first, "arm"), n, time.mean, ratio);
}

void paper_write_cost(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_STEP_TIME);
	double *times = t ? calloc((size_t)t->rows + 1, sizeof *times) : NULL;
	double *ratios = t ? calloc((size_t)t->rows + 1, sizeof *ratios) : NULL;
	if (times && ratios) {
		fputs("Ratio to the step of SoftmaxOnly with the same seed, mean over seeds [95 % "
		      "Student interval].\n\n"
		      "| task | arm | seeds | microseconds per step | of SoftmaxOnly's |\n"
		      "|---|---|---:|---:|---:|\n",
		      out);
		for (int64_t i = 0; i < t->rows; i++)
			if (i == 0 || !same_arm(t, i, i - 1))
				write_step(out, t, i, times, ratios);
	}
	free(times);
	free(ratios);
}
