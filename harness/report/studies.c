/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments beside the one of the page: matching, controls, sensitivity. */
#include <string.h>

#include "harness/report/report.h"
#include "harness/tables/views.h"

static const char *const titles[STUDIES] = {
    "Dense matched in three ways",
    "Controls: random and oracle routers, another nerve, a lossless codec",
    "Sensitivity to the settings of the priors",
};

/* The command behind a row's estimate. */
static void write_explain(struct grid *grid, int64_t name, const struct table_row *row)
{
	char config[PLAN_NAME + 16], command[REPORT_COMMAND];
	snprintf(config, sizeof config, "configs/%s.json", study_names[name]);
	report_explain(row, config, command);
	grid_mark(grid, (struct grid_mark){.code = true});
	grid_text(grid, command);
}

static void write_pair(struct grid *grid, const struct study *study, enum study_name name,
		       const struct comparison_pair *pair)
{
	const struct study_question *question = study_question_of(name, pair);
	char label[COMPARISON_LABEL], finding[COMPARISON_VERDICT];
	study_pair_label(&study->table, pair, label);
	comparison_pair_finding(pair, true, finding);
	grid_text(grid, pair->row->task);
	grid_text(grid, question ? question->text : "one setting changed");
	grid_text(grid, label);
	grid_estimate(grid, pair->n > 0 ? &pair->paired.difference : NULL, true);
	grid_mark(grid, (struct grid_mark){.style = comparison_style(pair)});
	grid_text(grid, finding);
	grid_p(grid, pair->tested, pair->flip.p);
	grid_p(grid, pair->tested, pair->holm);
	grid_integer(grid, pair->n);
	write_explain(grid, name, pair->row);
	write_explain(grid, name, pair->reference);
}

static void write_pairs(FILE *out, const struct report *report, int64_t name)
{
	const struct study *study = &report->studies.of[name];
	char caption[PLAN_NAME + 64];
	struct grid grid;
	snprintf(caption, sizeof caption, "%s: paired differences, %s part", study_names[name],
		 study->table.on_test ? "test" : "validation");
	grid_begin(
	    &grid, out, GRID_HTML, caption,
	    "Task\tQuestion\tDifference\t#Mean [95 % interval]\tFinding\t#p\t#Holm p\t#Seeds\t"
	    "From the first's runs\tFrom the second's runs");
	for (int64_t i = 0; i < study->asked.pair_count; i++)
		write_pair(&grid, study, (enum study_name)name, &study->asked.pair[i]);
	grid_end(&grid);
}

/* The arms themselves, where they are few. */
static void write_arms(FILE *out, const struct report *report, int64_t name)
{
	const struct table *table = &report->studies.of[name].table;
	char caption[PLAN_NAME + 64];
	struct grid grid;
	snprintf(caption, sizeof caption, "%s: mean over seeds [95 %% interval]",
		 study_names[name]);
	grid_begin(&grid, out, GRID_HTML, caption,
		   "Task\tArm\t#Runs\t#Metric\t#Active\t#Training FLOPs\t#Dead experts\t#Bits on "
		   "class\tFrom its runs");
	for (int64_t r = 0; r < table->row_count; r++) {
		const struct table_row *row = &table->row[r];
		grid_text(&grid, row->task);
		grid_text(&grid, row->arm);
		grid_integer(&grid, row->runs);
		grid_estimate(&grid, table_row_statistics(row, row->primary_metric), false);
		grid_integer(&grid, row->active_params);
		grid_integer(&grid, row->train_flops);
		grid_estimate(&grid, table_row_statistics(row, "router.dead"), false);
		grid_estimate(&grid, table_row_statistics(row, "router.class_information"), false);
		write_explain(&grid, name, row);
	}
	grid_end(&grid);
}

static json_t *study_of(const struct report *report, enum study_name name)
{
	const struct study *study = &report->studies.of[name];
	const char *figure = name == STUDY_SENSITIVITY ? "sensitivity" : "differences";
	json_t *view = study->there ? view_table(&study->table) : json_null();
	if (study->there) {
		template_set(&view, "pairs", report_text(write_pairs, report, name));
		template_set(&view, "arms",
			     name == STUDY_SENSITIVITY ? json_null()
						       : report_text(write_arms, report, name));
		template_set(&view, "figures",
			     json_incref(json_object_get(report->study_figures[name], figure)));
	}
	return json_pack("{s:s s:s s:o}", "name", study_names[name], "title", titles[name], "there",
			 view);
}

/* Whether the page is of the study itself, which is then not told of twice. */
static bool is_own(const struct report *report, enum study_name name)
{
	return strcmp(report->table->experiment, study_names[name]) == 0;
}

json_t *report_studies(const struct report *report)
{
	json_t *list = json_array();
	for (int s = 0; s < STUDIES; s++)
		if (!is_own(report, (enum study_name)s))
			template_append(&list, study_of(report, (enum study_name)s));
	return json_pack("{s:o}", "list", list);
}
