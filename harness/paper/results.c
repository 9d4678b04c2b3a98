/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper that show results: tables, what was reached, the search for settings. */
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/views.h"

/* Paths as the repository has them, wherever the results were read from. */
json_t *paper_table(const struct paper_source *source)
{
	return view_table(source->table);
}

static json_t *exact_table(const void *source, const char *task)
{
	return json_pack("{s:o}", "table", view_task_table(source, task, GRID_MARKDOWN));
}

json_t *paper_ablation_table(const struct paper_source *source)
{
	json_t *view = view_table(source->table);
	template_set(&view, "tasks", view_tasks(source->table, exact_table, source->table));
	return view;
}

/* Of the tasks for which figures from the literature are at hand to compare with. */
static json_t *reached_row(const struct table *table, const struct table_row *row)
{
	bool compares = strcmp(row->task, "letter") == 0 || strcmp(row->task, "fashion_mnist") == 0;
	return compares && table_row_primary(row) ? view_row(table, row) : json_null();
}

json_t *paper_reached(const struct paper_source *source)
{
	json_t *view = view_table(source->table);
	template_set(&view, "rows", view_rows(source->table, reached_row));
	return view;
}

static bool same_arm(const struct table_row *a, const struct table_row *b)
{
	return strcmp(a->task, b->task) == 0 && strcmp(a->arm, b->arm) == 0;
}

/* With whether no other variant of the same task, arm and size has a better mean. */
static json_t *tuned_row(const struct table *table, const struct table_row *row)
{
	const struct statistics *own = table_row_statistics(row, row->primary_metric);
	double sign = table_lower_is_better(row->primary_metric) ? -1.0 : 1.0;
	bool best = own != NULL;
	for (int64_t i = 0; own && i < table->row_count; i++) {
		const struct table_row *other = &table->row[i];
		const struct table_metric *metric = table_row_primary(other);
		if (metric && table_same_place(other, row) && same_arm(other, row) &&
		    sign * metric->statistics.mean > sign * own->mean)
			best = false;
	}
	json_t *view = view_row(table, row);
	template_set(&view, "best", json_boolean(best));
	return view;
}

/* Settings tried on a task by the arm of row `like`; *runs becomes their runs. */
static int64_t settings_of(const struct table *table, int64_t like, int64_t *runs)
{
	int64_t count = 0;
	*runs = 0;
	for (int64_t i = 0; i < table->row_count; i++)
		if (same_arm(&table->row[i], &table->row[like])) {
			count++;
			*runs += table->row[i].runs;
		}
	return count;
}

/* null where arms differ in it. */
static json_t *budget_of(const struct table *table)
{
	int64_t runs, first_runs = 0;
	int64_t first = table->row_count ? settings_of(table, 0, &first_runs) : 0;
	for (int64_t i = 0; i < table->row_count; i++)
		if (settings_of(table, i, &runs) != first || runs != first_runs)
			return json_null();
	return json_pack("{s:o s:o}", "settings", template_integer(first), "runs",
			 template_integer(first_runs));
}

json_t *paper_tuning(const struct paper_source *source)
{
	if (!source->tuning)
		return json_pack("{s:n}", "tuning");
	json_t *view = view_table(source->tuning);
	template_set(&view, "rows", view_rows(source->tuning, tuned_row));
	template_set(&view, "budget", budget_of(source->tuning));
	return json_pack("{s:o}", "tuning", view);
}
