/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers did: load by expert, and which experts were chosen together next to the nerve.
 */
#include <inttypes.h>
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

enum { WIDTH = 560, LEFT = 100, RIGHT = 540, TOP = 10, BAR = 22, HEAD = 26, CELL = 58 };

static const struct table_metric *load_of(const struct table_row *row, int64_t expert)
{
	char name[48];
	snprintf(name, sizeof name, "router.load.%" PRId64, expert);
	return table_row_metric(row, name);
}

static bool has_load(const struct table_row *row)
{
	return row->model_kind == MODEL_MOE && load_of(row, 0) != NULL;
}

struct panel {
	int64_t begin, end;
	int height;
	double high;
};

static struct panel panel_of(const struct report *report, int64_t begin, int64_t end)
{
	struct panel panel = {.begin = begin, .end = end, .height = TOP};
	for (int64_t r = begin; r < end; r++) {
		const struct table_row *row = &report->table->row[r];
		if (!has_load(row))
			continue;
		panel.height += HEAD;
		for (int64_t e = 0; e < report->row[r].spec->arch.n_experts; e++) {
			const struct table_metric *load = load_of(row, e);
			double top = !load                       ? 0.0
				     : load->statistics.interval ? load->statistics.ci_high
								 : load->statistics.mean;
			panel.high = top > panel.high ? top : panel.high;
			panel.height += BAR;
		}
	}
	return panel;
}

static void write_bar(FILE *out, const struct scale *x, const struct table_metric *load, int64_t e,
		      int y, int colour)
{
	const struct statistics *s = &load->statistics;
	fprintf(out,
		"<text class=\"end\" x=\"%d\" y=\"%d\">expert %" PRId64 "</text>"
		"<path class=\"bar c%d\" d=\"M%d %dH%.2fv14H%dz\"/>",
		LEFT - 8, y + 12, e, colour, LEFT, y, scale_at(x, s->mean), LEFT);
	if (s->interval)
		fprintf(out, "<path class=\"interval\" d=\"M%.2f %dH%.2f\"/>",
			scale_at(x, s->ci_low), y + 7, scale_at(x, s->ci_high));
	fputc('\n', out);
}

static int write_arm(FILE *out, const struct report *report, int64_t r, const struct scale *x,
		     int y)
{
	const struct table_row *row = &report->table->row[r];
	int64_t experts = report->row[r].spec->arch.n_experts;
	double even = scale_at(x, 1.0 / (double)experts);
	fputs("<a href=\"#", out);
	report_row_id(out, report, r);
	fprintf(out, "\"><text class=\"strong\" x=\"8\" y=\"%d\">", y + 16);
	report_row_label(out, report, r);
	fputs("</text></a>\n", out);
	y += HEAD;
	for (int64_t e = 0; e < experts; e++, y += BAR)
		if (load_of(row, e))
			write_bar(out, x, load_of(row, e), e, y, report->row[r].position % 8);
	fprintf(out, "<path class=\"zero\" d=\"M%.2f %dV%d\"/>\n", even, y - (int)experts * BAR - 4,
		y - 4);
	return y;
}

static void write_load_words(FILE *out, const struct report *report, const struct panel *panel)
{
	for (int64_t r = panel->begin; r < panel->end; r++) {
		if (!has_load(&report->table->row[r]))
			continue;
		report_row_label(out, report, r);
		for (int64_t e = 0; e < report->row[r].spec->arch.n_experts; e++) {
			const struct table_metric *load = load_of(&report->table->row[r], e);
			char text[CELL_TEXT];
			if (!load)
				continue;
			cell_decimals(load->statistics.mean, 3, text);
			fprintf(out, "%s %s", e ? "," : ":", text);
		}
		fputs(". ", out);
	}
}

static void write_load_table(FILE *out, const struct report *report, const struct panel *panel)
{
	char caption[128], text[CELL_TEXT];
	snprintf(caption, sizeof caption, "%.64s: load by expert",
		 report->table->row[panel->begin].task);
	fputs("<details><summary>", out);
	html_text(out, caption);
	fputs("</summary>\n", out);
	html_table_begin(out, caption, "Arm\t#Expert\t#Load [95 % interval]");
	for (int64_t r = panel->begin; r < panel->end; r++)
		for (int64_t e = 0; e < report->row[r].spec->arch.n_experts; e++) {
			const struct table_metric *load = load_of(&report->table->row[r], e);
			if (!load)
				continue;
			fputs("<tr><th scope=\"row\">", out);
			report_row_label(out, report, r);
			fputs("</th>", out);
			html_cell_integer(out, e);
			cell_estimate(&load->statistics, false, text);
			report_row_cell(out, report, r, load->statistics.mean, text);
			fputs("</tr>\n", out);
		}
	html_table_end(out);
	fputs("</details>\n", out);
}

static void write_load(FILE *out, const struct report *report, const struct panel *panel)
{
	struct scale x = scale_of(0.0, panel->high, LEFT, RIGHT, 5);
	int y = TOP;
	const char *task = report->table->row[panel->begin].task;
	char id[40], label[128], title[128];
	snprintf(id, sizeof id, "load-%" PRId64, panel->begin);
	snprintf(label, sizeof label, "Load of %s", task);
	snprintf(title, sizeof title, "%s: share of choices by expert", task);
	fputs("<div>\n", out);
	html_figure_begin(out, id, WIDTH, panel->height + 30, label, title);
	write_load_words(out, report, panel);
	fputs("</desc>\n", out);
	html_axis_x(out, &x, TOP, panel->height);
	for (int64_t r = panel->begin; r < panel->end; r++)
		if (has_load(&report->table->row[r]))
			y = write_arm(out, report, r, &x, y);
	fputs("</svg></div>\n<figcaption><b>", out);
	html_text(out, report->table->row[panel->begin].task);
	fputs("</b>: share of the choices that each expert got, mean and 95 % interval over seeds; "
	      "the dashed line is an even load.</figcaption>\n</figure>\n",
	      out);
	write_load_table(out, report, panel);
	fputs("</div>\n", out);
}

