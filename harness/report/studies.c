/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments beside the one of the page: matching, controls, sensitivity. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

static const char *const titles[STUDIES] = {
    "Dense matched in three ways",
    "Controls: random and oracle routers, another nerve, a lossless codec",
    "Sensitivity to the settings of the priors",
};

/* The commands behind the rows of a line, one below the other. */
static void write_explain(FILE *out, enum study_name name, const struct table_row *row,
			  const struct table_row *reference)
{
	char config[64];
	snprintf(config, sizeof config, "configs/%s.json", study_names[name]);
	fputs("<td>", out);
	report_explain(out, row, row->primary_metric, config);
	if (reference) {
		fputs("<br>\n", out);
		report_explain(out, reference, row->primary_metric, config);
	}
	fputs("</td></tr>\n", out);
}

static void write_row(FILE *out, const struct study *study, enum study_name name,
		      const struct comparison_pair *pair)
{
	const struct study_question *question = study_question_of(name, pair);
	char text[REPORT_ESTIMATE];
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, pair->row->task);
	fputs("</th><td>", out);
	html_text(out, question ? question->text : "one setting changed");
	fputs("</td><td>", out);
	report_pair_label(out, &study->table, pair);
	fputs("</td>", out);
	report_estimate(pair, text);
	html_cell_begin(out, pair->n > 0 ? pair->paired.difference.mean : NAN);
	fprintf(out, "%s</td>", text);
	report_finding_cells(out, pair);
	html_cell_integer(out, pair->n);
	write_explain(out, name, pair->row, pair->reference);
}

static void write_table(FILE *out, const struct study *study, enum study_name name)
{
	char caption[128];
	snprintf(caption, sizeof caption, "%s: paired differences, %s part", study_names[name],
		 study->table.on_test ? "test" : "validation");
	html_table_begin(out, caption,
			 "Task\tQuestion\tDifference\t#Mean [95 % interval], "
			 "points\tFinding\t#p\t#Holm p\t#Seeds\tFrom its runs");
	for (int64_t i = 0; i < study->asked.pair_count; i++)
		write_row(out, study, name, &study->asked.pair[i]);
	html_table_end(out);
}

static void write_figures(FILE *out, const struct report *report, enum study_name name)
{
	const struct study *study = &report->studies.of[name];
	fputs("<div class=\"figures\">\n", out);
	for (int64_t r = 0; r < study->table.row_count; r++) {
		char id[64], title[128];
		snprintf(id, sizeof id, "%s-%" PRId64, study_names[name], r);
		snprintf(title, sizeof title, "%s, ", titles[name]);
		if (table_task_begins(&study->table, r))
			report_write_forest_task(out, report, &study->asked,
						 study->table.row[r].task, title, id);
	}
	fputs("</div>\n", out);
}

/* The arms themselves, where they are few. */
static void write_arms(FILE *out, const struct study *study, enum study_name name)
{
	static const char *const shown_metrics[] = {"router.dead", "router.class_information"};
	char caption[128], text[CELL_TEXT];
	snprintf(caption, sizeof caption, "%s: mean over seeds [95 %% interval]",
		 study_names[name]);
	html_table_begin(out, caption,
			 "Task\tArm\t#Runs\t#Metric\t#Active\t#Training FLOPs\t#Dead "
			 "experts\t#Bits on class\tFrom its runs");
	for (int64_t r = 0; r < study->table.row_count; r++) {
		const struct table_row *row = &study->table.row[r];
		const struct table_metric *primary = table_row_primary(row);
		fputs("<tr><th scope=\"row\">", out);
		html_text(out, row->task);
		fputs("</th><td>", out);
		html_text(out, row->arm);
		fputs("</td>", out);
		html_cell_integer(out, row->runs);
		html_cell_begin(out, primary ? primary->statistics.mean : NAN);
		if (primary)
			cell_estimate(&primary->statistics, false, text);
		fprintf(out, "%s</td>", primary ? text : "–");
		html_cell_integer(out, row->active_params);
		html_cell_integer(out, row->train_flops);
		for (int m = 0; m < 2; m++) {
			const struct table_metric *metric = table_row_metric(row, shown_metrics[m]);
			html_cell_begin(out, metric ? metric->statistics.mean : NAN);
			if (metric)
				cell_number(metric->statistics.mean, false, text);
			fprintf(out, "%s</td>", metric ? text : "–");
		}
		write_explain(out, name, row, NULL);
	}
	html_table_end(out);
}

static void write_study(FILE *out, const struct report *report, enum study_name name)
{
	const struct study *study = &report->studies.of[name];
	fprintf(out, "<h3 id=\"study-%s\">%s</h3>\n", study_names[name], titles[name]);
	if (!study->there) {
		fprintf(out,
			"<p>Not trained here: <code>make studies</code> trains "
			"<code>configs/%s.json</code>.</p>\n",
			study_names[name]);
		return;
	}
	fprintf(out, "<p>%" PRId64 " of %" PRId64 " runs, evaluated on the %s part.%s</p>\n",
		study->table.runs, study->table.planned,
		study->table.on_test ? "test" : "validation",
		study->table.runs < study->table.planned
		    ? " <b>Not all runs are in: what follows may change.</b>"
		    : "");
	write_table(out, study, name);
	write_figures(out, report, name);
	if (name != STUDY_SENSITIVITY)
		write_arms(out, study, name);
}

/* Whether the page is of the study itself, which is then not told of twice. */
static bool is_own(const struct report *report, enum study_name name)
{
	return strcmp(report->table->experiment, study_names[name]) == 0;
}

/* Learned against random, the question that comes before which prior helps the learning. */
static bool is_routing(const struct comparison_pair *pair)
{
	return study_question_of(STUDY_CONTROLS, pair)->use == USE_RANDOM;
}

void report_write_routing(FILE *out, const struct report *report)
{
	const struct study *study = &report->studies.of[STUDY_CONTROLS];
	struct tally tally = {0};
	for (int64_t i = 0; study->there && i < study->asked.pair_count; i++)
		if (is_routing(&study->asked.pair[i]))
			tally_add(&tally, &study->asked.pair[i]);
	if (!tally.pairs)
		return;
	report_write_answer(out, "routing", "Is learned routing better than routing at random?",
			    &tally);
	fprintf(out, "<p>%s</p>\n<ul>\n",
		is_own(report, STUDY_CONTROLS)
		    ? "SheafOnly against RandomSimplex, SoftmaxOnly against RandomExperts."
		    : "From the <a href=\"#study-controls\">controls</a>.");
	for (int64_t i = 0; i < study->asked.pair_count; i++) {
		const struct comparison_pair *pair = &study->asked.pair[i];
		char text[REPORT_ESTIMATE];
		if (!is_routing(pair))
			continue;
		report_estimate(pair, text);
		fputs("<li>", out);
		html_text(out, pair->row->task);
		fputs(", ", out);
		report_pair_label(out, &study->table, pair);
		fprintf(out, ": %s%s, ", text,
			report_is_share(pair->row->primary_metric) ? " points" : "");
		report_finding(out, pair);
		report_reason(out, pair);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</article>\n", out);
}

void report_write_studies(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"studies\"><h2 id=\"studies\">Further experiments</h2>\n"
	      "<p>Trained beside this one, with configurations of their own. Findings as in the "
	      "verdict; Holm's correction is over the comparisons of each table.</p>\n",
	      out);
	for (int s = 0; s < STUDIES; s++)
		if (!is_own(report, (enum study_name)s))
			write_study(out, report, (enum study_name)s);
	fputs("</section>\n", out);
}
