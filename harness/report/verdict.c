/* SPDX-License-Identifier: Apache-2.0 */
/* The answers in plain words, and the table they are drawn from. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/report/report.h"
#include "harness/report/html.h"
#include "harness/tables/cell.h"

static const struct {
	const char *id, *title, *against, *better, *worse;
} questions[QUESTIONS] = {
    [QUESTION_SHEAF] = {"answer-sheaf", "Does the sheaf prior help?",
			"SheafOnly against SoftmaxOnly: the nerve and the overlap penalty.",
			"SheafOnly is better than SoftmaxOnly",
			"SheafOnly is worse than SoftmaxOnly"},
    [QUESTION_PADIC] = {"answer-padic", "Does the p-adic prior help?",
			"SheafPadic against SheafOnly: the p-adic codec, added to the nerve.",
			"SheafPadic is better than SheafOnly",
			"SheafPadic is worse than SheafOnly"},
    [QUESTION_BOTH] = {"answer-both", "Do both together help?",
		       "SheafPadic against SoftmaxOnly: both priors at once.",
		       "SheafPadic is better than SoftmaxOnly",
		       "SheafPadic is worse than SoftmaxOnly"},
    [QUESTION_MIXTURE] = {"answer-mixture", "Is the plain mixture better than Dense?",
			  "SoftmaxOnly against a dense network of equal parameters.",
			  "SoftmaxOnly is better than Dense", "SoftmaxOnly is worse than Dense"},
};

struct tally {
	int64_t pairs, by[FINDING_WORSE + 1];
};

static struct tally tally_of(const struct report *report, enum report_question question)
{
	struct tally tally = {0};
	for (int64_t i = 0; i < report->pair_count; i++)
		if (report->pair[i].question == question) {
			tally.pairs++;
			tally.by[report->pair[i].finding]++;
		}
	return tally;
}

/* A yes or a no only where a difference is confirmed. */
static void write_word(FILE *out, const struct tally *tally)
{
	int64_t better = tally->by[FINDING_BETTER], worse = tally->by[FINDING_WORSE];
	if (better && worse)
		fprintf(out, "It depends: better on %" PRId64 ", worse on %" PRId64, better, worse);
	else if (better)
		fprintf(out, "Yes, on %" PRId64, better);
	else if (worse)
		fprintf(out, "%s worse on %" PRId64, worse == tally->pairs ? "No:" : "Not shown;",
			worse);
	if (better || worse)
		fprintf(out, " of %" PRId64, tally->pairs);
	else if (tally->by[FINDING_UNKNOWN] + tally->by[FINDING_NO_VERDICT] == tally->pairs)
		fputs("Not known", out);
	else
		fputs("Not shown", out);
}

/* "letter, diamonds" of one finding; each name leads to its seeds. */
static void write_names(FILE *out, const struct report *report, enum report_question question,
			enum report_finding finding)
{
	const char *separator = "";
	for (int64_t i = 0; i < report->pair_count; i++) {
		const struct report_pair *pair = &report->pair[i];
		const struct table_row *row = &report->table->row[pair->x];
		if (pair->question != question || pair->finding != finding)
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
		if (finding == FINDING_BETTER || finding == FINDING_WORSE) {
			char size[REPORT_DIFFERENCE];
			report_difference(row->primary_metric, pair->paired.difference.mean, true,
					  size);
			fprintf(out, " (%s%s)", size,
				report_is_share(row->primary_metric) ? " points" : "");
		}
		report_write_reason(out, pair->why, pair->n, pair->flip.least);
		separator = ", ";
	}
}

