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

/* How many comparisons the task has, and a row of them; zero is always on the axis. */
static int measure(const struct comparisons *c, const char *task, struct scale *x,
		   const struct table_row **of)
{
	double low = 0.0, high = 0.0;
	int count = 0;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		const struct statistics *d = &pair->paired.difference;
		const struct table_row *row = pair->row;
		if (!of_task(pair, task))
			continue;
		*of = row;
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

static void write_pair(FILE *out, const struct report *report, const struct comparisons *c,
		       const struct comparison_pair *pair, const struct scale *x, int top)
{
	const struct table_row *row = pair->row;
	const struct statistics *d = &pair->paired.difference;
	bool own = c == &report->comparisons; /* and so has its seeds on the page */
	double mean = scale_at(x, shown(row, d->mean)), y = top + 38.0;
	if (own) {
		fputs("<a href=\"#", out);
		report_pair_id(out, report, pair);
		fputs("\">", out);
	}
	fprintf(out, "<text class=\"strong\" x=\"%d\" y=\"%d\">", LEFT, top + 18);
	report_pair_label(out, c->table, pair);
	fprintf(out, "</text>%s<text class=\"end %s\" x=\"%d\" y=\"%d\">", own ? "</a>" : "",
		report_class(pair), RIGHT, top + 18);
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

static void write_direction(FILE *out, bool lower_is_better, int y)
{
	fprintf(out, "<text x=\"%d\" y=\"%d\">← first arm %s</text>", LEFT, y,
		lower_is_better ? "better" : "worse");
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">first arm %s →</text>\n", RIGHT, y,
		lower_is_better ? "worse" : "better");
}

static void write_description(FILE *out, const struct comparisons *c, const char *task)
{
	for (int64_t i = 0; i < c->pair_count; i++)
		if (of_task(&c->pair[i], task)) {
			report_pair_label(out, c->table, &c->pair[i]);
			fputs(": ", out);
			write_words(out, &c->pair[i], true);
			fputs(". ", out);
		}
	fputs("</desc>\n", out);
}

static void write_caption(FILE *out, const char *task, bool own)
{
	fputs("<figcaption><b>", out);
	html_text(out, task);
	fprintf(
	    out,
	    "</b>: 95 %% interval (line), mean (square, filled where better or worse also after "
	    "Holm), seeds (dots).%s</figcaption>\n</figure>\n",
	    own ? " The numbers are in the <a href=\"#verdict\">table of comparisons</a> and, "
		  "by seed, under <a href=\"#pairs\">Comparisons seed by seed</a>."
		: "");
}

void report_write_forest_task(FILE *out, const struct report *report, const struct comparisons *c,
			      const char *task, const char *title, const char *id)
{
	struct scale x;
	const struct table_row *row = NULL;
	int count = measure(c, task, &x, &row), top = TOP, bottom = TOP + count * ROW;
	if (count == 0)
		return;
	char label[256], heading[384];
	snprintf(label, sizeof label, "Forest plot: %.128s%.64s", title, task);
	snprintf(heading, sizeof heading, "%.128s%.64s: paired differences of %.96s", title, task,
		 row->primary_metric);
	html_figure_begin(out, id, WIDTH, bottom + BELOW, label, heading);
	write_description(out, c, task);
	write_direction(out, table_lower_is_better(row->primary_metric), 18);
	html_axis_x(out, &x, TOP, bottom);
	fprintf(out, "<path class=\"zero\" d=\"M%.2f %dV%d\"/>\n", scale_at(&x, 0.0), TOP, bottom);
	for (int64_t i = 0; i < c->pair_count; i++)
		if (of_task(&c->pair[i], task)) {
			write_pair(out, report, c, &c->pair[i], &x, top);
			top += ROW;
		}
	fprintf(out, "<text class=\"mid\" x=\"%d\" y=\"%d\">difference of ", (LEFT + RIGHT) / 2,
		bottom + 42);
	html_text(out, row->primary_metric);
	fprintf(out, "%s</text>\n</svg></div>\n",
		report_is_share(row->primary_metric) ? ", percentage points" : "");
	write_caption(out, task, c == &report->comparisons);
}

void report_write_forest(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"forest\"><h2 id=\"forest\">Paired differences</h2>\n"
	      "<div class=\"figures\">\n",
	      out);
	for (int64_t r = 0; r < report->table->row_count; r = report_task_end(report, r)) {
		char id[40];
		snprintf(id, sizeof id, "forest-%" PRId64, r);
		report_write_forest_task(out, report, &report->comparisons,
					 report->table->row[r].task, "", id);
	}
	fputs("</div></section>\n", out);
}
