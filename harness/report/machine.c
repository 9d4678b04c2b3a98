/* SPDX-License-Identifier: Apache-2.0 */
/* What depends on the machine, from files beside the experiment: the same bits elsewhere, speed. */
#include <inttypes.h>
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

/* Those of the wanted columns that the file has, or all of them (`wanted` NULL); rows whose
 * `group` is `value`, or all. */
static void write_csv(FILE *out, const struct csv_table *csv, const char *caption,
		      const char *const *wanted, const char *group, const char *value)
{
	enum { COLUMNS = 24 };
	const char *names[COLUMNS];
	char heads[GRID_HEADS] = "";
	int count = 0;
	for (int64_t c = 0; !wanted && c < csv->columns && count < COLUMNS; c++)
		names[count++] = csv->header[c];
	for (; wanted && *wanted && count < COLUMNS; wanted++)
		if (csv_table_column(csv, *wanted) >= 0)
			names[count++] = *wanted;
	for (int i = 0; i < count; i++)
		grid_add_head(heads, names[i]);
	html_table_begin(out, caption, heads);
	for (int64_t r = 0; r < csv->rows; r++) {
		if (group && strcmp(csv_table_text(csv, r, group), value) != 0)
			continue;
		fputs("<tr>", out);
		for (int i = 0; i < count; i++)
			html_cell_text(out, csv_table_text(csv, r, names[i]));
		fputs("</tr>\n", out);
	}
	html_table_end(out);
}

enum cell_state { CELL_SAME, CELL_DIFFERENT, CELL_NOT_RUN, CELL_STATES };
static const struct {
	const char *mark, *word, *kind;
} states[CELL_STATES] = {
    {"✓", "same", "same"}, {"✗", "DIFFERENT", "different"}, {"–", "not run", "notrun"}};

/* Anything that is neither the word for agreement nor that for absence counts against. */
static enum cell_state state_of(const char *status)
{
	if (strcmp(status, "same") == 0)
		return CELL_SAME;
	return strcmp(status, "not run") == 0 ? CELL_NOT_RUN : CELL_DIFFERENT;
}

static void write_matrix_row(FILE *out, const struct csv_table *csv, int64_t r)
{
	static const char *const columns[] = {"kind",    "compiler", "level", "blis",
					      "threads", "config",   "runs"};
	enum cell_state state = state_of(csv_table_text(csv, r, "status"));
	fprintf(out, "<tr class=\"%s\"><th scope=\"row\">", states[state].kind);
	html_text(out, csv_table_text(csv, r, "cell"));
	fprintf(out, "</th><td><b>%s %s</b></td>", states[state].mark, states[state].word);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		html_cell_text(out, csv_table_text(csv, r, columns[i]));
	fputs("<td><code>", out);
	html_text(out, csv_table_text(csv, r, "digest"));
	fputs("</code></td><td>", out);
	html_text(out, csv_table_text(csv, r, "reason"));
	fputs("</td></tr>\n", out);
}

void report_write_reproducibility(FILE *out, const struct report *report)
{
	const struct csv_table *csv = &report->reproducibility;
	int64_t count[CELL_STATES] = {0};
	fputs("<section aria-labelledby=\"matrix\"><h2 id=\"matrix\">Reproducibility</h2>\n", out);
	if (!csv->header) {
		fputs("<p>Not measured here; <code>make verify-matrix</code> trains the same runs "
		      "under other compilers, levels and architectures.</p></section>\n",
		      out);
		return;
	}
	for (int64_t r = 0; r < csv->rows; r++)
		count[state_of(csv_table_text(csv, r, "status"))]++;
	fprintf(out,
		"<p>Each cell trains every run of its config in another way; its digest is that of "
		"all their weights. <b>%" PRId64 " same, %" PRId64 " different, %" PRId64
		" not run.</b>%s</p>\n",
		count[CELL_SAME], count[CELL_DIFFERENT], count[CELL_NOT_RUN],
		count[CELL_DIFFERENT] ? " <b>The bits are not the same everywhere.</b>" : "");
	html_table_begin(
	    out, "Reproducibility matrix",
	    "Cell\tStatus\tKind\tCompiler\tLevel\tBLIS\tThreads\tConfig\t#Runs\tDigest\tReason");
	for (int64_t r = 0; r < csv->rows; r++)
		write_matrix_row(out, csv, r);
	html_table_end(out);
	fputs("</section>\n", out);
}

