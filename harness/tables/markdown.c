/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h> /* isfinite */
#include <string.h>

#include "harness/tables/table.h"
#include "harness/tables/cell.h"

/* Metrics that have a column in the first table. */
static const struct metric_column columns[] = {
    {"router.entropy", "#router entropy", 0},
    {"router.dead", "#dead experts", 0},
    {"router.gluing_mean", "#gluing mean", 0},
    {"router.saturated", "#saturated", 0},
};
/* What mixtures did with their experts has a table of its own. */
static const struct metric_column router_columns[] = {
    {"router.load_cv", "#load CV", 0},
    {"router.load_max", "#largest load / mean", 0},
    {"router.outside_nerve", "#outside the nerve", 0},
    {"router.overruled", "#overruled", 0},
    {"router.class_information", "#bits on the class", 0},
    {"router.true_information", "#bits on the true expert", 0},
    {"router.true_agreement", "#agrees with it", 0},
    {"router.padic.error_max", "#largest codec error", 2},
    {"router.padic.digits", "#digits", 0},
    {"router.padic.skipped", "#products skipped", 0},
};
enum {
	COLUMNS = sizeof columns / sizeof *columns,
	ROUTER_COLUMNS = sizeof router_columns / sizeof *router_columns
};

static void write_mean(struct grid *grid, const struct table_row *row,
		       const struct metric_column *column)
{
	const struct statistics *s = table_row_statistics(row, column->metric);
	if (s && column->digits && isfinite(s->mean) && s->mean != 0.0)
		grid_print(grid, "%.*e", column->digits, s->mean);
	else
		grid_number(grid, s != NULL, s ? s->mean : 0.0, false);
}

static void write_row(struct grid *grid, const struct table *table, const struct table_row *row,
		      bool timing)
{
	char label[TABLE_LABEL], id[TABLE_ID];
	table_row_label(table, row, label);
	table_row_id(table, row, id);
	grid_text(grid, label);
	if (row->runs < row->planned)
		grid_print(grid, "%" PRId64 " of %" PRId64, row->runs, row->planned);
	else
		grid_print(grid, "%" PRId64, row->runs);
	grid_mark(grid, (struct grid_mark){.link = id});
	grid_estimate(grid, table_row_statistics(row, row->primary_metric), false);
	grid_mark(grid, (struct grid_mark){.link = id});
	grid_estimate(grid, table_row_statistics(row, "loss"), false);
	grid_integer(grid, row->total_params);
	grid_integer(grid, row->active_params);
	grid_integer(grid, row->train_flops);
	grid_residual(grid, row->match_residual, row->match_target);
	for (int c = 0; c < COLUMNS; c++)
		write_mean(grid, row, &columns[c]);
	if (timing) {
		char text[CELL_TEXT] = "–";
		if (row->runs > 0)
			cell_rounded(row->samples_per_second_mean, text);
		grid_text(grid, text);
	}
}

void table_write_task(FILE *out, enum grid_format format, const struct table *table,
		      const char *task, bool timing)
{
	const struct table_row *row = table_next_row(table, task, NULL);
	char heads[GRID_HEADS], caption[160];
	struct grid grid;
	if (!row)
		return;
	snprintf(heads, sizeof heads,
		 "arm\t#runs\t#%s\t#loss\t#parameters\t#active\t#train FLOPs per sample\t"
		 "#match residual",
		 row->primary_metric);
	for (int c = 0; c < COLUMNS; c++)
		grid_add_head(heads, columns[c].title);
	if (timing)
		grid_add_head(heads, "#samples/s (measured)");
	snprintf(caption, sizeof caption, "%s: mean over seeds [95 %% interval], %s part%s", task,
		 table->on_test ? "test" : "validation",
		 table_lower_is_better(row->primary_metric) ? ", lower is better" : "");
	grid_begin(&grid, out, format, caption, heads);
	for (; row; row = table_next_row(table, task, row))
		write_row(&grid, table, row, timing);
	grid_end(&grid);
}

bool table_write_metrics(FILE *out, enum grid_format format, const struct table *table,
			 const char *task, const struct metric_column *metrics, int count)
{
	char heads[GRID_HEADS] = "router of", caption[96];
	struct grid grid = {0};
	if (!task)
		snprintf(heads, sizeof heads, "task\trouter of");
	for (int c = 0; c < count; c++)
		grid_add_head(heads, metrics[c].title);
	snprintf(caption, sizeof caption, "%s%srouters, means over seeds", task ? task : "",
		 task ? ": " : "");
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		char label[TABLE_LABEL], id[TABLE_ID];
		if ((task && strcmp(row->task, task) != 0) ||
		    !table_row_metric(row, metrics[0].metric))
			continue;
		if (!grid.out) {
			fputs(task && format == GRID_MARKDOWN ? "\n" : "", out);
			grid_begin(&grid, out, format, caption, heads);
		}
		if (!task)
			grid_text(&grid, row->task);
		table_row_label(table, row, label);
		table_row_id(table, row, id);
		grid_mark(&grid, (struct grid_mark){.link = id});
		grid_text(&grid, label);
		for (int c = 0; c < count; c++)
			write_mean(&grid, row, &metrics[c]);
	}
	if (grid.out)
		grid_end(&grid);
	return grid.out != NULL;
}

void table_write_markdown(FILE *out, const struct table *table)
{
	fprintf(out,
		"# %s\n\n%" PRId64 " of %" PRId64 " runs are in. Metrics of the %s part: mean over "
		"seeds [95 %% interval: Student's, of shares on the logit scale; none where all "
		"seeds are equal].\nFLOPs count the matrix products of one sample's "
		"training step. Samples per second are measured, all else is exact.\n",
		table->experiment, table->runs, table->planned,
		table->on_test ? "test" : "validation");
	for (int64_t i = 0; i < table->row_count; i++) {
		if (!table_task_begins(table, i))
			continue;
		fprintf(out, "\n## %s\n\n", table->row[i].task);
		table_write_task(out, GRID_MARKDOWN, table, table->row[i].task, true);
		table_write_metrics(out, GRID_MARKDOWN, table, table->row[i].task, router_columns,
				    ROUTER_COLUMNS);
	}
}
