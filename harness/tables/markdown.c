/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h> /* isfinite */
#include <string.h>

#include "harness/tables/table.h"
#include "harness/tables/cell.h"

/* Metrics that have a column, after the primary one; the sheaf's only where there is a router. */
static const struct {
	const char *metric, *title;
	bool interval;
} columns[] = {
    {"loss", "loss", true},
    {"router.entropy", "router entropy", false},
    {"router.dead", "dead experts", false},
    {"router.gluing_mean", "gluing mean", false},
    {"router.saturated", "saturated", false},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* What mixtures did with their experts has a table of its own. */
static const struct {
	const char *metric, *title;
	bool tiny; /* too small for a fixed number of decimals */
} router_columns[] = {
    {"router.load_cv", "load CV", false},
    {"router.load_max", "largest load / mean", false},
    {"router.outside_nerve", "outside the nerve", false},
    {"router.overruled", "overruled", false},
    {"router.class_information", "bits on the class", false},
    {"router.true_information", "bits on the true expert", false},
    {"router.true_agreement", "agrees with it", false},
    {"router.padic.error_max", "largest codec error", true},
    {"router.padic.digits", "digits", false},
    {"router.padic.skipped", "products skipped", false},
};
enum { ROUTER_COLUMNS = sizeof router_columns / sizeof *router_columns };

static void write_metric(FILE *out, const struct table_metric *metric, bool interval)
{
	char text[CELL_TEXT] = "–";
	if (metric && interval)
		cell_estimate(&metric->statistics, false, text);
	else if (metric)
		cell_number(metric->statistics.mean, false, text);
	fprintf(out, " %s |", text);
}

static void write_counts(FILE *out, const struct table_row *row)
{
	const int64_t counts[] = {row->total_params, row->active_params, row->train_flops};
	char text[CELL_TEXT];
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		cell_integer(counts[i], text);
		fprintf(out, " %s |", text);
	}
	snprintf(text, sizeof text, "–");
	if (row->match_target)
		cell_residual(row->match_residual, row->match_target, " %", text);
	fprintf(out, " %s |", text);
}

static void write_timing(FILE *out, const struct table_row *row)
{
	char text[CELL_TEXT] = "–";
	if (row->runs > 0)
		cell_rounded(row->samples_per_second_mean, text);
	fprintf(out, " %s |", text);
}

static void write_row(FILE *out, const struct table *table, const struct table_row *row,
		      bool timing)
{
	char label[TABLE_LABEL];
	table_row_label(table, row, label);
	fprintf(out, "| %s | ", label);
	if (row->runs < row->planned)
		fprintf(out, "%" PRId64 " of %" PRId64 " |", row->runs, row->planned);
	else
		fprintf(out, "%" PRId64 " |", row->runs);
	write_metric(out, table_row_primary(row), true);
	for (int c = 0; c < COLUMNS; c++) {
		write_metric(out, table_row_metric(row, columns[c].metric), columns[c].interval);
		if (c == 0) /* size and cost stand before the router's inner life */
			write_counts(out, row);
	}
	if (timing)
		write_timing(out, row);
	fputc('\n', out);
}

static void write_head(FILE *out, const char *primary, bool timing)
{
	fprintf(out,
		"| arm | runs | %s | loss | parameters | active | train FLOPs per sample | "
		"match residual |",
		primary);
	for (int c = 1; c < COLUMNS; c++)
		fprintf(out, " %s |", columns[c].title);
	fputs(timing ? " samples/s (measured) |\n" : "\n", out);
	fputs("|---|---:|---:|---:|---:|---:|---:|---:|", out);
	for (int c = 1; c < COLUMNS + timing; c++)
		fputs("---:|", out);
	fputc('\n', out);
}

void table_write_markdown_task(FILE *out, const struct table *table, const char *task, bool timing)
{
	bool begun = false;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		if (strcmp(row->task, task) != 0)
			continue;
		if (!begun)
			write_head(out, row->primary_metric, timing);
		begun = true;
		write_row(out, table, row, timing);
	}
}

static void write_router_row(FILE *out, const struct table *table, const struct table_row *row)
{
	char label[TABLE_LABEL];
	table_row_label(table, row, label);
	fprintf(out, "| %s |", label);
	for (int c = 0; c < ROUTER_COLUMNS; c++) {
		const struct table_metric *metric = table_row_metric(row, router_columns[c].metric);
		if (metric && router_columns[c].tiny && isfinite(metric->statistics.mean))
			fprintf(out, " %.2e |", metric->statistics.mean);
		else
			write_metric(out, metric, false);
	}
	fputc('\n', out);
}

/* Nothing where the task has no mixture with these metrics. */
static void write_routers(FILE *out, const struct table *table, const char *task)
{
	bool begun = false;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		if (strcmp(row->task, task) != 0 ||
		    !table_row_metric(row, router_columns[0].metric))
			continue;
		if (!begun) {
			fputs("\n| router of |", out);
			for (int c = 0; c < ROUTER_COLUMNS; c++)
				fprintf(out, " %s |", router_columns[c].title);
			fputs("\n|---|", out);
			for (int c = 0; c < ROUTER_COLUMNS; c++)
				fputs("---:|", out);
			fputc('\n', out);
		}
		begun = true;
		write_router_row(out, table, row);
	}
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
		table_write_markdown_task(out, table, table->row[i].task, true);
		write_routers(out, table, table->row[i].task);
	}
}
