/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments beside the one of the page: matching, controls, sensitivity. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

enum { WIDTH = 560, LEFT = 16, RIGHT = 544, TOP = 12, ROW = 40, BELOW = 52 };

static const char *const titles[STUDIES] = {
    "Dense matched in three ways",
    "Controls: random and oracle routers, another nerve, a lossless codec",
    "Sensitivity to the settings of the priors",
};

/* What is compared: two arms, or a setting against the ablation's. */
static void write_label(FILE *out, const struct study *study, const struct comparison_pair *pair)
{
	char label[COMPARISON_LABEL], value[PARAMETER_VALUE];
	int parameter = study_parameter(pair->row->variant);
	if (parameter >= 0 && parameter < PARAMETERS) {
		study_value(pair->row->variant, parameter, value);
		snprintf(label, sizeof label, "%s = %s", parameter_names[parameter], value);
	} else {
		comparison_label(&study->table, pair->row, pair->reference, label);
	}
	html_text(out, label);
}

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
	write_label(out, study, pair);
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
	static const char *const heads[] = {
	    "Task",          "Question", "Difference", "#Mean [95 % interval], points",
	    "Finding",       "#p",       "#Holm p",    "#Seeds",
	    "From its runs", NULL};
	char caption[128];
	snprintf(caption, sizeof caption, "%s: paired differences, %s part", study_names[name],
		 study->table.on_test ? "test" : "validation");
	html_table_begin(out, caption, heads);
	for (int64_t i = 0; i < study->asked.pair_count; i++)
		write_row(out, study, name, &study->asked.pair[i]);
	html_table_end(out);
}

/* Values as the axis has them: percentage points of shares. */
static double shown(const struct comparison_pair *pair, double value)
{
	return report_is_share(pair->row->primary_metric) ? 100.0 * value : value;
}

static bool is_drawn(const struct comparison_pair *pair, const char *task)
{
	return strcmp(pair->row->task, task) == 0 && pair->paired.difference.interval;
}

/* How many intervals there are to draw; zero is always on the axis. */
static int measure(const struct comparisons *c, const char *task, struct scale *x)
{
	double low = 0.0, high = 0.0;
	int count = 0;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct statistics *d = &c->pair[i].paired.difference;
		if (!is_drawn(&c->pair[i], task))
			continue;
		double from = shown(&c->pair[i], d->ci_low), to = shown(&c->pair[i], d->ci_high);
		low = from < low ? from : low;
		high = to > high ? to : high;
		count++;
	}
	*x = scale_of(low, high, LEFT, RIGHT, 6);
	return count;
}

static void write_interval(FILE *out, const struct study *study, const struct comparison_pair *pair,
			   const struct scale *x, int top)
{
	const struct statistics *d = &pair->paired.difference;
	double y = top + 28.0, mean = scale_at(x, shown(pair, d->mean));
	char text[REPORT_ESTIMATE];
	report_estimate(pair, text);
	fprintf(out, "<text class=\"strong\" x=\"%d\" y=\"%d\">", LEFT, top + 16);
	write_label(out, study, pair);
	fprintf(out, "</text><text class=\"end %s\" x=\"%d\" y=\"%d\">%s, ", report_class(pair),
		RIGHT, top + 16, text);
	report_finding(out, pair);
	fprintf(out,
		"</text>\n<path class=\"interval\" d=\"M%.2f %.2fH%.2f\"/><rect class=\"mean %s\" "
		"x=\"%.2f\" y=\"%.2f\" width=\"10\" height=\"10\"/>\n",
		scale_at(x, shown(pair, d->ci_low)), y, scale_at(x, shown(pair, d->ci_high)),
		report_class(pair), mean - 5.0, y - 5.0);
}

static void write_figure(FILE *out, const struct study *study, enum study_name name,
			 const char *task, int64_t index)
{
	const struct comparisons *c = &study->asked;
	struct scale x;
	int count = measure(c, task, &x), top = TOP, bottom = TOP + count * ROW;
	char id[64];
	if (count == 0)
		return;
	snprintf(id, sizeof id, "%s-%" PRId64, study_names[name], index);
	fprintf(out,
		"<figure>\n<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"%s, ",
		titles[name]);
	html_text(out, task);
	fputs("\">\n", out);
	html_figure_begin(out, id, WIDTH, bottom + BELOW);
	fprintf(out, "<title id=\"%s-t\">%s, ", id, titles[name]);
	html_text(out, task);
	fprintf(out, "</title><desc id=\"%s-d\">The numbers are in the table before.</desc>\n", id);
	html_axis_x(out, &x, TOP, bottom);
	fprintf(out, "<path class=\"zero\" d=\"M%.2f %dV%d\"/>\n", scale_at(&x, 0.0), TOP, bottom);
	for (int64_t i = 0; i < c->pair_count; i++)
		if (is_drawn(&c->pair[i], task)) {
			write_interval(out, study, &c->pair[i], &x, top);
			top += ROW;
		}
	fprintf(out,
		"<text class=\"mid\" x=\"%d\" y=\"%d\">difference, percentage points where the "
		"metric is a share</text>\n</svg></div>\n<figcaption><b>",
		(LEFT + RIGHT) / 2, bottom + 42);
	html_text(out, task);
	fputs("</b>: 95 % interval (line) and mean (square, filled where better or "
	      "worse also after Holm).</figcaption>\n</figure>\n",
	      out);
}

static void write_figures(FILE *out, const struct study *study, enum study_name name)
{
	fputs("<div class=\"figures\">\n", out);
	for (int64_t r = 0; r < study->table.row_count; r++)
		if (table_task_begins(&study->table, r))
			write_figure(out, study, name, study->table.row[r].task, r);
	fputs("</div>\n", out);
}

/* The arms themselves, where they are few. */
static void write_arms(FILE *out, const struct study *study, enum study_name name)
{
	static const char *const heads[] = {"Task",          "Arm",
					    "#Runs",         "#Metric",
					    "#Active",       "#Training FLOPs",
					    "#Dead experts", "#Bits on class",
					    "From its runs", NULL};
	static const char *const shown_metrics[] = {"router.dead", "router.class_information"};
	char caption[128], text[CELL_TEXT];
	snprintf(caption, sizeof caption, "%s: mean over seeds [95 %% interval]",
		 study_names[name]);
	html_table_begin(out, caption, heads);
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

static void write_study(FILE *out, const struct study *study, enum study_name name)
{
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
	write_figures(out, study, name);
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
		write_label(out, study, pair);
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
			write_study(out, &report->studies.of[s], (enum study_name)s);
	fputs("</section>\n", out);
}
