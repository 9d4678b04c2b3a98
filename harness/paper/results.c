/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper that show results: tables, what was reached, figures. */
#include <inttypes.h>
#include <string.h>

#include "foundation/template.h"
#include "harness/paper/paper.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

static void write_missing(FILE *out, const struct table *table)
{
	if (table->runs < table->planned)
		fprintf(out, "Preliminary: %" PRId64 " of %" PRId64 " runs are in.\n\n",
			table->runs, table->planned);
}

void paper_write_table(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	bool begun = false;
	write_missing(out, table);
	for (int64_t i = 0; i < table->row_count; i++) {
		if (!table_task_begins(table, i))
			continue;
		fprintf(out, "%s### %s\n\n", begun ? "\n" : "", table->row[i].task);
		begun = true;
		table_write_task(out, GRID_MARKDOWN, table, table->row[i].task, false);
	}
}

void paper_write_params(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	struct grid grid;
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "task\tarm\t#parameters\t#active per sample\t#matched to\t#residual");
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		char label[TABLE_LABEL];
		table_row_label(table, row, label);
		grid_text(&grid, row->task);
		grid_text(&grid, label);
		grid_integer(&grid, row->total_params);
		grid_integer(&grid, row->active_params);
		if (row->match_target)
			grid_integer(&grid, row->match_target);
		else
			grid_unknown(&grid);
		grid_residual(&grid, row->match_residual, row->match_target);
	}
}

/* The tasks for which figures from the literature are at hand to compare with. */
static bool is_reached_task(const char *task)
{
	return strcmp(task, "letter") == 0 || strcmp(task, "fashion_mnist") == 0;
}

void paper_write_reached(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	bool any = false;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		const struct table_metric *metric = table_row_primary(row);
		char label[TABLE_LABEL], estimate[CELL_TEXT];
		if (!is_reached_task(row->task) || !metric)
			continue;
		table_row_label(table, row, label);
		cell_estimate(&metric->statistics, false, estimate);
		fprintf(out, "- %s, %s: %s %s %s over %" PRId64 " seed%s\n", row->task, label,
			table->on_test ? "test" : "validation", metric->name, estimate, row->runs,
			row->runs == 1 ? "" : "s");
		any = true;
	}
	if (!any)
		fputs("No run on Letter or Fashion-MNIST is in.\n", out);
}

static json_t *figures_of(const struct table *table, int64_t i)
{
	const struct table_row *row = &table->row[i];
	char stem[64];
	table_task_stem(row->task, stem);
	return json_pack("{s:b s:s s:s s:s}", "first", i == 0, "name", row->task, "metric",
			 row->primary_metric, "stem", stem);
}

/* Paths as the repository has them, wherever the results were read from. */
json_t *paper_curves(const struct paper_source *source)
{
	const struct table *table = source->table;
	json_t *tasks = json_array();
	for (int64_t i = 0; i < table->row_count; i++)
		if (table_task_begins(table, i))
			template_append(&tasks, figures_of(table, i));
	return json_pack("{s:s s:o}", "experiment", table->experiment, "tasks", tasks);
}

/* Whether no other variant of the same task, arm and size has a better mean. */
static bool is_best(const struct table *table, const struct table_row *row)
{
	const struct table_metric *own = table_row_primary(row);
	double sign = table_lower_is_better(row->primary_metric) ? -1.0 : 1.0;
	for (int64_t i = 0; own && i < table->row_count; i++) {
		const struct table_row *other = &table->row[i];
		const struct table_metric *metric = table_row_primary(other);
		if (metric && other->size == row->size && strcmp(other->task, row->task) == 0 &&
		    strcmp(other->arm, row->arm) == 0 &&
		    sign * metric->statistics.mean > sign * own->statistics.mean)
			return false;
	}
	return own != NULL;
}

/* Settings tried on a task by the arm of row `like`; *runs becomes their runs. */
static int64_t settings_of(const struct table *table, int64_t like, int64_t *runs)
{
	int64_t count = 0;
	*runs = 0;
	for (int64_t i = 0; i < table->row_count; i++)
		if (strcmp(table->row[i].task, table->row[like].task) == 0 &&
		    strcmp(table->row[i].arm, table->row[like].arm) == 0) {
			count++;
			*runs += table->row[i].runs;
		}
	return count;
}

static void write_budget(FILE *out, const struct table *table)
{
	int64_t runs, first_runs = 0,
		      first = table->row_count ? settings_of(table, 0, &first_runs) : 0;
	bool equal = true;
	for (int64_t i = 0; i < table->row_count; i++)
		equal = settings_of(table, i, &runs) == first && runs == first_runs && equal;
	if (equal)
		fprintf(out,
			"Every arm had the same budget on every task: %" PRId64
			" settings, %" PRId64 " runs.\n",
			first, first_runs);
	else
		fputs("The arms' budgets are not equal.\n", out);
}

void paper_write_tuning(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->tuning;
	struct grid grid;
	if (!table) {
		fputs("No search for settings is recorded (`make tuning` makes one).\n", out);
		return;
	}
	write_missing(out, table);
	write_budget(out, table);
	fprintf(out, "Metrics of the %s part; the best of each arm in bold.\n\n",
		table->on_test ? "test" : "validation");
	grid_begin(&grid, out, GRID_MARKDOWN, NULL, "task\tarm\t#runs\tmetric\t#mean");
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		const struct table_metric *metric = table_row_primary(row);
		char label[TABLE_LABEL], estimate[CELL_TEXT] = "–";
		const char *bold = is_best(table, row) ? "**" : "";
		table_row_label(table, row, label);
		if (metric)
			cell_estimate(&metric->statistics, false, estimate);
		grid_text(&grid, row->task);
		grid_text(&grid, label);
		grid_print(&grid, "%" PRId64, row->runs);
		grid_text(&grid, row->primary_metric);
		grid_print(&grid, "%s%s%s", bold, estimate, bold);
	}
}
