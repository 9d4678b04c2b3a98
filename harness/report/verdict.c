/* SPDX-License-Identifier: Apache-2.0 */
/* The answers in plain words, and the table they are drawn from. */
#include <ctype.h> /* toupper */
#include <string.h>

#include "foundation/template.h"
#include "harness/report/report.h"
#include "harness/tables/cell.h"

/* Pairs that are asked one thing: how they answer it, and what each says. */
struct answer {
	struct tally tally;
	json_t *pairs;
	/* How large a difference the intervals leave possible, where all are on one scale. */
	const char *metric; /* NULL: no interval */
	bool one_scale;
	double low, high, smallest;
};

static void add(struct answer *answer, const struct table *table,
		const struct comparison_pair *pair, bool linked)
{
	const struct statistics *d = &pair->paired.difference;
	bool first = !answer->metric;
	tally_add(&answer->tally, pair);
	template_append(&answer->pairs, report_pair(table, pair, linked));
	if (!d->interval)
		return;
	answer->one_scale =
	    first || (answer->one_scale && !strcmp(answer->metric, pair->row->primary_metric));
	answer->metric = pair->row->primary_metric;
	answer->low = first || d->ci_low < answer->low ? d->ci_low : answer->low;
	answer->high = first || d->ci_high > answer->high ? d->ci_high : answer->high;
	answer->smallest =
	    first || pair->smallest > answer->smallest ? pair->smallest : answer->smallest;
}

static json_t *reach_of(const struct answer *answer)
{
	char low[CELL_TEXT], high[CELL_TEXT], smallest[CELL_TEXT];
	if (!answer->metric || !answer->one_scale)
		return json_null();
	cell_number(answer->low, true, low);
	cell_number(answer->high, true, high);
	cell_number(answer->smallest, false, smallest);
	return json_pack("{s:o s:s s:s s:s}", "metric", template_bytes(answer->metric), "low", low,
			 "high", high, "smallest", smallest);
}

/* Appends it to the list, where there is anything to say. */
static void finish(json_t **list, const struct answer *answer, const char *id, const char *title,
		   json_t *question)
{
	char word[TALLY_ANSWER];
	if (answer->tally.pairs == 0) {
		json_decref(answer->pairs);
		json_decref(question);
		return;
	}
	tally_answer(&answer->tally, "in", "comparison", word);
	word[0] = (char)toupper((unsigned char)word[0]);
	template_append(list, json_pack("{s:s s:s s:s s:o s:o s:o}", "id", id, "title", title,
					"answer", word, "question", question, "pairs",
					answer->pairs, "reach", reach_of(answer)));
}

static void add_question(json_t **list, const struct report *report, enum question_name name)
{
	const struct comparisons *c = &report->comparisons;
	const struct question *question = &questions[name];
	struct answer answer = {.pairs = json_array()};
	for (int64_t i = 0; i < c->pair_count; i++)
		if (question_of(report->plan, report->table, c->pair[i].row,
				c->pair[i].reference) == name)
			add(&answer, report->table, &c->pair[i], true);
	finish(list, &answer, question->id, question->title,
	       json_pack("{s:s s:s s:s}", "arm", question->arm, "reference", question->reference,
			 "difference", question->difference));
}

/* Learned against random, the question that comes before which prior helps the learning: from the
 * controls. */
static void add_routing(json_t **list, const struct report *report)
{
	const struct study *study = &report->studies.of[STUDY_CONTROLS];
	struct answer answer = {.pairs = json_array()};
	for (int64_t i = 0; study->there && i < study->asked.pair_count; i++)
		if (study_question_of(STUDY_CONTROLS, &study->asked.pair[i])->use == USE_RANDOM)
			add(&answer, &study->table, &study->asked.pair[i], false);
	finish(list, &answer, "routing", "Is learned routing better than routing at random?",
	       json_null());
}

static void write_pairs(FILE *out, const struct report *report, int64_t at)
{
	(void)at;
	if (report->comparisons.pair_count > 0)
		comparisons_write_pairs(out, GRID_HTML, &report->comparisons);
}

json_t *report_verdict(const struct report *report)
{
	json_t *answers = json_array();
	for (int q = 0; q < QUESTIONS; q++)
		add_question(&answers, report, (enum question_name)q);
	add_routing(&answers, report);
	return json_pack("{s:o s:b s:o s:o s:o s:o}", "answers", answers, "controls",
			 strcmp(report->table->experiment, study_names[STUDY_CONTROLS]) == 0,
			 "table", report_text(write_pairs, report, 0), "family",
			 template_integer(report->comparisons.family), "level",
			 template_print("%g", SIGNIFICANCE_LEVEL), "power",
			 template_print("%g", COMPARISONS_POWER));
}
