/* SPDX-License-Identifier: Apache-2.0 */
/* Learning curves: mean and 95 % band over seeds by epoch, and the same numbers as a table. */
#include <inttypes.h>
#include <math.h> /* isfinite */

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

enum { WIDTH = 560, HEIGHT = 340, LEFT = 62, RIGHT = 548, TOP = 14, BOTTOM = 290 };

struct panel {
	int64_t begin, end, epochs; /* rows; the longest curve */
	struct scale x, y;
};

static double lower(const struct statistics *s)
{
	return s->interval ? s->ci_low : s->mean;
}

static double upper(const struct statistics *s)
{
	return s->interval ? s->ci_high : s->mean;
}

/* Whether any row of the task has a curve. */
static bool open_panel(struct panel *panel, const struct table *table)
{
	double low = 0.0, high = 0.0;
	for (int64_t r = panel->begin; r < panel->end; r++) {
		const struct table_row *row = &table->row[r];
		for (int64_t e = 0; e < row->curve_count; e++) {
			const struct statistics *s = &row->curve[e];
			bool first = panel->epochs == 0;
			if (!isfinite(s->mean))
				continue;
			low = first || lower(s) < low ? lower(s) : low;
			high = first || upper(s) > high ? upper(s) : high;
			panel->epochs = e + 1 > panel->epochs ? e + 1 : panel->epochs;
		}
	}
	panel->x = scale_of(0.0, (double)panel->epochs, LEFT, RIGHT, 6);
	panel->y = scale_of(low, high, BOTTOM, TOP, 6);
	return panel->epochs > 0;
}

static void write_point(FILE *out, const struct panel *panel, int64_t epoch, double value,
			char command)
{
	fprintf(out, "%c%.1f %.1f", command, scale_at(&panel->x, (double)epoch),
		scale_at(&panel->y, value));
}

/* The band and the line, of the points that are numbers. */
static void write_curve(FILE *out, const struct panel *panel, const struct table_row *row,
			int colour)
{
	char command = 'M';
	fprintf(out, "<path class=\"band c%d\" d=\"", colour);
	for (int64_t e = 0; e < row->curve_count; e++)
		if (isfinite(row->curve[e].mean)) {
			write_point(out, panel, e + 1, upper(&row->curve[e]), command);
			command = 'L';
		}
	for (int64_t e = row->curve_count - 1; e >= 0; e--)
		if (isfinite(row->curve[e].mean))
			write_point(out, panel, e + 1, lower(&row->curve[e]), 'L');
	fprintf(out, "%s\"/>\n<path class=\"line c%d\" d=\"", command == 'L' ? "Z" : "", colour);
	command = 'M';
	for (int64_t e = 0; e < row->curve_count; e++)
		if (isfinite(row->curve[e].mean)) {
			write_point(out, panel, e + 1, row->curve[e].mean, command);
			command = 'L';
		}
	fputs("\"/>\n", out);
}

static void write_last(FILE *out, const struct report *report, const struct panel *panel)
{
	for (int64_t r = panel->begin; r < panel->end; r++) {
		const struct table_row *row = &report->table->row[r];
		char text[CELL_TEXT];
		if (row->curve_count == 0)
			continue;
		cell_estimate(&row->curve[row->curve_count - 1], false, text);
		report_row_label(out, report, r);
		fprintf(out, " ends at %s. ", text);
	}
}

static void write_legend(FILE *out, const struct report *report, const struct panel *panel)
{
	fputs("<ul class=\"legend\">", out);
	for (int64_t r = panel->begin; r < panel->end; r++) {
		fprintf(out,
			"<li><svg class=\"key\" viewBox=\"0 0 36 10\" aria-hidden=\"true\">"
			"<path class=\"line c%d\" d=\"M1 5H35\"/></svg> <a href=\"#",
			report->row[r].position % 8);
		report_row_id(out, report, r);
		fputs("\">", out);
		report_row_label(out, report, r);
		fputs("</a></li>", out);
	}
	fputs("</ul>\n", out);
}

static void write_figure(FILE *out, const struct report *report, const struct panel *panel,
			 const char *id)
{
	const struct table_row *row = &report->table->row[panel->begin];
	char label[128], title[256];
	snprintf(label, sizeof label, "Curves of %s", row->task);
	snprintf(title, sizeof title, "%s: validation %s by epoch", row->task, row->primary_metric);
	html_figure_begin(out, id, WIDTH, HEIGHT, label, title);
	fputs("Mean and 95 % band over seeds. ", out);
	write_last(out, report, panel);
	fputs("The table below has every epoch.</desc>\n", out);
	html_axis_x(out, &panel->x, TOP, BOTTOM);
	html_axis_y(out, &panel->y, LEFT, RIGHT);
	for (int64_t r = panel->begin; r < panel->end; r++)
		if (report->table->row[r].curve_count > 0)
			write_curve(out, panel, &report->table->row[r],
				    report->row[r].position % 8);
	fprintf(out, "<text class=\"mid\" x=\"%d\" y=\"%d\">epoch</text>\n</svg></div>\n",
		(LEFT + RIGHT) / 2, HEIGHT - 8);
	write_legend(out, report, panel);
	fputs("<figcaption><b>", out);
	html_text(out, row->task);
	fputs("</b>: ", out);
	html_text(out, row->primary_metric);
	fputs(" on the validation part by epoch, mean and 95 % band over seeds.</figcaption>\n"
	      "</figure>\n",
	      out);
}

static void write_epochs(FILE *out, const struct report *report, int64_t r)
{
	const struct table_row *row = &report->table->row[r];
	for (int64_t e = 0; e < row->curve_count; e++) {
		char text[CELL_TEXT];
		cell_estimate(&row->curve[e], false, text);
		fputs("<tr><th scope=\"row\">", out);
		report_row_label(out, report, r);
		fputs("</th>", out);
		html_cell_integer(out, e + 1);
		report_row_cell(out, report, r, row->curve[e].mean, text);
		fputs("</tr>\n", out);
	}
}

static void write_data(FILE *out, const struct report *report, const struct panel *panel)
{
	char caption[160];
	snprintf(caption, sizeof caption, "%.64s: the curves as numbers",
		 report->table->row[panel->begin].task);
	fputs("<details><summary>", out);
	html_text(out, caption);
	fputs("</summary>\n", out);
	html_table_begin(out, caption, "Arm\t#Epoch\t#Mean [95 % interval]");
	for (int64_t r = panel->begin; r < panel->end; r++)
		write_epochs(out, report, r);
	html_table_end(out);
	fputs("</details>\n", out);
}

void report_write_curves(FILE *out, const struct report *report)
{
	bool any = false;
	fputs("<section aria-labelledby=\"curves\"><h2 id=\"curves\">Learning curves</h2>\n"
	      "<div class=\"figures\">\n",
	      out);
	for (int64_t r = 0; r < report->table->row_count; r = report_task_end(report, r)) {
		struct panel panel = {.begin = r, .end = report_task_end(report, r)};
		char id[40];
		if (!open_panel(&panel, report->table))
			continue;
		snprintf(id, sizeof id, "curve-%" PRId64, r);
		fputs("<div>\n", out);
		write_figure(out, report, &panel, id);
		write_data(out, report, &panel);
		fputs("</div>\n", out);
		any = true;
	}
	fprintf(out, "</div>\n%s</section>\n",
		any ? "" : "<p>The runs have no validation part, and so no curves.</p>\n");
}
