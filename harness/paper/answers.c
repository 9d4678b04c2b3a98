/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of the paper in one table, and what the generated task shows of routing. */
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/views.h"

/* What is asked, and of which comparisons. */
struct asking {
	struct asked asked;
	const struct comparisons *comparisons;
};

/* Of the task all pairs that answer. */
static json_t *view_task(const void *of, const char *task)
{
	struct asking asking = *(const struct asking *)of;
	asking.asked.task = task;
	return view_pairs(asking.comparisons, pair_answers, &asking.asked);
}

static json_t *view_over_tasks(const struct asking *asking)
{
	const struct comparisons *c = asking->comparisons;
	for (int64_t i = 0; i < c->across_count; i++) {
		const struct comparison_across *across = &c->across[i];
		const struct statistics iqm = comparison_across_statistics(&across->iqm);
		char verdict[COMPARISON_VERDICT];
		const struct comparison_pair arms = {.row = across->row,
						     .reference = across->reference};
		if (!across->one_metric || !pair_answers(&arms, &asking->asked))
			continue;
		comparison_across_verdict(&across->iqm, across->iqm_verdict, verdict);
		return json_pack("{s:o s:s}", "difference", view_estimate(&iqm, true), "verdict",
				 verdict);
	}
	return json_null();
}

json_t *paper_answers(const struct paper_source *source)
{
	const struct table *table = source->comparisons->table;
	json_t *view = view_table(table), *list = json_array();
	for (int q = 0; q < QUESTIONS; q++) {
		const struct asking asking = {{source->plan, table, (enum question_name)q, NULL},
					      source->comparisons};
		char answer[TALLY_ANSWER];
		json_t *question = json_object();
		pairs_answer(source->comparisons, pair_answers, &asking.asked, "on", "task",
			     answer);
		template_set(&question, "title", template_bytes(questions[q].title));
		template_set(&question, "arm", template_bytes(questions[q].arm));
		template_set(&question, "reference", template_bytes(questions[q].reference));
		template_set(&question, "answer", template_bytes(answer));
		template_set(&question, "tasks", view_tasks(table, view_task, &asking));
		template_set(&question, "over_tasks", view_over_tasks(&asking));
		template_append(&list, question);
	}
	template_set(&view, "questions", list);
	return view;
}

/* How far routers settled on one pair of experts, and what their choice has on the true one. */
static json_t *view_settled(const struct table *table, const char *task)
{
	const struct table_row *row = NULL;
	json_t *rows = json_array();
	while ((row = table_next_row(table, task, row)) != NULL) {
		const struct statistics *bits =
		    table_row_statistics(row, "router.true_information");
		bool known;
		double largest = paper_largest_pair(row, &known);
		if (!known || !bits)
			continue;
		json_t *view = view_row(table, row);
		template_set(&view, "share", view_decimals(largest, 2));
		template_set(&view, "bits", view_decimals(bits->mean, 2));
		template_append(&rows, view);
	}
	return rows;
}

static enum question_use use_of(const struct comparison_pair *pair, const void *task)
{
	return pair_has_task(pair, task) ? study_question_of(STUDY_CONTROLS, pair)->use
					 : USE_ANSWER;
}

static bool is_control(const struct comparison_pair *pair, const void *task)
{
	enum question_use use = use_of(pair, task);
	return (use == USE_RANDOM || use == USE_TOLD) && pair->n >= 2;
}

static bool loses_to_chance(const struct comparison_pair *pair, const void *task)
{
	return use_of(pair, task) == USE_RANDOM && pair->verdict == COMPARISON_WORSE;
}

/* Against the mixture that has to learn it, not against none. */
static bool gains_when_told(const struct comparison_pair *pair, const void *task)
{
	return use_of(pair, task) == USE_TOLD && pair->reference->model_kind == MODEL_MOE &&
	       pair->verdict == COMPARISON_BETTER;
}

/* Of a task whose true experts are known what is decided; null of others. */
static json_t *view_routing(const void *of, const char *task)
{
	static const struct comparisons none;
	const struct paper_source *source = of;
	const struct table_row *first = table_next_row(source->table, task, NULL);
	const struct comparisons *c =
	    source->studies ? &source->studies->of[STUDY_CONTROLS].asked : &none;
	if (!table_row_metric(first, "router.true_information"))
		return json_null();
	json_t *view = json_object();
	template_set(&view, "rows", view_settled(source->table, task));
	template_set(&view, "controls", view_pairs(c, is_control, task));
	template_set(&view, "random", view_pairs(c, loses_to_chance, task));
	template_set(&view, "told", view_pairs(c, gains_when_told, task));
	return view;
}

json_t *paper_routing(const struct paper_source *source)
{
	bool trained = source->studies && source->studies->of[STUDY_CONTROLS].there;
	return json_pack("{s:b s:o}", "trained", trained, "tasks",
			 view_tasks(source->table, view_routing, source));
}
