/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper from the experiments beside the ablation: matching, controls, sensitivity. */
#include <math.h> /* fabs */

#include "harness/paper/paper.h"
#include "harness/tables/views.h"

/* What all parts say of a study, with what `more` adds; null where the experiment has no table. */
static json_t *view_study(const struct paper_source *source, enum study_name name,
			  void (*more)(json_t **view, const struct study *study))
{
	const struct study *study = source->studies ? &source->studies->of[name] : NULL;
	if (!study || !study->there)
		return json_pack("{s:n}", "study");
	const struct comparisons *c = &study->asked;
	json_t *view = view_table(&study->table);
	template_set(&view, "asked", view_pairs(c, pair_has_reference, NULL));
	template_set(&view, "family", template_integer(c->family));
	template_set(&view, "drawn", view_comparisons(c, comparisons_write_drawn, GRID_MARKDOWN));
	more(&view, study);
	return json_pack("{s:o}", "study", view);
}

/* Of each way of matching how the mixture does, by task. */
static void add_ways(json_t **view, const struct study *study)
{
	template_set(view, "ways", view_references(&study->asked));
}

json_t *paper_matching(const struct paper_source *source)
{
	return view_study(source, STUDY_MATCHING, add_ways);
}

/* The fine codec must do nothing: what the intervals leave possible, next to the spread of seeds.
 * null where they say nothing. */
static json_t *view_fine_codec(const struct comparisons *c, const struct comparison_pair *pair)
{
	const struct statistics *d = &pair->paired.difference;
	const struct table_metric *alone = table_row_primary(pair->reference);
	double low = fabs(d->ci_low), high = fabs(d->ci_high);
	bool same = pair->why == REASON_NO_DIFFERENCE;
	if (study_question_of(STUDY_CONTROLS, pair)->use != USE_NOTHING || pair->n < 2 || !alone ||
	    !(same || d->interval))
		return json_null();
	json_t *view = view_pair(c, pair);
	template_set(&view, "same", json_boolean(same));
	template_set(&view, "seeds", template_integer(pair->n));
	template_set(&view, "moves", json_boolean(d->ci_low > 0.0 || d->ci_high < 0.0));
	template_set(&view, "bound", view_number(true, low > high ? low : high));
	template_set(&view, "spread", view_number(true, alone->statistics.sd));
	return view;
}

static void add_controls(json_t **view, const struct study *study)
{
	json_t *fine = json_array();
	for (int64_t i = 0; i < study->asked.pair_count; i++)
		template_append(&fine, view_fine_codec(&study->asked, &study->asked.pair[i]));
	template_set(view, "fine", fine);
}

json_t *paper_controls(const struct paper_source *source)
{
	return view_study(source, STUDY_CONTROLS, add_controls);
}

static json_t *view_varied(const void *asked, const char *task)
{
	return view_pairs(asked, pair_has_task, task);
}

static void add_tasks(json_t **view, const struct study *study)
{
	template_set(view, "tasks", view_tasks(&study->table, view_varied, &study->asked));
}

json_t *paper_sensitivity(const struct paper_source *source)
{
	return view_study(source, STUDY_SENSITIVITY, add_tasks);
}
