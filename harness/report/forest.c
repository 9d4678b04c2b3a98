/* SPDX-License-Identifier: Apache-2.0 */
/* Forest plot per task: each comparison's interval, its mean, and a dot per seed. */
#include <inttypes.h>
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"

enum { WIDTH = 560, LEFT = 16, RIGHT = 544, TOP = 30, ROW = 58, BELOW = 52 };

static bool of_task(const struct comparison_pair *pair, const char *task)
{
	return pair->n > 0 && strcmp(pair->row->task, task) == 0;
}

/* Values as the axis has them: percentage points of shares. */
static double shown(const struct table_row *row, double value)
{
	return report_is_share(row->primary_metric) ? 100.0 * value : value;
}

static void widen(double value, double *low, double *high)
{
	*low = value < *low ? value : *low;
	*high = value > *high ? value : *high;
}

/* How many comparisons the task has; zero is always on the axis. */
static int measure(const struct comparisons *c, const char *task, struct scale *x)
{
	double low = 0.0, high = 0.0;
	int count = 0;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		const struct statistics *d = &pair->paired.difference;
		const struct table_row *row = pair->row;
		if (!of_task(pair, task))
			continue;
		count++;
		widen(shown(row, d->min), &low, &high);
		widen(shown(row, d->max), &low, &high);
		if (d->interval) {
			widen(shown(row, d->ci_low), &low, &high);
			widen(shown(row, d->ci_high), &low, &high);
		}
	}
	*x = scale_of(low, high, LEFT, RIGHT, 6);
	return count;
}

/* In the figure there is no room for the reason of no verdict. */
static void write_words(FILE *out, const struct comparison_pair *pair, bool reason)
{
	char text[REPORT_ESTIMATE];
	report_estimate(pair, text);
	fprintf(out, "%s, ", text);
	report_finding(out, pair);
	if (reason)
		report_reason(out, pair);
}

static void write_pair(FILE *out, const struct report *report, const struct comparison_pair *pair,
		       const struct scale *x, int top)
{
	const struct table_row *row = pair->row;
	const struct statistics *d = &pair->paired.difference;
	double mean = scale_at(x, shown(row, d->mean)), y = top + 38.0;
	fputs("<a href=\"#", out);
	report_pair_id(out, report, pair);
	fprintf(out, "\"><text class=\"strong\" x=\"%d\" y=\"%d\">", LEFT, top + 18);
	report_pair_label(out, report->table, pair);
	fprintf(out, "</text></a><text class=\"end %s\" x=\"%d\" y=\"%d\">", report_class(pair),
		RIGHT, top + 18);
	write_words(out, pair, false);
	fputs("</text>\n", out);
	for (int64_t i = 0; i < pair->n; i++)
		fprintf(out, "<circle class=\"seed\" cx=\"%.2f\" cy=\"%.2f\" r=\"3\"/>",
			scale_at(x, shown(row, pair->differences[i])), y + 11.0);
	if (d->interval)
		fprintf(out, "\n<path class=\"interval\" d=\"M%.2f %.2fH%.2f\"/>",
			scale_at(x, shown(row, d->ci_low)), y, scale_at(x, shown(row, d->ci_high)));
	fprintf(out, "<rect class=\"mean %s\" x=\"%.2f\" y=\"%.2f\" width=\"10\" height=\"10\"/>\n",
		report_class(pair), mean - 5.0, y - 5.0);
}

static void write_direction(FILE *out, const struct table_row *row, int y)
{
	bool lower = table_lower_is_better(row->primary_metric);
	fprintf(out, "<text x=\"%d\" y=\"%d\">← first arm %s</text>", LEFT, y,
		lower ? "better" : "worse");
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">first arm %s →</text>\n", RIGHT, y,
		lower ? "worse" : "better");
}

static void write_heading(FILE *out, const struct report *report, const struct table_row *row,
			  const char *id)
{
	const struct comparisons *c = &report->comparisons;
	fprintf(out, "<title id=\"%s-t\">", id);
	html_text(out, row->task);
	fputs(": paired differences of ", out);
	html_text(out, row->primary_metric);
	fprintf(out, "</title><desc id=\"%s-d\">", id);
	for (int64_t i = 0; i < c->pair_count; i++)
		if (of_task(&c->pair[i], row->task)) {
			report_pair_label(out, c->table, &c->pair[i]);
			fputs(": ", out);
			write_words(out, &c->pair[i], true);
			fputs(". ", out);
		}
	fputs("</desc>\n", out);
}

static void write_figure(FILE *out, const struct report *report, int64_t begin)
{
	const struct comparisons *c = &report->comparisons;
	const struct table_row *row = &report->table->row[begin];
	struct scale x;
	int count = measure(c, row->task, &x), top = TOP, bottom = TOP + count * ROW;
	char id[40];
	if (count == 0)
		return;
	snprintf(id, sizeof id, "forest-%" PRId64, begin);
	fputs("<figure>\n<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"Forest "
	      "plot of ",
	      out);
	html_text(out, row->task);
	fputs("\">\n", out);
	html_figure_begin(out, id, WIDTH, bottom + BELOW);
	write_heading(out, report, row, id);
	write_direction(out, row, 18);
	html_axis_x(out, &x, TOP, bottom);
	fprintf(out, "<path class=\"zero\" d=\"M%.2f %dV%d\"/>\n", scale_at(&x, 0.0), TOP, bottom);
	for (int64_t i = 0; i < c->pair_count; i++)
		if (of_task(&c->pair[i], row->task)) {
			write_pair(out, report, &c->pair[i], &x, top);
			top += ROW;
		}
	fprintf(out, "<text class=\"mid\" x=\"%d\" y=\"%d\">difference of ", (LEFT + RIGHT) / 2,
		bottom + 42);
	html_text(out, row->primary_metric);
	fprintf(out, "%s</text>\n</svg></div>\n<figcaption><b>",
		report_is_share(row->primary_metric) ? ", percentage points" : "");
	html_text(out, row->task);
	fputs("</b>: 95 % interval (line), mean (square, filled where better or worse "
	      "also after Holm), seeds "
	      "(dots). The numbers are in the <a href=\"#verdict\">table of comparisons</a> and, "
	      "by seed, under <a href=\"#pairs\">Comparisons seed by seed</a>.</figcaption>\n"
	      "</figure>\n",
	      out);
}

void report_write_forest(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"forest\"><h2 id=\"forest\">Paired differences</h2>\n"
	      "<div class=\"figures\">\n",
	      out);
	for (int64_t r = 0; r < report->table->row_count; r = report_task_end(report, r))
		write_figure(out, report, r);
	fputs("</div></section>\n", out);
}