static void write_findings(FILE *out, const struct report *report, enum report_question question,
			   const struct tally *tally)
{
	const struct {
		enum report_finding finding;
		const char *text;
	} lines[] = {
	    {FINDING_BETTER, questions[question].better},
	    {FINDING_WORSE, questions[question].worse},
	    {FINDING_UNCONFIRMED, "Not confirmed: the interval leaves zero out, the p value "
				  "corrected for the number of comparisons does not agree"},
	    {FINDING_UNDECIDED, "Undecided: the interval covers zero"},
	    {FINDING_NO_VERDICT, "No verdict: no spread, ties, or too few seeds"},
	    {FINDING_UNKNOWN, "Not known: fewer than two paired seeds"},
	};
	fputs("<ul>\n", out);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (!tally->by[lines[i].finding])
			continue;
		fprintf(out, "<li>%s on %" PRId64 " of %" PRId64 ": ", lines[i].text,
			tally->by[lines[i].finding], tally->pairs);
		write_names(out, report, question, lines[i].finding);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

/* How large a difference the intervals leave possible, where all are shares and so on one scale. */
static void write_reach(FILE *out, const struct report *report, enum report_question question)
{
	double low = 0.0, high = 0.0, smallest = 0.0;
	bool any = false;
	for (int64_t i = 0; i < report->pair_count; i++) {
		const struct report_pair *pair = &report->pair[i];
		const struct statistics *d = &pair->paired.difference;
		if (pair->question != question || !d->interval)
			continue;
		if (!report_is_share(report->table->row[pair->x].primary_metric))
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
		"%.2f points with probability 0.8 or more on each of them.</p>\n",
		100.0 * low, 100.0 * high, 100.0 * smallest);
}

static void write_answer(FILE *out, const struct report *report, enum report_question question)
{
	struct tally tally = tally_of(report, question);
	if (!tally.pairs)
		return;
	fprintf(out,
		"<article class=\"answer\" id=\"%s\"><h3>%s</h3>\n"
		"<p class=\"word\">",
		questions[question].id, questions[question].title);
	write_word(out, &tally);
	fprintf(out, ".</p>\n<p>%s</p>\n", questions[question].against);
	write_findings(out, report, question, &tally);
	write_reach(out, report, question);
	fputs("</article>\n", out);
}

static void write_number(FILE *out, const struct report *report, const struct report_pair *pair,
			 double value)
{
	char text[REPORT_DIFFERENCE];
	report_difference(report->table->row[pair->x].primary_metric, value, true, text);
	fputs(text, out);
}

static void write_interval(FILE *out, const struct report *report, const struct report_pair *pair)
{
	const struct statistics *d = &pair->paired.difference;
	html_cell_begin(out, pair->n > 0 ? d->mean : NAN);
	fputs("<a href=\"#", out);
	report_pair_id(out, report, pair);
	fputs("\">", out);
	write_number(out, report, pair, pair->n > 0 ? d->mean : NAN);
	if (d->interval) {
		fputs(" [", out);
		write_number(out, report, pair, d->ci_low);
		fputs(", ", out);
		write_number(out, report, pair, d->ci_high);
		fputc(']', out);
	}
	fputs("</a></td>", out);
}

static void write_sureness(FILE *out, const struct report *report, const struct report_pair *pair)
{
	char text[REPORT_DIFFERENCE];
	const double p[] = {pair->flip.p, pair->holm};
	if (!pair->tested) {
		fputs("<td>–</td><td>–</td><td>–</td>", out);
		return;
	}
	for (int i = 0; i < 2; i++) {
		report_p(p[i], text);
		html_cell_begin(out, p[i]);
		fprintf(out, "%s</td>", text);
	}
	const double smallest = pair->smallest > 0.0 ? pair->smallest : NAN;
	report_difference(report->table->row[pair->x].primary_metric, smallest, false, text);
	html_cell_begin(out, smallest);
	fprintf(out, "%s</td>", text);
}

static void write_pair(FILE *out, const struct report *report, const struct report_pair *pair)
{
	const struct table_row *row = &report->table->row[pair->x];
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, row->task);
	fputs("</th><td>", out);
	report_pair_label(out, report, pair);
	fputs("</td>", out);
	write_interval(out, report, pair);
	fprintf(out, "<td class=\"f%d\"><b>%s</b>", (int)pair->finding,
		report_finding_name(pair->finding));
	report_write_reason(out, pair->why, pair->n, pair->flip.least);
	fputs("</td>", out);
	write_sureness(out, report, pair);
	html_cell_integer(out, pair->n);
	fputs("<td>", out);
	html_text(out, row->primary_metric);
	fprintf(out, "%s%s</td></tr>\n", report_is_share(row->primary_metric) ? ", points" : "",
		table_lower_is_better(row->primary_metric) ? ", lower is better" : "");
}

static void write_method(FILE *out, const struct report *report)
{
	fprintf(
	    out,
	    "<p class=\"note\">Differences are paired by seed and of the %s part, with "
	    "Student's 95 %% interval; p is of the sign-flip test, corrected by Holm's "
	    "method over the %" PRId64 " comparisons of this table. <i>Better</i> and "
	    "<i>worse</i> are said only where the interval leaves zero out and the corrected p "
	    "is at most 0.05. Without a spread, or with so few or tied seeds that no p could be "
	    "at most 0.05, there is <i>no verdict</i>. <i>Undecided</i> is not evidence of "
	    "equality. The intervals are "
	    "of the variation by seed on one fixed %s part.</p>\n",
	    report->table->on_test ? "test" : "validation", report->tested,
	    report->table->on_test ? "test" : "validation");
}

void report_write_verdict(FILE *out, const struct report *report)
{
	static const char *const heads[] = {"Task",       "Difference", "#Mean [95 % interval]",
					    "Finding",    "#p",         "#Holm p",
					    "#Would see", "#Seeds",     "Metric",
					    NULL};
	fputs("<section aria-labelledby=\"verdict\"><h2 id=\"verdict\">Verdict</h2>\n"
	      "<div class=\"answers\">\n",
	      out);
	for (int q = 0; q < QUESTIONS; q++)
		write_answer(out, report, (enum report_question)q);
	report_write_routing(out, report);
	fputs("</div>\n", out);
	if (report->pair_count == 0) {
		fputs("<p>This experiment has no two arms that answer a question of these."
		      "</p></section>\n",
		      out);
		return;
	}
	write_method(out, report);
	html_table_begin(out, "All comparisons: paired differences of the primary metric", heads);
	for (int64_t i = 0; i < report->pair_count; i++)
		write_pair(out, report, &report->pair[i]);
	html_table_end(out);
	fputs("<p class=\"note\"><i>Would see</i>: the smallest true difference that four of five "
	      "such studies would find before the correction, from the spread seen "
	      "here.</p></section>\n",
	      out);
}
