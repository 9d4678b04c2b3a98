/* SPDX-License-Identifier: Apache-2.0 */
/* The answers in plain words, and the table they are drawn from. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

static bool answers(const struct report *report, const struct comparison_pair *pair,
		    enum question_name question)
{
	return question_of(report->plan, report->table, pair->row, pair->reference) == question;
}

static struct tally tally_of(const struct report *report, enum question_name question)
{
	const struct comparisons *c = &report->comparisons;
	struct tally tally = {0};
	for (int64_t i = 0; i < c->pair_count; i++)
		if (answers(report, &c->pair[i], question))
			tally_add(&tally, &c->pair[i]);
	return tally;
}

/* "letter, diamonds" of one finding; each name leads to its seeds. */
static void write_names(FILE *out, const struct report *report, enum question_name question,
			enum comparison verdict, bool after_holm)
{
	const struct comparisons *c = &report->comparisons;
	const char *separator = "";
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		const struct table_row *row = pair->row;
		if (pair->verdict != verdict || pair->after_holm != after_holm ||
		    !answers(report, pair, question))
			continue;
		fprintf(out, "%s<a href=\"#", separator);
		report_pair_id(out, report, pair);
		fputs("\">", out);
		html_text(out, row->task);
		if (row->variant[0]) {
			fputc(' ', out);
			html_text(out, row->variant);
		}
		fputs("</a>", out);
		report_reason(out, pair);
		if (comparison_pair_decided(pair)) {
			char size[REPORT_DIFFERENCE];
			report_difference(row->primary_metric, pair->paired.difference.mean, true,
					  size);
			fprintf(out, " (%s%s)", size,
				report_is_share(row->primary_metric) ? " points" : "");
		}
		separator = ", ";
	}
}

static void write_findings(FILE *out, const struct report *report, enum question_name question,
			   const struct tally *tally)
{
	static const struct {
		enum comparison verdict;
		bool after_holm;
		const char *text;
	} lines[] = {
	    {COMPARISON_BETTER, true, "Better, also after Holm,"},
	    {COMPARISON_WORSE, true, "Worse, also after Holm,"},
	    {COMPARISON_BETTER, false,
	     "Better, not after Holm: the interval leaves zero out, the "
	     "p value corrected for the number of comparisons does not "
	     "agree"},
	    {COMPARISON_WORSE, false,
	     "Worse, not after Holm: the interval leaves zero out, the p "
	     "value corrected for the number of comparisons does not "
	     "agree"},
	    {COMPARISON_UNDECIDED, false, "Undecided: the interval covers zero"},
	    {COMPARISON_NONE, false, "No verdict: no spread, ties, or too few seeds"},
	};
	fputs("<ul>\n", out);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		int64_t count = tally->by[lines[i].verdict][lines[i].after_holm];
		if (count == 0)
			continue;
		fprintf(out, "<li>%s on %" PRId64 " of %" PRId64 ": ", lines[i].text, count,
			tally->pairs);
		write_names(out, report, question, lines[i].verdict, lines[i].after_holm);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

/* How large a difference the intervals leave possible, where all are shares and so on one scale. */
static void write_reach(FILE *out, const struct report *report, enum question_name question)
{
	const struct comparisons *c = &report->comparisons;
	double low = 0.0, high = 0.0, smallest = 0.0;
	bool any = false;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		const struct statistics *d = &pair->paired.difference;
		if (!d->interval || !answers(report, pair, question))
			continue;
		if (!report_is_share(pair->row->primary_metric))
			return;
		low = !any || d->ci_low < low ? d->ci_low : low;
		high = !any || d->ci_high > high ? d->ci_high : high;
		smallest = !any || pair->smallest > smallest ? pair->smallest : smallest;
		any = true;
	}
	if (!any)
		return;
	fprintf(out,
		"<p>Over all tasks the 95 %% intervals reach from %+.2f to %+.2f percentage "
		"points. Before the correction, a study of this size finds a true difference of "
		"%.2f points with probability %g or more on each of them.</p>\n",
		100.0 * low, 100.0 * high, 100.0 * smallest, COMPARISONS_POWER);
}

