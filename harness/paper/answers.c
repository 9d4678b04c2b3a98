/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of the paper in one table, and what the generated task shows of routing. */
#include "harness/paper/paper.h"
#include "harness/tables/views.h"

/* Of the task all pairs that answer. */
static json_t *view_task(const void *of, const char *task)
{
	struct asked asked = *(const struct asked *)of;
	asked.task = task;
	return view_pairs(asked.comparisons, pair_answers, &asked);
}

static json_t *view_over_tasks(const struct asked *asked)
{
	const struct comparisons *c = asked->comparisons;
	for (const struct comparison_across *a = c->across; a < c->across + c->across_count; a++) {
		const struct comparison_pair arms = {.row = a->row, .reference = a->reference};
		const struct statistics iqm = comparison_across_statistics(&a->iqm);
		char verdict[COMPARISON_VERDICT];
		if (!a->one_metric || !pair_answers(&arms, asked))
			continue;
		comparison_across_verdict(&a->iqm, a->iqm_verdict, verdict);
		return json_pack("{s:o s:s}", "difference", view_estimate(&iqm, true), "verdict",
				 verdict);
	}
	return json_null();
}

json_t *paper_answers(const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	json_t *view = view_table(c->table), *list = json_array();
	for (int q = 0; q < QUESTIONS; q++) {
		const struct asked asked = {source->plan, c, (enum question_name)q, NULL};
		char answer[TALLY_ANSWER];
		pairs_answer(c, pair_answers, &asked, "on", "task", answer);
		template_append(&list,
				json_pack("{s:s s:s s:s s:s s:o s:o}", "title", questions[q].title,
					  "arm", questions[q].arm, "reference",
					  questions[q].reference, "answer", answer, "tasks",
					  view_tasks(c->table, view_task, &asked), "over_tasks",
					  view_over_tasks(&asked)));
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
