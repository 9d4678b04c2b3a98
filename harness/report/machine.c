/* SPDX-License-Identifier: Apache-2.0 */
/* What depends on the machine, from files beside the experiment: the same bits elsewhere, speed. */
#include <math.h> /* NAN */
#include <string.h>

#include "foundation/template.h"
#include "harness/report/report.h"

enum view_name { VIEW_MATRIX, VIEW_THROUGHPUT, VIEW_TRAIN, VIEW_GEMM, VIEW_OP, VIEWS };

/* The files as tables of the page. */
static const struct csv_view {
	enum measurement file;
	const char *caption;
	const char *group; /* only rows whose column "group" is that; NULL: all */
	const char *bar;   /* a column whose numbers have bars */
} views[VIEWS] = {
    [VIEW_MATRIX] = {.file = MEASURED_REPRODUCIBILITY, .caption = "Reproducibility matrix"},
    [VIEW_THROUGHPUT] = {.file = MEASURED_THROUGHPUT,
			 .caption = "Throughput of operations",
			 .bar = "percent_of_roof"},
    [VIEW_TRAIN] = {MEASURED_PEERS, "Training next to other libraries", "train", "ratio"},
    [VIEW_GEMM] = {MEASURED_PEERS, "Matrix products next to other libraries", "gemm", "ratio"},
    [VIEW_OP] = {MEASURED_PEERS, "Elementwise and row ops next to plain loops", "op", "ratio"},
};

static bool shows(const struct csv_view *view, const struct csv_table *csv, int64_t row)
{
	return !view->group || measured_is(csv, row, "group", view->group);
}

/* The greatest number of a column; NaN where there are words, or nothing. */
static double greatest_of(const struct csv_view *view, const struct csv_table *csv, int64_t column)
{
	double greatest = NAN, value;
	for (int64_t r = 0; r < csv->rows; r++) {
		const char *text = csv->fields[r * csv->columns + column].text;
		if (!text[0] || !shows(view, csv, r))
			continue;
		if (csv_number(text, &value))
			return NAN;
		greatest = greatest >= value ? greatest : value;
	}
	return greatest;
}

static const struct {
	const char *text, *style;
} agreements[AGREEMENTS] = {
    {"✓ same", "same"}, {"✗ DIFFERENT", "different"}, {"– not run", "notrun"}};

/* Its mark and text; `greatest` of its column. */
static void write_field(struct grid *grid, const struct csv_view *view, const char *column,
			const char *text, double greatest)
{
	struct grid_mark mark = {.code = strcmp(column, "digest") == 0};
	double value;
	if (view->bar && strcmp(column, view->bar) == 0 && csv_number(text, &value) == 0)
		mark.bar = value / greatest;
	if (view == &views[VIEW_MATRIX] && strcmp(column, "status") == 0) {
		enum agreement agreement = measured_agreement(text);
		mark.style = agreements[agreement].style;
		text = agreements[agreement].text;
	}
	grid_mark(grid, mark);
	grid_text(grid, text);
}

static void write_csv(FILE *out, const struct report *report, int64_t name)
{
	enum { SHOWN = 24 }; /* columns at most */
	const struct csv_view *view = &views[name];
	const struct csv_table *csv = measured_table(&report->measured, view->file);
	int64_t end = csv->columns < SHOWN ? csv->columns : SHOWN;
	int64_t begin = view->group && csv_table_column(csv, "group") == 0;
	char heads[GRID_HEADS] = "";
	double greatest[SHOWN];
	struct grid grid;
	for (int64_t c = begin; c < end; c++) {
		char head[80];
		greatest[c] = greatest_of(view, csv, c);
		snprintf(head, sizeof head, "%s%s", isfinite(greatest[c]) ? "#" : "",
			 csv->header[c]);
		grid_add_head(heads, head);
	}
	grid_begin(&grid, out, GRID_HTML, view->caption, heads);
	for (int64_t r = 0; r < csv->rows; r++)
		for (int64_t c = begin; shows(view, csv, r) && c < end; c++)
			write_field(&grid, view, csv->header[c],
				    csv->fields[r * csv->columns + c].text, greatest[c]);
	grid_end(&grid);
}

json_t *report_reproducibility(const struct report *report)
{
	const struct csv_table *csv = measured_table(&report->measured, MEASURED_REPRODUCIBILITY);
	if (csv->columns == 0)
		return json_pack("{s:n}", "there");
	json_t *view = json_object();
	measured_set_agreement(&view, csv, -1);
	template_set(&view, "table", report_text(write_csv, report, VIEW_MATRIX));
	return json_pack("{s:o}", "there", view);
}

json_t *report_peers(const struct report *report)
{
	json_t *groups = json_array();
	for (int64_t v = VIEW_TRAIN; report->measured.there[MEASURED_PEERS] && v < VIEWS; v++)
		template_append(&groups, json_pack("{s:s s:b s:o}", "caption", views[v].caption,
						   "first", v == VIEW_TRAIN, "table",
						   report_text(write_csv, report, v)));
	return json_pack("{s:o}", "groups", groups);
}

static void write_training(struct grid *grid, const struct table_row *row, const char *label,
			   const char *id)
{
	if (row->runs == 0)
		return;
	grid_mark(grid, (struct grid_mark){.link = id});
	grid_text(grid, label);
	grid_decimals(grid, 1, row->seconds_mean);
	grid_decimals(grid, 1, row->samples_per_second_mean);
	grid_decimals(grid, 1, row->peak_memory_mb_max);
}

json_t *report_speed(const struct report *report)
{
	/* The runs' own speed is always there. */
	static const struct report_rows training = {
	    "training runs, means over seeds",
	    "Arm	#Seconds	#Samples per second	#Peak memory, MB", write_training,
	    false};
	return json_pack("{s:o s:o s:O}", "training", report_tasks(report, &training), "throughput",
			 report->measured.there[MEASURED_THROUGHPUT]
			     ? report_text(write_csv, report, VIEW_THROUGHPUT)
			     : json_null(),
			 "figures", report->throughput_figures);
}
