/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of what was measured: a row per arm, then every metric. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

static void write_estimate(FILE *out, const struct report *report, int64_t r,
			   const struct table_metric *metric)
{
	char text[CELL_TEXT];
	if (!metric) {
		fputs("<td>–</td>", out);
		return;
	}
	cell_estimate(&metric->statistics, false, text);
	report_row_cell(out, report, r, metric->statistics.mean, text);
}

static void write_runs(FILE *out, const struct table_row *row)
{
	html_cell_begin(out, (double)row->runs);
	if (row->runs < row->planned)
		fprintf(out, "%" PRId64 " of %" PRId64 "</td>", row->runs, row->planned);
	else
		fprintf(out, "%" PRId64 "</td>", row->runs);
}

static void write_row(FILE *out, const struct report *report, int64_t r)
{
	const struct table_row *row = &report->table->row[r];
	char text[CELL_TEXT];
	fputs("<tr><th scope=\"row\">", out);
	report_row_label(out, report, r);
	fputs("</th>", out);
	write_runs(out, row);
	write_estimate(out, report, r, table_row_primary(row));
	write_estimate(out, report, r, table_row_metric(row, "loss"));
	html_cell_integer(out, row->total_params);
	html_cell_integer(out, row->active_params);
	html_cell_integer(out, row->train_flops);
	if (!row->match_target) {
		fputs("<td class=\"n\">–</td></tr>\n", out);
		return;
	}
	cell_residual(row->match_residual, row->match_target, " %", text);
	html_cell_begin(out, (double)row->match_residual);
	fprintf(out, "%s</td></tr>\n", text);
}

static void write_task(FILE *out, const struct report *report, int64_t begin, int64_t end)
{
	const struct table_row *row = &report->table->row[begin];
	char heads[GRID_HEADS], caption[256];
	snprintf(
	    heads, sizeof heads,
	    "Arm\t#Runs\t#%s%.100s\t#Loss\t#Parameters\t#Active\t#Training FLOPs\t#Match residual",
	    table_lower_is_better(row->primary_metric) ? "(lower is better) " : "",
	    row->primary_metric);
	snprintf(caption, sizeof caption, "%.64s: mean over seeds [95 %% interval], %s part",
		 row->task, report->table->on_test ? "test" : "validation");
	fputs("<h3>", out);
	html_text(out, row->task);
	fputs("</h3>\n", out);
	html_table_begin(out, caption, heads);
	for (int64_t r = begin; r < end; r++)
		write_row(out, report, r);
	html_table_end(out);
}

static void write_metric(FILE *out, const struct report *report, int64_t r,
			 const struct table_metric *metric)
{
	char text[CELL_TEXT];
	const struct statistics *s = &metric->statistics;
	const double spread[] = {s->has_sd ? s->sd : NAN, s->min, s->max};
	fputs("<tr><th scope=\"row\">", out);
	report_row_label(out, report, r);
	fputs("</th><td>", out);
	html_text(out, metric->name);
	fputs("</td>", out);
	write_estimate(out, report, r, metric);
	for (int i = 0; i < 3; i++) {
		cell_number(spread[i], false, text);
		html_cell_begin(out, spread[i]);
		fprintf(out, "%s</td>", text);
	}
	fputs("</tr>\n", out);
}

static void write_metrics(FILE *out, const struct report *report, int64_t begin, int64_t end)
{
	const struct table *table = report->table;
	char caption[160];
	snprintf(caption, sizeof caption, "%.64s: every metric", table->row[begin].task);
	fputs("<details><summary>", out);
	html_text(out, caption);
	fputs("</summary>\n", out);
	html_table_begin(
	    out, caption,
	    "Arm\tMetric\t#Mean [95 % interval]\t#Standard deviation\t#Least\t#Greatest");
	for (int64_t r = begin; r < end; r++)
		for (int m = 0; m < table->row[r].metric_count; m++)
			write_metric(out, report, r, &table->row[r].metric[m]);
	html_table_end(out);
	fputs("</details>\n", out);
}

void report_write_results(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"results\"><h2 id=\"results\">Results</h2>\n"
	      "<p>Each mean leads to its runs. The order of rows is that of the plan and no "
	      "ranking; columns can be sorted by their heads.</p>\n",
	      out);
	for (int64_t r = 0; r < report->table->row_count; r = report_task_end(report, r)) {
		write_task(out, report, r, report_task_end(report, r));
		write_metrics(out, report, r, report_task_end(report, r));
	}
	fputs("</section>\n", out);
}