/* Whether some simplex of the nerve has both; a router without a nerve may choose any. */
static bool in_nerve(const struct run_spec *spec, int64_t i, int64_t j)
{
	const struct nerve *nerve = &spec->router.nerve;
	if (!router_of(spec->arch.router_kind)->has_nerve)
		return true;
	for (int s = 0; s < nerve->count; s++) {
		bool has_i = false, has_j = false;
		for (int v = 0; v < nerve->k; v++) {
			has_i = has_i || nerve->simplex[s][v] == i;
			has_j = has_j || nerve->simplex[s][v] == j;
		}
		if (has_i && has_j)
			return true;
	}
	return false;
}

static void write_heat_cell(FILE *out, const struct report_row *row, int64_t i, int64_t j,
			    double greatest)
{
	double value = row->chosen_together[i * row->spec->arch.n_experts + j];
	int x = 40 + (int)j * CELL, y = 30 + (int)i * CELL;
	bool edge = i != j && in_nerve(row->spec, i, j);
	fprintf(out,
		"<rect class=\"heat%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		"style=\"fill-opacity:%.3f\"/><text class=\"mid\" x=\"%d\" y=\"%d\">%.3f</text>",
		edge ? " edge" : "", x + 2, y + 2, CELL - 4, CELL - 4,
		greatest > 0.0 ? 0.55 * value / greatest : 0.0, x + CELL / 2, y + CELL / 2 + 2,
		value);
	if (i != j)
		fprintf(out, "<text class=\"small mid\" x=\"%d\" y=\"%d\">%s</text>\n",
			x + CELL / 2, y + CELL / 2 + 18, edge ? "in" : "not in");
}

static void write_heat(FILE *out, const struct report *report, int64_t r)
{
	const struct report_row *row = &report->row[r];
	int64_t experts = row->spec->arch.n_experts;
	int side = 40 + (int)experts * CELL;
	double greatest = 0.0;
	char id[40], row_label[TABLE_LABEL], label[TABLE_LABEL + 16];
	for (int64_t c = 0; c < experts * experts; c++)
		greatest = row->chosen_together[c] > greatest ? row->chosen_together[c] : greatest;
	snprintf(id, sizeof id, "heat-%" PRId64, r);
	table_row_label(report->table, &report->table->row[r], row_label);
	snprintf(label, sizeof label, "Heat map of %s", row_label);
	html_figure_begin(out, id, side > 400 ? side : 400, side, label, "Experts chosen together");
	for (int64_t i = 0; i < experts; i++)
		for (int64_t j = i + 1; j < experts; j++)
			fprintf(out, "%" PRId64 " with %" PRId64 ": %.3f, %s the nerve. ", i, j,
				row->chosen_together[i * experts + j],
				in_nerve(row->spec, i, j) ? "in" : "not in");
	fputs("</desc>\n", out);
	for (int64_t i = 0; i < experts; i++) {
		fprintf(out,
			"<text class=\"mid\" x=\"%d\" y=\"20\">%" PRId64 "</text>"
			"<text class=\"mid\" x=\"20\" y=\"%d\">%" PRId64 "</text>\n",
			40 + (int)i * CELL + CELL / 2, i, 30 + (int)i * CELL + CELL / 2 + 5, i);
		for (int64_t j = 0; j < experts; j++)
			write_heat_cell(out, row, i, j, greatest);
	}
	fputs("</svg></div>\n<figcaption><b>", out);
	html_text(out, report->table->row[r].task);
	fputs("</b>, ", out);
	report_row_label(out, report, r);
	fputs(": router.", out);
	html_text(out, row->chosen_name);
	fputs(" by pair of experts, mean over seeds; thick frames and <i>in</i>: an edge of the "
	      "nerve.</figcaption>\n</figure>\n",
	      out);
}

static void write_heats(FILE *out, const struct report *report)
{
	bool any = false;
	for (int64_t r = 0; r < report->table->row_count; r++) {
		if (!report->row[r].chosen_name[0])
			continue;
		fputs(any ? "" : "<div class=\"figures\">\n", out);
		write_heat(out, report, r);
		any = true;
	}
	fputs(any ? "</div>\n"
		  : "<p>The runs do not record which experts were chosen together.</p>\n",
	      out);
}

void report_write_experts(FILE *out, const struct report *report)
{
	bool any = false;
	fputs("<section aria-labelledby=\"experts\"><h2 id=\"experts\">Experts</h2>\n"
	      "<h3>Load</h3>\n<div class=\"figures\">\n",
	      out);
	for (int64_t r = 0; r < report->table->row_count; r = report_task_end(report, r)) {
		struct panel panel = panel_of(report, r, report_task_end(report, r));
		if (panel.height == TOP)
			continue;
		write_load(out, report, &panel);
		any = true;
	}
	fprintf(out, "</div>\n%s<h3>Chosen together, and the nerve</h3>\n",
		any ? "" : "<p>No mixture is among the arms.</p>\n");
	write_heats(out, report);
	fputs("</section>\n", out);
}
