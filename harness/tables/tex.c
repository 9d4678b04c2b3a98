/* SPDX-License-Identifier: Apache-2.0 */
/* One booktabs table per task; needs \usepackage{booktabs}. */
#include <inttypes.h>
#include <string.h>

#include "harness/tables/table.h"
#include "harness/tables/cell.h"

static void write_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("_%&#${}", *text))
			fprintf(out, "\\%c", *text);
		else if (*text == '\\')
			fputs("\\textbackslash{}", out);
		else if (*text == '^' || *text == '~')
			fprintf(out, "\\%c{}", *text);
		else
			fputc(*text, out);
	}
}

static void write_estimate(FILE *out, const struct table_metric *metric)
{
	char text[CELL_TEXT] = "--";
	if (metric)
		cell_estimate(&metric->statistics, false, text);
	/* A cell may not begin with '[' after \\; it begins with the mean. */
	fprintf(out, " & %s", text);
}

static void write_row(FILE *out, const struct table *table, const struct table_row *row)
{
	char label[TABLE_LABEL], text[CELL_TEXT];
	const int64_t counts[] = {row->total_params, row->active_params, row->train_flops};
	table_row_label(table, row, label);
	write_text(out, label);
	fprintf(out, " & %" PRId64, row->runs);
	write_estimate(out, table_row_primary(row));
	write_estimate(out, table_row_metric(row, "loss"));
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		cell_integer(counts[i], text);
		fprintf(out, " & %s", text);
	}
	snprintf(text, sizeof text, "--");
	if (row->match_target)
		cell_residual(row->match_residual, row->match_target, "\\,\\%", text);
	fprintf(out, " & %s \\\\\n", text);
}

static void begin_task(FILE *out, const struct table *table, const struct table_row *row)
{
	char stem[64];
	table_task_stem(row->task, stem);
	fputs("\\begin{table}\n\\centering\n\\caption{", out);
	write_text(out, table->experiment);
	fputs(", ", out);
	write_text(out, row->task);
	fprintf(out,
		": mean over seeds [95\\,\\%% interval, of shares on the logit scale] on the %s "
		"part; training FLOPs per "
		"sample.}\n\\label{tab:%s}\n\\begin{tabular}{lrrrrrrr}\n\\toprule\nArm & Runs & ",
		table->on_test ? "test" : "validation", stem);
	write_text(out, row->primary_metric);
	fputs(" & Loss & Parameters & Active & FLOPs & Match residual \\\\\n\\midrule\n", out);
}

static void end_task(FILE *out)
{
	fputs("\\bottomrule\n\\end{tabular}\n\\end{table}\n", out);
}

void table_write_latex(FILE *out, const struct table *table)
{
	fprintf(out, "%% %" PRId64 " of %" PRId64 " runs\n", table->runs, table->planned);
	for (int64_t i = 0; i < table->row_count; i++) {
		if (table_task_begins(table, i)) {
			if (i > 0)
				end_task(out);
			fputc('\n', out);
			begin_task(out, table, &table->row[i]);
		}
		write_row(out, table, &table->row[i]);
	}
	if (table->row_count > 0)
		end_task(out);
}