/* Bars of one column: what the figure is of, and which rows of the file it shows. */
struct bars {
	const struct csv_table *csv;
	const char *value, *low, *high; /* columns */
	const char *group, *only;       /* rows whose group is that; NULL: all */
	const char *without;            /* not those of this peer, the reference; NULL: all */
	const char *title, *axis;
	double reference; /* where a dashed line goes; 0: none */
	void (*label)(FILE *out, const struct csv_table *csv, int64_t row);
};

enum { WIDTH = 560, LEFT = 12, RIGHT = 530, TOP = 8, BAR = 46 };

static bool bar_value(const struct bars *bars, int64_t row, double *value)
{
	const struct csv_table *csv = bars->csv;
	if (bars->group && strcmp(csv_table_text(csv, row, bars->group), bars->only) != 0)
		return false;
	if (bars->without && strcmp(csv_table_text(csv, row, "peer"), bars->without) == 0)
		return false;
	return csv_number(csv_table_text(csv, row, bars->value), value) == 0;
}

static void write_bar(FILE *out, const struct bars *bars, int64_t row, const struct scale *x, int y)
{
	double value = 0.0, low, high;
	bar_value(bars, row, &value);
	fprintf(out, "<text x=\"%d\" y=\"%d\">", LEFT, y + 16);
	bars->label(out, bars->csv, row);
	fprintf(out,
		"</text><text class=\"end\" x=\"%d\" y=\"%d\">%.4g</text>"
		"<path class=\"bar c0\" d=\"M%d %dH%.2fv14H%dz\"/>",
		RIGHT, y + 16, value, LEFT, y + 22, scale_at(x, value), LEFT);
	if (csv_number(csv_table_text(bars->csv, row, bars->low), &low) == 0 &&
	    csv_number(csv_table_text(bars->csv, row, bars->high), &high) == 0)
		fprintf(out, "<path class=\"interval\" d=\"M%.2f %dH%.2f\"/>", scale_at(x, low),
			y + 29, scale_at(x, high));
	fputc('\n', out);
}

/* Nothing where no row has a value. */
static void write_bars(FILE *out, const struct bars *bars, const char *id)
{
	double greatest = 0.0, value, high;
	int count = 0, y = TOP;
	for (int64_t r = 0; r < bars->csv->rows; r++) {
		if (!bar_value(bars, r, &value))
			continue;
		count++;
		if (csv_number(csv_table_text(bars->csv, r, bars->high), &high) == 0 &&
		    high > value)
			value = high;
		greatest = value > greatest ? value : greatest;
	}
	if (count == 0)
		return;
	struct scale x = scale_of(0.0, greatest, LEFT, RIGHT, 6);
	int bottom = TOP + count * BAR;
	html_figure_begin(out, id, WIDTH, bottom + 50, bars->title, bars->title);
	fputs("The table has the same numbers.</desc>\n", out);
	html_axis_x(out, &x, TOP, bottom);
	if (bars->reference > 0.0)
		fprintf(out, "<path class=\"zero\" d=\"M%.2f %dV%d\"/>\n",
			scale_at(&x, bars->reference), TOP, bottom);
	for (int64_t r = 0; r < bars->csv->rows; r++)
		if (bar_value(bars, r, &value)) {
			write_bar(out, bars, r, &x, y);
			y += BAR;
		}
	fprintf(out, "<text class=\"mid\" x=\"%d\" y=\"%d\">%s</text></svg></div>\n",
		(LEFT + RIGHT) / 2, bottom + 40, bars->axis);
	fprintf(out, "<figcaption>%s</figcaption></figure>\n", bars->title);
}

static void label_peer(FILE *out, const struct csv_table *csv, int64_t row)
{
	html_text(out, csv_table_text(csv, row, "case"));
	fputs(" against ", out);
	html_text(out, csv_table_text(csv, row, "peer"));
}

