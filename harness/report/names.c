/* SPDX-License-Identifier: Apache-2.0 */
/* How the report names rows, comparisons and numbers. */
#include <math.h> /* fabs, isfinite */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

bool report_is_share(const char *metric)
{
	static const char share[] = "accuracy";
	size_t length = strlen(metric), tail = sizeof share - 1;
	return length >= tail && strcmp(metric + length - tail, share) == 0;
}

void report_difference(const char *metric, double difference, bool sign,
		       char text[REPORT_DIFFERENCE])
{
	char number[CELL_TEXT];
	if (report_is_share(metric) && fabs(difference) < 1e6) {
		double points = 100.0 * difference;
		if (fabs(points) < 0.005)
			points = 0.0;
		snprintf(text, REPORT_DIFFERENCE, "%s%.2f", sign && points > 0.0 ? "+" : "",
			 points);
		return;
	}
	cell_number(difference, sign, number);
	snprintf(text, REPORT_DIFFERENCE, "%.40s", number);
}

void report_p(double p, char text[REPORT_DIFFERENCE])
{
	if (!isfinite(p))
		snprintf(text, REPORT_DIFFERENCE, "–");
	else if (p < 0.0005)
		snprintf(text, REPORT_DIFFERENCE, "below 0.001");
	else
		snprintf(text, REPORT_DIFFERENCE, "%.3f", p);
}

const char *report_finding_name(enum report_finding finding)
{
	static const char *const names[] = {"not known",     "no verdict", "undecided",
					    "not confirmed", "better",     "worse"};
	return names[finding];
}

void report_write_reason(FILE *out, enum reason why, int64_t n, double least)
{
	char text[REASON_TEXT];
	if (why == REASON_NONE)
		return;
	reason_text(why, n, least, text);
	fputs(" (", out);
	html_text(out, text);
	fputc(')', out);
}

void report_row_id(FILE *out, const struct report *report, int64_t row)
{
	char label[TABLE_LABEL];
	fputs("runs-", out);
	html_id(out, report->table->row[row].task);
	fputc('-', out);
	table_row_label(report->table, &report->table->row[row], label);
	html_id(out, label);
}

void report_pair_id(FILE *out, const struct report *report, const struct report_pair *pair)
{
	char label[TABLE_LABEL];
	fputs("pair-", out);
	html_id(out, report->table->row[pair->x].task);
	table_row_label(report->table, &report->table->row[pair->x], label);
	fputc('-', out);
	html_id(out, label);
	table_row_label(report->table, &report->table->row[pair->y], label);
	fputc('-', out);
	html_id(out, label);
}

void report_row_cell(FILE *out, const struct report *report, int64_t row, double value,
		     const char *text)
{
	html_cell_begin(out, value);
	fputs("<a href=\"#", out);
	report_row_id(out, report, row);
	fprintf(out, "\">%s</a></td>", text);
}

void report_explain(FILE *out, const struct table_row *row, const char *metric, const char *config)
{
	char cell[sizeof row->task + sizeof row->arm + 80 + sizeof row->variant + 4];
	snprintf(cell, sizeof cell, "%s/%s/%.79s%s%s", row->task, row->arm, metric,
		 row->variant[0] ? "/" : "", row->variant);
	fputs("<code>build/sheafbench explain ", out);
	html_shell_word(out, cell);
	fputc(' ', out);
	html_shell_word(out, config);
	fputs("</code>", out);
}

void report_row_label(FILE *out, const struct report *report, int64_t row)
{
	char label[TABLE_LABEL];
	table_row_label(report->table, &report->table->row[row], label);
	html_text(out, label);
}

void report_pair_label(FILE *out, const struct report *report, const struct report_pair *pair)
{
	report_row_label(out, report, pair->x);
	fputs(" − ", out);
	report_row_label(out, report, pair->y);
}

int64_t report_task_end(const struct report *report, int64_t row)
{
	int64_t end = row + 1;
	while (end < report->table->row_count && !table_task_begins(report->table, end))
		end++;
	return end;
}
