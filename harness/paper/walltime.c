/* SPDX-License-Identifier: Apache-2.0 */
/* Measured times: what each arm has reached when the fastest is done, which is the fourth way of
 * matching, and what a step costs. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <stdlib.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

#define TEXT csv_table_text

static bool same(const struct csv_table *t, int64_t a, int64_t b, const char *column)
{
	return strcmp(TEXT(t, a, column), TEXT(t, b, column)) == 0;
}

static bool same_arm(const struct csv_table *t, int64_t a, int64_t b)
{
	return same(t, a, b, "task") && same(t, a, b, "arm");
}

/* paper_measured_read has refused what is none. */
static double number(const struct csv_table *t, int64_t row, const char *column)
{
	double value = NAN;
	return csv_number(TEXT(t, row, column), &value) == 0 ? value : NAN;
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
static void write_arm(struct grid *grid, const struct csv_table *t, int64_t last)
{
	double budget = shortest(t, last);
	int64_t within = -1, epochs = 0;
	for (int64_t i = 0; i <= last; i++) {
		if (!same_arm(t, i, last))
			continue;
		epochs++;
		if (number(t, i, "seconds") <= budget)
			within = i;
	}
	grid_text(grid, TEXT(t, last, "task"));
	grid_text(grid, TEXT(t, last, "arm"));
	grid_decimals(grid, 2, number(t, last, "seconds"));
	grid_print(grid, "%s of %" PRId64, within >= 0 ? TEXT(t, within, "epoch") : "0", epochs);
	grid_number(grid, within >= 0, within >= 0 ? number(t, within, "value") : NAN, false);
	grid_number(grid, true, number(t, last, "value"), false);
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
	struct grid grid;
	if (!t)
		return;
	fputs(
	    "Validation metric, mean over seeds, when the fastest arm of the task is through.\n\n",
	    out);
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tarm\t#seconds of all epochs\t#epochs by then\t#metric then\t#metric at "
		   "its own end");
	for (int64_t i = 0; i < t->rows; i++)
		if (i + 1 == t->rows || !same_arm(t, i, i + 1))
			write_arm(&grid, t, i);
	for (int64_t i = 0; i < t->rows; i++)
		if (i == 0 || !same(t, i, i - 1, "task"))
			write_figure(out, t, i);
}

/* The row of the arm that was trained beside `row`; -1: none. */
static int64_t find_beside(const struct csv_table *t, int64_t row, const char *arm)
{
	for (int64_t i = 0; i < t->rows; i++)
		if (same(t, i, row, "task") && same(t, i, row, "seed") &&
		    strcmp(TEXT(t, i, "arm"), arm) == 0)
			return i;
	return -1;
}

/* "1.10 [1.05, 1.15]" of the times of the arm whose first row is `first` over those of `unit`;
 * `ratios` has room for all rows. */
static void ratio_text(const struct csv_table *t, int64_t first, const char *unit, double *ratios,
		       char text[CELL_TEXT])
{
	int64_t n = 0;
	for (int64_t i = first; i < t->rows && same_arm(t, i, first); i++) {
		int64_t beside = find_beside(t, i, unit);
		if (beside >= 0 && number(t, beside, "microseconds") > 0.0)
			ratios[n++] =
			    number(t, i, "microseconds") / number(t, beside, "microseconds");
	}
	struct statistics ratio = statistics_of(ratios, n, RANGE_REAL);
	snprintf(text, CELL_TEXT, "–");
	char mean[CELL_TEXT], low[CELL_TEXT], high[CELL_TEXT];
	cell_decimals(ratio.mean, 2, mean);
	if (n > 0)
		snprintf(text, CELL_TEXT, "%s", mean);
	if (!ratio.interval)
		return;
	cell_decimals(ratio.ci_low, 2, low);
	cell_decimals(ratio.ci_high, 2, high);
	snprintf(text, CELL_TEXT, "%.24s [%.24s, %.24s]", mean, low, high);
}

static void write_step(struct grid *grid, const struct csv_table *t, int64_t first, double *space)
{
	int64_t n = 0;
	char ratio[CELL_TEXT] = "1";
	for (int64_t i = first; i < t->rows && same_arm(t, i, first); i++)
		space[n++] = number(t, i, "microseconds");
	struct statistics time = statistics_of(space, n, RANGE_REAL);
	if (strcmp(TEXT(t, first, "arm"), "SoftmaxOnly") != 0)
		ratio_text(t, first, "SoftmaxOnly", space, ratio);
	grid_text(grid, TEXT(t, first, "task"));
	grid_text(grid, TEXT(t, first, "arm"));
	grid_print(grid, "%" PRId64, n);
	grid_decimals(grid, 0, time.mean);
	grid_text(grid, ratio);
}

/* What each prior adds to the arm without it. */
static void write_priors(FILE *out, const struct csv_table *t, double *space)
{
	char ratio[CELL_TEXT];
	for (const struct question *q = questions; q < questions + QUESTIONS; q++)
		for (int64_t i = 0; q->prior && i < t->rows; i++) {
			if ((i > 0 && same_arm(t, i, i - 1)) ||
			    strcmp(TEXT(t, i, "arm"), q->arm) != 0)
				continue;
			ratio_text(t, i, q->reference, space, ratio);
			fprintf(out, "- %s, %s: a step of %s takes %s of one of %s.\n",
				TEXT(t, i, "task"), q->prior, q->arm, ratio, q->reference);
		}
}

void paper_write_cost(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_STEP_TIME);
	struct grid grid;
	double *space = t ? calloc((size_t)t->rows + 1, sizeof *space) : NULL;
	if (!space)
		return;
	fputs("Ratios seed by seed, mean over seeds [95 % Student interval].\n\n", out);
	write_priors(out, t, space);
	fputc('\n', out);
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tarm\t#seeds\t#microseconds per step\t#of SoftmaxOnly's");
	for (int64_t i = 0; i < t->rows; i++)
		if (i == 0 || !same_arm(t, i, i - 1))
			write_step(&grid, t, i, space);
	free(space);
}
