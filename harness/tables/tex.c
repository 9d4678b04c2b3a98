/* SPDX-License-Identifier: Apache-2.0 */
/* One booktabs table per task; needs \usepackage{booktabs}. */
#include <inttypes.h>

#include "harness/tables/table.h"
#include "harness/tables/grid.h"

static struct grid begin_task(FILE *out, const struct table *table, const struct table_row *row)
{
	char heads[GRID_HEADS];
	struct grid grid;
	char stem[64];
	snprintf(heads, sizeof heads,
		 "Arm\t#Runs\t#%s\t#Loss\t#Parameters\t#Active\t#FLOPs\t#Match residual",
		 row->primary_metric);
	table_task_stem(row->task, stem);
	fputs("\n\\begin{table}\n\\centering\n\\caption{", out);
	grid_write_tex(out, table->experiment);
	fputs(", ", out);
	grid_write_tex(out, row->task);
	fprintf(out,
		": mean over seeds [95\\,\\%% interval, of shares on the logit scale] on the %s "
		"part; training FLOPs per sample.}\n\\label{tab:%s}\n",
		table->on_test ? "test" : "validation", stem);
	grid_begin(&grid, out, GRID_TEX, NULL, heads);
	return grid;
}

static void write_row(struct grid *grid, const struct table *table, const struct table_row *row)
{
	char label[TABLE_LABEL];
	table_row_label(table, row, label);
	grid_text(grid, label);
	grid_print(grid, "%" PRId64, row->runs);
	/* A cell may not begin with '[' after \\; it begins with the mean. */
	grid_estimate(grid, table_row_statistics(row, row->primary_metric), false);
	grid_estimate(grid, table_row_statistics(row, "loss"), false);
	grid_integer(grid, row->total_params);
	grid_integer(grid, row->active_params);
	grid_integer(grid, row->train_flops);
	grid_residual(grid, row->match_residual, row->match_target);
}

void table_write_latex(FILE *out, const struct table *table)
{
	struct grid grid;
	fprintf(out, "%% %" PRId64 " of %" PRId64 " runs\n", table->runs, table->planned);
	for (int64_t i = 0; i < table->row_count; i++) {
		if (table_task_begins(table, i))
			grid = begin_task(out, table, &table->row[i]);
		write_row(&grid, table, &table->row[i]);
		if (i + 1 < table->row_count && !table_task_begins(table, i + 1))
			continue;
		grid_end(&grid);
		fputs("\\end{table}\n", out);
	}
}
