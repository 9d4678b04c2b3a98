/* SPDX-License-Identifier: Apache-2.0 */
/* What the p-adic codec encoded: shares by valuation, digits, products that are skipped. */
#include <inttypes.h>
#include <math.h> /* isfinite */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

enum { WIDTH = 560, LEFT = 100, RIGHT = 540, TOP = 10, BAR = 22, HEAD = 26, BELOW = 52 };

/* A bar of the histogram: of valuation `v`, and of zeros after the last; NULL beyond. */
static const struct table_metric *share_of(const struct table_row *row, int v)
{
	char name[48];
	snprintf(name, sizeof name, "router.padic.valuation.%d", v);
	const struct table_metric *metric = table_row_metric(row, name);
	if (metric || v == 0)
		return metric;
	snprintf(name, sizeof name, "router.padic.valuation.%d", v - 1);
	return table_row_metric(row, name) ? table_row_metric(row, "router.padic.zeros") : NULL;
}

static void bar_name(const struct table_metric *share, int v, char text[16])
{
	if (strcmp(share->name, "router.padic.zeros") == 0)
		snprintf(text, 16, "zero");
	else
		snprintf(text, 16, "v = %d", v);
}

static void write_bars(FILE *out, const struct table_row *row, const struct scale *x, int y,
		       int colour)
{
	const struct table_metric *share;
	for (int v = 0; (share = share_of(row, v)) != NULL; v++, y += BAR) {
		const struct statistics *s = &share->statistics;
		char name[16];
		bar_name(share, v, name);
		fprintf(out,
			"<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>"
			"<path class=\"bar c%d\" d=\"M%d %dH%.2fv14H%dz\"/>",
			LEFT - 8, y + 12, name, colour, LEFT, y, scale_at(x, s->mean), LEFT);
		if (s->interval)
			fprintf(out, "<path class=\"interval\" d=\"M%.2f %dH%.2f\"/>",
				scale_at(x, s->ci_low), y + 7, scale_at(x, s->ci_high));
		fputc('\n', out);
	}
}

static void write_words(FILE *out, const struct table_row *row)
{
	const struct table_metric *share;
	for (int v = 0; (share = share_of(row, v)) != NULL; v++) {
		char name[16], text[CELL_TEXT];
		bar_name(share, v, name);
		cell_decimals(share->statistics.mean, 3, text);
		fprintf(out, "%s%s: %s", v ? ", " : "", name, text);
	}
	fputc('.', out);
}

static void write_figure(FILE *out, const struct report *report, int64_t r)
{
	const struct table_row *row = &report->table->row[r];
	double high = 0.0;
	int bars = 0, bottom;
	for (const struct table_metric *share; (share = share_of(row, bars)) != NULL; bars++) {
		double top =
		    share->statistics.interval ? share->statistics.ci_high : share->statistics.mean;
		high = top > high ? top : high;
	}
	struct scale x = scale_of(0.0, high, LEFT, RIGHT, 5);
	bottom = TOP + bars * BAR + HEAD / 2;
	char id[40], row_label[TABLE_LABEL], label[512], title[512];
	table_row_label(report->table, row, row_label);
	snprintf(id, sizeof id, "codec-%" PRId64, r);
	snprintf(label, sizeof label, "Valuations of %.64s, %.400s", row->task, row_label);
	snprintf(title, sizeof title, "%.64s, %.400s: share of encoded numbers by valuation",
		 row->task, row_label);
	html_figure_begin(out, id, WIDTH, bottom + BELOW, label, title);
	write_words(out, row);
	fputs("</desc>\n", out);
	html_axis_x(out, &x, TOP, bottom);
	write_bars(out, row, &x, TOP + 4, report->row[r].position % 8);
	fprintf(out,
		"<text class=\"mid\" x=\"%d\" y=\"%d\">share of encoded numbers</text>\n"
		"</svg></div>\n<figcaption><b>",
		(LEFT + RIGHT) / 2, bottom + 42);
	html_text(out, row->task);
	fputs("</b>, ", out);
	report_row_label(out, report, r);
	fputs(": how often p divides the encoded numbers.</figcaption>\n</figure>\n", out);
}

static void write_row(FILE *out, const struct report *report, int64_t r)
{
	static const char *const names[] = {"router.padic.digits", "router.padic.skipped",
					    "router.saturated", "router.padic.error_max"};
	const struct table_row *row = &report->table->row[r];
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, row->task);
	fputs("</th><td>", out);
	report_row_label(out, report, r);
	fputs("</td>", out);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct table_metric *metric = table_row_metric(row, names[i]);
		char text[CELL_TEXT];
		if (!metric) {
			fputs("<td class=\"n\">–</td>", out);
			continue;
		}
		snprintf(text, sizeof text, isfinite(metric->statistics.mean) ? "%.3g" : "–",
			 metric->statistics.mean);
		report_row_cell(out, report, r, metric->statistics.mean, text);
	}
	fputs("</tr>\n", out);
}

static bool has_codec(const struct table_row *row)
{
	return share_of(row, 0) != NULL;
}

void report_write_codec(FILE *out, const struct report *report)
{
	int64_t rows = 0;
	fputs("<section aria-labelledby=\"codec\"><h2 id=\"codec\">The p-adic codec</h2>\n", out);
	for (int64_t r = 0; r < report->table->row_count; r++)
		rows += has_codec(&report->table->row[r]);
	if (rows == 0) {
		fputs("<p>No run with a codec is in.</p></section>\n", out);
		return;
	}
	fputs("<p>Digits are the fewest a number needs without its factors of p; products are "
	      "skipped where the encoded input is zero.</p>\n",
	      out);
	html_table_begin(out, "The codec: means over seeds",
			 "Task\tArm\t#Digits\t#Products skipped\t#Saturated\t#Largest error");
	for (int64_t r = 0; r < report->table->row_count; r++)
		if (has_codec(&report->table->row[r]))
			write_row(out, report, r);
	html_table_end(out);
	fputs("<div class=\"figures\">\n", out);
	for (int64_t r = 0; r < report->table->row_count; r++)
		if (has_codec(&report->table->row[r]))
			write_figure(out, report, r);
	fputs("</div></section>\n", out);
}
