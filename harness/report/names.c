/* SPDX-License-Identifier: Apache-2.0 */
/* How the report names rows, comparisons and numbers. */
#include <ctype.h> /* toupper */
#include <math.h>  /* NAN, fabs */
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

void report_estimate(const struct comparison_pair *pair, char text[REPORT_ESTIMATE])
{
	const struct statistics *d = &pair->paired.difference;
	const double values[] = {d->mean, d->ci_low, d->ci_high};
	char number[3][REPORT_DIFFERENCE];
	for (int i = 0; i < 3; i++)
		report_difference(pair->row->primary_metric, values[i], true, number[i]);
	if (d->interval)
		snprintf(text, REPORT_ESTIMATE, "%s [%s, %s]", number[0], number[1], number[2]);
	else
		snprintf(text, REPORT_ESTIMATE, "%s", pair->n > 0 ? number[0] : "–");
}

void report_reason(FILE *out, const struct comparison_pair *pair)
{
	char text[REASON_TEXT];
	comparison_pair_reason(pair, text);
	if (text[0])
		fprintf(out, " (%s)", text);
}

void report_finding(FILE *out, const struct comparison_pair *pair)
{
	char text[COMPARISON_VERDICT];
	comparison_pair_finding(pair, false, text);
	fputs(text, out);
}

const char *report_class(const struct comparison_pair *pair)
{
	return pair->after_holm ? comparison_name(pair->verdict) : "open";
}

void report_finding_cells(FILE *out, const struct comparison_pair *pair)
{
	const double p[] = {pair->flip.p, pair->holm};
	char text[CELL_TEXT];
	fprintf(out, "<td class=\"%s\"><b>", report_class(pair));
	report_finding(out, pair);
	fputs("</b>", out);
	report_reason(out, pair);
	fputs("</td>", out);
	for (int i = 0; i < 2; i++) {
		double shown = pair->tested ? p[i] : NAN;
		cell_p(shown, text);
		html_cell_begin(out, shown);
		fprintf(out, "%s</td>", text);
	}
}

void report_write_answer(FILE *out, const char *id, const char *title, const struct tally *tally)
{
	char text[TALLY_ANSWER];
	tally_answer(tally, "in", "comparison", text);
	text[0] = (char)toupper((unsigned char)text[0]);
	fprintf(out,
		"<article class=\"answer\" id=\"answer-%s\"><h3>%s</h3>\n"
		"<p class=\"word\">%s.</p>\n",
		id, title, text);
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

void report_pair_id(FILE *out, const struct report *report, const struct comparison_pair *pair)
{
	char label[TABLE_LABEL];
	fputs("pair-", out);
	html_id(out, pair->row->task);
	table_row_label(report->table, pair->row, label);
	fputc('-', out);
	html_id(out, label);
	table_row_label(report->table, pair->reference, label);
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

void report_pair_label(FILE *out, const struct table *table, const struct comparison_pair *pair)
{
	char label[COMPARISON_LABEL], value[PARAMETER_VALUE];
	int parameter = study_parameter(pair->row->variant);
	comparison_label(table, pair->row, pair->reference, label);
	if (strcmp(table->experiment, study_names[STUDY_SENSITIVITY]) == 0 && parameter >= 0 &&
	    parameter < PARAMETERS) {
		study_value(pair->row->variant, parameter, value);
		snprintf(label, sizeof label, "%s = %s", parameter_names[parameter], value);
	}
	html_text(out, label);
}

int64_t report_task_end(const struct report *report, int64_t row)
{
	int64_t end = row + 1;
	while (end < report->table->row_count && !table_task_begins(report->table, end))
		end++;
	return end;
}
