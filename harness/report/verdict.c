/* SPDX-License-Identifier: Apache-2.0 */
/* The answers in plain words, and the table they are drawn from. */
#include <ctype.h> /* toupper */
#include <string.h>

#include "harness/report/report.h"
#include "harness/tables/views.h"

/* How large a difference the pairs' intervals leave possible; null unless all are on one scale. */
static json_t *reach_of(const struct comparisons *c, keeps_pair *keeps, const void *like)
{
	struct statistics low = {0}, high = {0}, smallest = {0};
	const char *metric = NULL;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		const struct statistics *d = &pair->paired.difference;
		bool first = !metric;
		if (!keeps(pair, like) || !d->interval)
			continue;
		if (!first && strcmp(metric, pair->row->primary_metric) != 0)
			return json_null();
		metric = pair->row->primary_metric;
		low.mean = first || d->ci_low < low.mean ? d->ci_low : low.mean;
		high.mean = first || d->ci_high > high.mean ? d->ci_high : high.mean;
		smallest.mean = pair->smallest > smallest.mean ? pair->smallest : smallest.mean;
	}
	return metric ? json_pack("{s:o s:o s:o s:o}", "metric", template_bytes(metric), "low",
				  view_estimate(&low, true), "high", view_estimate(&high, true),
				  "smallest", view_estimate(&smallest, false))
		      : json_null();
}

/* null where there is nothing to say; `question`: null of the question that is not the page's. */
static json_t *view_answer(const struct comparisons *c, keeps_pair *keeps, const void *like,
			   const struct question *question)
{
	static const struct question routing = {
	    .id = "routing", .title = "Is learned routing better than routing at random?"};
	const struct question *q = question ? question : &routing;
	char word[TALLY_ANSWER];
	if (!pairs_answer(c, keeps, like, "in", "comparison", word))
		return json_null();
	word[0] = (char)toupper((unsigned char)word[0]);
	return json_pack("{s:s s:s s:b s:s s:s? s:s? s:s? s:o s:o}", "id", q->id, "title", q->title,
			 "own", question != NULL, "answer", word, "arm", q->arm, "reference",
			 q->reference, "difference", q->difference, "pairs",
			 view_pairs(c, keeps, like), "reach", reach_of(c, keeps, like));
}

/* Learned against random, the question that comes before which prior helps the learning: from the
 * controls. */
static bool is_random(const struct comparison_pair *pair, const void *like)
{
	(void)like;
	return study_question_of(STUDY_CONTROLS, pair)->use == USE_RANDOM;
}

json_t *report_verdict(const struct report *report)
{
	const struct comparisons *c = &report->comparisons;
	json_t *answers = json_array();
	for (int q = 0; q < QUESTIONS; q++) {
		const struct asked asked = {report->plan, c, (enum question_name)q, NULL};
		template_append(&answers, view_answer(c, pair_answers, &asked, &questions[q]));
	}
	template_append(&answers, view_answer(&report->studies.of[STUDY_CONTROLS].asked, is_random,
					      NULL, NULL));
	return json_pack(
	    "{s:o s:b s:o s:o s:o s:o}", "answers", answers, "controls",
	    strcmp(report->table->experiment, study_names[STUDY_CONTROLS]) == 0, "table",
	    c->pair_count ? view_comparisons(c, comparisons_write_pairs, GRID_HTML) : json_null(),
	    "family", template_integer(c->family), "level",
	    template_print("%g", SIGNIFICANCE_LEVEL), "power",
	    template_print("%g", COMPARISONS_POWER));
}