static void write_answer(FILE *out, const struct report *report, enum question_name question)
{
	struct tally tally = tally_of(report, question);
	if (!tally.pairs)
		return;
	report_write_answer(out, questions[question].id, questions[question].title, &tally);
	fprintf(out, "<p>%s against %s: %s.</p>\n", questions[question].arm,
		questions[question].reference, questions[question].difference);
	write_findings(out, report, question, &tally);
	write_reach(out, report, question);
	fputs("</article>\n", out);
}

static void write_estimate(FILE *out, const struct report *report,
			   const struct comparison_pair *pair)
{
	char text[REPORT_ESTIMATE];
	report_estimate(pair, text);
	html_cell_begin(out, pair->n > 0 ? pair->paired.difference.mean : NAN);
	fputs("<a href=\"#", out);
	report_pair_id(out, report, pair);
	fprintf(out, "\">%s</a></td>", text);
}

static void write_pair(FILE *out, const struct report *report, const struct comparison_pair *pair)
{
	const char *metric = pair->row->primary_metric;
	const double smallest = pair->smallest > 0.0 ? pair->smallest : NAN;
	char text[REPORT_DIFFERENCE];
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, pair->row->task);
	fputs("</th><td>", out);
	report_pair_label(out, report->table, pair);
	fputs("</td>", out);
	write_estimate(out, report, pair);
	report_finding_cells(out, pair);
	report_difference(metric, smallest, false, text);
	html_cell_begin(out, smallest);
	fprintf(out, "%s</td>", text);
	html_cell_integer(out, pair->n);
	fputs("<td>", out);
	html_text(out, metric);
	fprintf(out, "%s%s</td></tr>\n", report_is_share(metric) ? ", points" : "",
		pair->lower_is_better ? ", lower is better" : "");
}

static void write_method(FILE *out, const struct report *report)
{
	const char *part = report->table->on_test ? "test" : "validation";
	fprintf(out,
		"<p class=\"note\">Differences are paired by seed and of the %s part, with "
		"Student's 95 %% interval; p is of the sign-flip test, corrected by Holm's "
		"method over the %" PRId64 " comparisons of this table. <i>Better</i> and "
		"<i>worse</i> are said where the interval leaves zero out, <i>also after Holm</i> "
		"where "
		"the corrected p is at most %g; the answers above go by these alone. Without a "
		"spread, or with so few or tied seeds that no p could be "
		"at most %g, there is <i>no verdict</i>. <i>Undecided</i> is not evidence of "
		"equality. The intervals are "
		"of the variation by seed on one fixed %s part.</p>\n",
		part, report->comparisons.family, SIGNIFICANCE_LEVEL, SIGNIFICANCE_LEVEL, part);
}

void report_write_verdict(FILE *out, const struct report *report)
{
	fputs("<section aria-labelledby=\"verdict\"><h2 id=\"verdict\">Verdict</h2>\n"
	      "<div class=\"answers\">\n",
	      out);
	for (int q = 0; q < QUESTIONS; q++)
		write_answer(out, report, (enum question_name)q);
	report_write_routing(out, report);
	fputs("</div>\n", out);
	if (report->comparisons.pair_count == 0) {
		fputs("<p>This experiment has no two arms to compare."
		      "</p></section>\n",
		      out);
		return;
	}
	write_method(out, report);
	html_table_begin(out, "All comparisons: paired differences of the primary metric",
			 "Task\tDifference\t#Mean [95 % interval]\tFinding\t#p\t#Holm p\t#Would "
			 "see\t#Seeds\tMetric");
	for (int64_t i = 0; i < report->comparisons.pair_count; i++)
		write_pair(out, report, &report->comparisons.pair[i]);
	html_table_end(out);
	fprintf(
	    out,
	    "<p class=\"note\"><i>Would see</i>: the smallest true difference that such a study "
	    "finds with probability %g before the correction, from the spread seen "
	    "here.</p></section>\n",
	    COMPARISONS_POWER);
}
