/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured: a row per arm, then every metric and the learning curves as numbers. */
#include "harness/report/report.h"

static void write_metrics_of(struct grid *grid, const struct table_row *row, const char *label,
			     const char *id)
{
	for (int m = 0; m < row->metric_count; m++) {
		const struct statistics *s = &row->metric[m].statistics;
		grid_text(grid, label);
		grid_text(grid, row->metric[m].name);
		grid_mark(grid, (struct grid_mark){.link = id});
		grid_estimate(grid, s, false);
		grid_number(grid, s->has_sd, s->sd, false);
		grid_number(grid, true, s->min, false);
		grid_number(grid, true, s->max, false);
	}
}

json_t *report_results(const struct report *report)
{
	static const struct report_rows metrics = {
	    "every metric",
	    "Arm\tMetric\t#Mean [95 % interval]\t#Standard deviation\t#Least\t#Greatest",
	    write_metrics_of, true};
	return json_pack("{s:o s:O}", "tasks", report_tasks(report, &metrics), "figures",
			 json_object_get(report->figures, "final"));
}

static void write_curve_of(struct grid *grid, const struct table_row *row, const char *label,
			   const char *id)
{
	for (int64_t e = 0; e < row->curve_count; e++) {
		grid_text(grid, label);
		grid_integer(grid, e + 1);
		grid_mark(grid, (struct grid_mark){.link = id});
		grid_estimate(grid, &row->curve[e], false);
	}
}

json_t *report_curves(const struct report *report)
{
	static const struct report_rows curves = {
	    "the curves as numbers", "Arm\t#Epoch\t#Mean [95 % interval]", write_curve_of, false};
	int64_t epochs = 0;
	for (int64_t r = 0; r < report->table->row_count; r++)
		epochs += report->table->row[r].curve_count;
	if (epochs == 0)
		return json_pack("{s:n}", "there");
	return json_pack("{s:{s:o s:O}}", "there", "tasks", report_tasks(report, &curves),
			 "figures", json_object_get(report->figures, "curves"));
}
