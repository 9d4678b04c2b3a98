/* SPDX-License-Identifier: Apache-2.0 */
/* Limitations that are in the results: differences too small to see, dead experts, where each task
 * would have its settings. */
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/views.h"

/* The range of the smallest differences seen; null: none is known. */
static json_t *smallest_seen(const struct comparisons *c, const char *task)
{
	double low = 0.0, high = 0.0;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		if (!pair_has_task(pair, task) || !(pair->smallest > 0.0))
			continue;
		low = low > 0.0 && low < pair->smallest ? low : pair->smallest;
		high = high > pair->smallest ? high : pair->smallest;
	}
	return high > 0.0 ? json_pack("{s:o s:o}", "from", view_number(true, low), "to",
				      view_number(true, high))
			  : json_null();
}

/* Arms with dead experts. */
static json_t *dead_experts(const struct paper_source *source, const char *task)
{
	const struct table_row *row = NULL;
	json_t *arms = json_array();
	while ((row = table_next_row(source->table, task, row)) != NULL) {
		const struct statistics *dead = table_row_statistics(row, "router.dead");
		if (!dead || !(dead->mean > 0.0))
			continue;
		const struct run_spec *run = table_row_run(source->plan, row);
		json_t *arm = view_row(source->table, row);
		template_set(&arm, "experts", template_integer(run ? run->arch.n_experts : 0));
		template_set(&arm, "dead", view_decimals(dead->mean, 1));
		template_append(&arms, arm);
	}
	return arms;
}

/* Mean over the arms of one variant on a task; false where an arm has no run. */
static bool variant_mean(const struct table *table, const char *task, const char *variant,
			 double *mean)
{
	const struct table_row *row = NULL;
	double sum = 0.0;
	int64_t count = 0;
	while ((row = table_next_row(table, task, row)) != NULL) {
		const struct statistics *own = table_row_statistics(row, row->primary_metric);
		if (strcmp(row->variant, variant) != 0)
			continue;
		if (!own || row->runs == 0)
			return false;
		sum = sum + own->mean;
		count++;
	}
	*mean = count ? sum / (double)count : 0.0;
	return count > 0;
}

/* The setting searched that is best on a task; null: there is none. */
static json_t *best_setting(const struct table *tuning, const char *task)
{
	const struct table_row *best = NULL, *row = NULL;
	double best_mean = 0.0, mean;
	while (tuning && (row = table_next_row(tuning, task, row)) != NULL) {
		if (row->variant[0] == '\0' || !variant_mean(tuning, task, row->variant, &mean))
			continue;
		if (best && (table_lower_is_better(row->primary_metric) ? mean >= best_mean
									: mean <= best_mean))
			continue;
		best = row;
		best_mean = mean;
	}
	return best ? json_pack("{s:s s:s s:o}", "variant", best->variant, "metric",
				best->primary_metric, "mean", view_number(true, best_mean))
		    : json_null();
}

static json_t *limits_of(const void *of, const char *task)
{
	const struct paper_source *source = of;
	return json_pack("{s:o s:o s:o}", "seen", smallest_seen(source->comparisons, task), "arms",
			 dead_experts(source, task), "setting", best_setting(source->tuning, task));
}

json_t *paper_limits(const struct paper_source *source)
{
	return json_pack("{s:o}", "tasks", view_tasks(source->table, limits_of, source));
}
