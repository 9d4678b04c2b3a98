/* SPDX-License-Identifier: Apache-2.0 */
/* Where every number comes from: comparisons seed by seed, and each run with what makes it again.
 */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

/* The plan's run of that row and seed; -1: none. */
static int64_t find_run(const struct report *report, int64_t row, int64_t seed)
{
	for (int64_t i = 0; i < report->plan->run_count; i++)
		if (report->run[i].row == row && (int64_t)report->plan->runs[i].seed == seed)
			return i;
	return -1;
}

static double primary_of(const struct report *report, int64_t run)
{
	const struct report_run *at = &report->run[run];
	const struct table_metric *metric = table_row_primary(&report->table->row[at->row]);
	return metric ? metric->values[at->index] : NAN;
}

static void write_value(FILE *out, const struct report *report, int64_t run)
{
	char text[CELL_TEXT];
	double value = primary_of(report, run);
	cell_number(value, false, text);
	html_cell_begin(out, value);
	fprintf(out, "<a href=\"#run-%s\">%s</a></td>", report->plan->runs[run].run_id, text);
}

static void write_seeds(FILE *out, const struct report *report, const struct comparison_pair *pair)
{
	const struct table_row *rows = report->table->row;
	for (int64_t s = 0; s < pair->n; s++) {
		int64_t ours = find_run(report, pair->row - rows, pair->seeds[s]);
		int64_t theirs = find_run(report, pair->reference - rows, pair->seeds[s]);
		char text[REPORT_DIFFERENCE];
		if (ours < 0 || theirs < 0)
			continue;
		double d = pair->differences[s];
		fputs("<tr>", out);
		html_cell_integer(out, pair->seeds[s]);
		write_value(out, report, ours);
		write_value(out, report, theirs);
		report_difference(pair->row->primary_metric, d, true, text);
		html_cell_begin(out, d);
		fprintf(out, "%s</td></tr>\n", text);
	}
}

static void write_pair(FILE *out, const struct report *report, const struct comparison_pair *pair)
{
	bool share = report_is_share(pair->row->primary_metric);
	char caption[512], ours[TABLE_LABEL], theirs[TABLE_LABEL];
	table_row_label(report->table, pair->row, ours);
	table_row_label(report->table, pair->reference, theirs);
	snprintf(caption, sizeof caption, "%.64s, %.80s: %.160s − %.160s", pair->row->task,
		 pair->row->primary_metric, ours, theirs);
	fputs("<details id=\"", out);
	report_pair_id(out, report, pair);
	fputs("\"><summary>", out);
	html_text(out, caption);
	fputs(" – ", out);
	report_finding(out, pair);
	report_reason(out, pair);
	fputs("</summary>\n", out);
	html_table_begin(out, caption,
			 share ? "#Seed\t#First arm\t#Second arm\t#Difference, points"
			       : "#Seed\t#First arm\t#Second arm\t#Difference");
	write_seeds(out, report, pair);
	html_table_end(out);
	fputs("</details>\n", out);
}

void report_write_pairs(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"pairs\"><h2 id=\"pairs\">Comparisons seed by seed</h2>\n",
	      out);
	for (int64_t i = 0; i < report->comparisons.pair_count; i++)
		write_pair(out, report, &report->comparisons.pair[i]);
	fputs("</section>\n", out);
}

static void write_commands(FILE *out, const struct report *report, const char *id)
{
	fputs("<td><code>build/sheafbench run ", out);
	html_shell_word(out, report->plan->file_name);
	fprintf(out,
		" --id %s --force</code><br>\n"
		"<code>build/sheafbench explain %s</code></td>",
		id, id);
}

static void write_run(FILE *out, const struct report *report, int64_t i)
{
	const struct run_spec *spec = &report->plan->runs[i];
	const struct report_run *run = &report->run[i];
	char text[CELL_TEXT];
	fprintf(out, "<tr id=\"run-%s\"><th scope=\"row\"><code>%s</code></th>", spec->run_id,
		spec->run_id);
	html_cell_begin(out, (double)spec->seed);
	fprintf(out, "%" PRIu64 "</td>", spec->seed);
	if (run->row >= 0) {
		cell_number(primary_of(report, i), false, text);
		html_cell_begin(out, primary_of(report, i));
		fprintf(out, "%s</td><td><code class=\"hash\">%s</code></td>", text,
			run->weights_sha256);
	} else {
		fprintf(out, "<td><b>%s</b></td><td>–</td>", run_state_names[run->state]);
	}
	write_commands(out, report, spec->run_id);
	fputs("</tr>\n", out);
}

static bool belongs(const struct run_spec *spec, const struct table_row *row)
{
	return spec->size == row->size && !strcmp(spec->task_name, row->task) &&
	       !strcmp(spec->arm, row->arm) && !strcmp(spec->variant, row->variant);
}

static void write_group(FILE *out, const struct report *report, int64_t r)
{
	const struct table_row *row = &report->table->row[r];
	char caption[512], label[TABLE_LABEL], heads[GRID_HEADS];
	table_row_label(report->table, row, label);
	snprintf(caption, sizeof caption, "%.64s, %.380s", row->task, label);
	snprintf(heads, sizeof heads, "Run\t#Seed\t#%s\tWeights, SHA-256\tMakes it again",
		 row->primary_metric);
	fputs("<details id=\"", out);
	report_row_id(out, report, r);
	fputs("\"><summary>", out);
	html_text(out, caption);
	fprintf(out, ": %" PRId64 " of %" PRId64 " runs</summary>\n", row->runs, row->planned);
	fputs("<p>Each number of it, from its runs: ", out);
	report_explain(out, row, row->primary_metric, report->plan->file_name);
	fputs(", or another metric in place of <code>", out);
	html_text(out, row->primary_metric);
	fputs("</code>.</p>\n", out);
	html_table_begin(out, caption, heads);
	for (int64_t i = 0; i < report->plan->run_count; i++)
		if (belongs(&report->plan->runs[i], row))
			write_run(out, report, i);
	html_table_end(out);
	fputs("</details>\n", out);
}

void report_write_runs(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"runs\"><h2 id=\"runs\">Runs</h2>\n"
	      "<p>A run's id is the hash of its settings. Its command makes the same weights, bit "
	      "for bit, on every CPU that has FMA; <code>explain</code> shows all its settings "
	      "and where it was made.</p>\n",
	      out);
	for (int64_t r = 0; r < report->table->row_count; r++)
		write_group(out, report, r);
	fputs("</section>\n", out);
}