void report_write_peers(FILE *out, const struct report *report)
{
	static const char *const columns[] = {
	    "case",      "peer",    "median",  "min",     "max",    "unit",   "ratio", "ratio_min",
	    "ratio_max", "threads", "setting", "version", "status", "reason", NULL};
	const struct csv_table *csv = &report->peers;
	const struct bars train = {.csv = csv,
				   .value = "ratio",
				   .low = "ratio_min",
				   .high = "ratio_max",
				   .group = "group",
				   .only = "train",
				   .without = "sheafbench",
				   .title =
				       "Training speed: sheafbench divided by the peer, median "
				       "of rounds with least and greatest",
				   .axis = "above 1 sheafbench is faster",
				   .reference = 1.0,
				   .label = label_peer};
	fputs("<section aria-labelledby=\"peers\"><h2 id=\"peers\">Other libraries</h2>\n", out);
	if (!csv->header) {
		fputs("<p>Not measured here: there is no <code>peers.csv</code>.</p></section>\n",
		      out);
		return;
	}
	fputs("<p>Times are of the machine they were taken on. Where the range of a ratio holds 1, "
	      "neither is the faster.</p>\n<div class=\"figures\">\n",
	      out);
	write_bars(out, &train, "peers-figure");
	fputs("</div>\n", out);
	write_csv(out, csv, "Training next to other libraries", columns, "group", "train");
	fputs("<details><summary>Matrix products next to other libraries</summary>\n", out);
	write_csv(out, csv, "Matrix products next to other libraries", columns, "group", "gemm");
	fputs(
	    "</details>\n<details><summary>Elementwise and row ops next to plain loops</summary>\n",
	    out);
	write_csv(out, csv, "Elementwise and row ops next to plain loops", columns, "group", "op");
	fputs("</details></section>\n", out);
}

static void label_bench(FILE *out, const struct csv_table *csv, int64_t row)
{
	html_text(out, csv_table_text(csv, row, "row"));
	fputs(", ", out);
	html_text(out, csv_table_text(csv, row, "file"));
}

/* The runs' own speed is always there. */
static void write_training(FILE *out, const struct report *report)
{
	html_table_begin(out, "Training runs: means over seeds",
			 "Task\tArm\t#Seconds\t#Samples per second\t#Peak memory, MB");
	for (int64_t r = 0; r < report->table->row_count; r++) {
		const struct table_row *row = &report->table->row[r];
		if (row->runs == 0)
			continue;
		const double values[] = {row->seconds_mean, row->samples_per_second_mean,
					 row->peak_memory_mb_max};
		fputs("<tr><td>", out);
		html_text(out, row->task);
		fputs("</td><td><a href=\"#", out);
		report_row_id(out, report, r);
		fputs("\">", out);
		report_row_label(out, report, r);
		fputs("</a></td>", out);
		for (int i = 0; i < 3; i++) {
			char text[CELL_TEXT];
			cell_decimals(values[i], 1, text);
			html_cell_begin(out, values[i]);
			fprintf(out, "%s</td>", text);
		}
		fputs("</tr>\n", out);
	}
	html_table_end(out);
}

void report_write_speed(FILE *out, const struct report *report)
{
	const struct csv_table *csv = &report->throughput;
	const struct bars roof = {.csv = csv,
				  .value = "percent_of_roof",
				  .low = "percent_ci_low",
				  .high = "percent_ci_high",
				  .title = "Percentage of the measured roof, median and 95 % "
					   "interval",
				  .axis = "percent",
				  .label = label_bench};
	fputs("<section aria-labelledby=\"speed\"><h2 id=\"speed\">Speed</h2>\n"
	      "<p>Times are not part of the results: they are of the machine and what else it "
	      "did.</p>\n",
	      out);
	write_training(out, report);
	if (csv->header) {
		fputs("<div class=\"figures\">\n", out);
		write_bars(out, &roof, "speed-figure");
		fputs("</div>\n", out);
		write_csv(out, csv, "Throughput of operations", NULL, NULL, NULL);
	} else {
		fputs("<p>Throughput of single operations was not measured here: there is no "
		      "<code>throughput.csv</code>.</p>\n",
		      out);
	}
	fputs("</section>\n", out);
}
