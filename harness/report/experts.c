/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers did: load by expert, which experts were chosen together next to the nerve, and
 * what the p-adic codec encoded. */
#include <inttypes.h>

#include "foundation/template.h"
#include "harness/report/report.h"

static const struct statistics *numbered(const struct table_row *row, const char *metric,
					 int64_t number)
{
	char name[64];
	snprintf(name, sizeof name, "%s.%" PRId64, metric, number);
	return table_row_statistics(row, name);
}

/* A share as number and bar. */
static void write_share(struct grid *grid, const struct statistics *share, const char *id)
{
	grid_mark(grid, (struct grid_mark){.link = id, .bar = share->mean});
	grid_estimate(grid, share, false);
}

/* Those of METRIC.0, METRIC.1, ... */
static void write_shares(struct grid *grid, const struct table_row *row, const char *metric,
			 const char *label, const char *id)
{
	const struct statistics *share;
	for (int64_t i = 0; (share = numbered(row, metric, i)) != NULL; i++) {
		grid_text(grid, label);
		grid_integer(grid, i);
		write_share(grid, share, id);
	}
}

static void write_loads_of(struct grid *grid, const struct table_row *row, const char *label,
			   const char *id)
{
	write_shares(grid, row, "router.load", label, id);
}

/* Samples that chose both, mean over seeds; NULL: not recorded. */
static const struct statistics *pair_of(const struct table_row *row, int64_t i, int64_t j)
{
	char name[64];
	snprintf(name, sizeof name, "router.pair.%" PRId64 ".%" PRId64, i < j ? i : j,
		 i < j ? j : i);
	return table_row_statistics(row, name);
}

static void write_together_of(struct grid *grid, const struct table_row *row,
			      const struct run_spec *spec)
{
	int64_t experts = spec->arch.n_experts;
	double greatest = 0.0;
	for (int64_t c = 0; c < experts * experts; c++) {
		const struct statistics *both = pair_of(row, c / experts, c % experts);
		greatest = both && both->mean > greatest ? both->mean : greatest;
	}
	for (int64_t c = 0; c < experts * experts; c++) {
		int64_t i = c / experts, j = c % experts;
		const struct statistics *both = pair_of(row, i, j);
		/* A router without a nerve may choose any two. */
		bool edge = !router_of(spec->arch.router_kind)->has_nerve ||
			    nerve_has_edge(&spec->router.nerve, i, j);
		if (j == 0)
			grid_print(grid, "%" PRId64, i);
		if (!both) {
			grid_unknown(grid);
			continue;
		}
		grid_mark(grid,
			  (struct grid_mark){.style = edge ? "shade edge" : "shade",
					     .bar = greatest > 0.0 ? both->mean / greatest : 0.0});
		grid_print(grid, "%.1f %s", both->mean, edge ? "in" : "not in");
	}
}

static void write_together(FILE *out, const struct report *report, int64_t r)
{
	const struct run_spec *spec = table_row_run(report->plan, &report->table->row[r]);
	char heads[GRID_HEADS] = "Expert", label[TABLE_LABEL], caption[TABLE_LABEL + 256];
	struct grid grid;
	for (int64_t j = 0; j < spec->arch.n_experts; j++) {
		char head[24];
		snprintf(head, sizeof head, "#%" PRId64, j);
		grid_add_head(heads, head);
	}
	table_row_label(report->table, &report->table->row[r], label);
	snprintf(caption, sizeof caption, "%s, %s: samples by pair of experts, mean over seeds",
		 report->table->row[r].task, label);
	grid_begin(&grid, out, GRID_HTML, caption, heads);
	write_together_of(&grid, &report->table->row[r], spec);
	grid_end(&grid);
}

json_t *report_experts(const struct report *report)
{
	static const struct report_rows loads = {"share of choices by expert",
						 "Arm\t#Expert\t#Load [95 % interval]",
						 write_loads_of, false};
	json_t *together = json_array();
	bool any = false;
	for (int64_t r = 0; r < report->table->row_count; r++) {
		const struct table_row *row = &report->table->row[r];
		any = any || numbered(row, "router.load", 0);
		if (pair_of(row, 0, 1))
			template_append(&together, report_text(write_together, report, r));
	}
	return json_pack("{s:o s:o}", "loads", any ? report_tasks(report, &loads) : json_array(),
			 "together", together);
}

static void write_codec(FILE *out, const struct report *report, int64_t at)
{
	static const struct metric_column columns[] = {
	    {"router.padic.digits", "#digits", 0},
	    {"router.padic.skipped", "#products skipped", 0},
	    {"router.saturated", "#saturated", 0},
	    {"router.padic.error_max", "#largest error", 2},
	};
	(void)at;
	table_write_metrics(out, GRID_HTML, report->table, NULL, columns,
			    sizeof columns / sizeof *columns);
}

static void write_valuations_of(struct grid *grid, const struct table_row *row, const char *label,
				const char *id)
{
	const struct statistics *zeros = table_row_statistics(row, "router.padic.zeros");
	write_shares(grid, row, "router.padic.valuation", label, id);
	if (!zeros)
		return;
	grid_text(grid, label);
	grid_text(grid, "of zero");
	write_share(grid, zeros, id);
}

json_t *report_codec(const struct report *report)
{
	static const struct report_rows valuations = {"how often p divides the encoded numbers",
						      "Arm\t#Valuation\t#Share [95 % interval]",
						      write_valuations_of, false};
	return json_pack("{s:o s:o s:O}", "table", report_text(write_codec, report, 0),
			 "valuations", report_tasks(report, &valuations), "figures",
			 json_object_get(report->figures, "valuations"));
}
