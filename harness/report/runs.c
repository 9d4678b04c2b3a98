/* SPDX-License-Identifier: Apache-2.0 */
/* Where every number comes from: comparisons seed by seed, and each run with what makes it again.
 */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "foundation/shell_text.h"
#include "harness/report/report.h"
#include "harness/tables/views.h"

/* The plan's run of that row and seed; -1: none. */
static int64_t find_run(const struct report *report, const struct table_row *row, int64_t seed)
{
	const struct run_spec *run = table_row_seed(report->plan, row, seed);
	return run && report->run[run - report->plan->runs].index >= 0 ? run - report->plan->runs
								       : -1;
}

static double primary_of(const struct report *report, int64_t run)
{
	const struct report_run *at = &report->run[run];
	const struct table_metric *metric = table_row_primary(&report->table->row[at->row]);
	return metric ? metric->values[at->index] : NAN;
}

static void write_value(struct grid *grid, const struct report *report, int64_t run)
{
	char id[32];
	snprintf(id, sizeof id, "run-%s", report->plan->runs[run].run_id);
	grid_mark(grid, (struct grid_mark){.link = id});
	grid_number(grid, true, primary_of(report, run), false);
}

static void write_seeds(FILE *out, const struct report *report, int64_t at)
{
	const struct comparison_pair *pair = &report->comparisons.pair[at];
	char caption[COMPARISON_LABEL + 160], label[COMPARISON_LABEL];
	struct grid grid;
	comparison_label(report->table, pair->row, pair->reference, label);
	snprintf(caption, sizeof caption, "%s, %s: %s", pair->row->task, pair->row->primary_metric,
		 label);
	grid_begin(&grid, out, GRID_HTML, caption, "#Seed\t#First arm\t#Second arm\t#Difference");
	for (int64_t s = 0; s < pair->n; s++) {
		int64_t ours = find_run(report, pair->row, pair->seeds[s]);
		int64_t theirs = find_run(report, pair->reference, pair->seeds[s]);
		if (ours < 0 || theirs < 0)
			continue;
		grid_integer(&grid, pair->seeds[s]);
		write_value(&grid, report, ours);
		write_value(&grid, report, theirs);
		grid_number(&grid, true, pair->differences[s], true);
	}
	grid_end(&grid);
}

json_t *report_pairs(const struct report *report)
{
	json_t *list = json_array();
	for (int64_t i = 0; i < report->comparisons.pair_count; i++) {
		json_t *pair = view_pair(&report->comparisons, &report->comparisons.pair[i]);
		template_set(&pair, "table", report_text(write_seeds, report, i));
		template_append(&list, pair);
	}
	return json_pack("{s:o}", "list", list);
}

static void write_run(struct grid *grid, const struct report *report, int64_t i)
{
	const struct run_spec *spec = &report->plan->runs[i];
	const struct report_run *run = &report->run[i];
	char id[32], command[REPORT_COMMAND] = "build/sheafbench run ";
	snprintf(id, sizeof id, "run-%s", spec->run_id);
	shell_word(command, sizeof command, report->plan->file_name);
	snprintf(command + strlen(command), sizeof command - strlen(command), " --id %s --force",
		 spec->run_id);
	grid_row_id(grid, id);
	grid_mark(grid, (struct grid_mark){.code = true});
	grid_text(grid, spec->run_id);
	grid_print(grid, "%" PRIu64, spec->seed);
	if (run->index >= 0) {
		grid_number(grid, true, primary_of(report, i), false);
		grid_mark(grid, (struct grid_mark){.style = "hash", .code = true});
		grid_text(grid, run->weights_sha256);
	} else {
		grid_mark(grid, (struct grid_mark){.style = "state"});
		grid_text(grid, run_state_names[run->state]);
		grid_unknown(grid);
	}
	grid_mark(grid, (struct grid_mark){.code = true});
	grid_text(grid, command);
	grid_mark(grid, (struct grid_mark){.code = true});
	grid_print(grid, "build/sheafbench explain %s", spec->run_id);
}

static void write_runs(FILE *out, const struct report *report, int64_t r)
{
	const struct table_row *row = &report->table->row[r];
	char caption[TABLE_LABEL + 80], label[TABLE_LABEL], heads[GRID_HEADS];
	struct grid grid;
	table_row_label(report->table, row, label);
	snprintf(caption, sizeof caption, "%s, %s", row->task, label);
	snprintf(heads, sizeof heads,
		 "Run\t#Seed\t#%s\tWeights, SHA-256\tMakes it again\tExplains it",
		 row->primary_metric);
	grid_begin(&grid, out, GRID_HTML, caption, heads);
	for (int64_t i = 0; i < report->plan->run_count; i++)
		if (report->run[i].row == r)
			write_run(&grid, report, i);
	grid_end(&grid);
}

json_t *report_runs(const struct report *report)
{
	json_t *list = json_array();
	for (int64_t r = 0; r < report->table->row_count; r++) {
		const struct table_row *row = &report->table->row[r];
		char command[REPORT_COMMAND];
		json_t *view = view_row(report->table, row);
		report_explain(row, report->plan->file_name, command);
		template_set(&view, "command", template_bytes(command));
		template_set(&view, "table", report_text(write_runs, report, r));
		template_append(&list, view);
	}
	return json_pack("{s:o}", "list", list);
}
