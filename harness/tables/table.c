/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/table.h"

#include <stdlib.h>
#include <string.h>

#include "foundation/html_text.h"
#include "foundation/text_lines.h"

const struct table_metric *table_row_metric(const struct table_row *row, const char *name)
{
	for (int m = 0; m < row->metric_count; m++)
		if (strcmp(row->metric[m].name, name) == 0)
			return &row->metric[m];
	return NULL;
}

const struct statistics *table_row_statistics(const struct table_row *row, const char *name)
{
	const struct table_metric *metric = table_row_metric(row, name);
	return metric ? &metric->statistics : NULL;
}

const struct table_metric *table_row_primary(const struct table_row *row)
{
	return table_row_metric(row, row->primary_metric);
}

bool table_lower_is_better(const char *metric)
{
	return text_ends_with(metric, "loss") || text_ends_with(metric, "brier");
}

bool table_row_has_run(const struct table_row *row, const struct run_spec *run)
{
	return row->size == run->size && strcmp(row->arm, run->arm) == 0 &&
	       strcmp(row->variant, run->variant) == 0 && strcmp(row->task, run->task_name) == 0;
}

const struct run_spec *table_row_run(const struct plan *plan, const struct table_row *row)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (table_row_has_run(row, &plan->runs[i]))
			return &plan->runs[i];
	return NULL;
}

const struct run_spec *table_row_seed(const struct plan *plan, const struct table_row *row,
				      int64_t seed)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (table_row_has_run(row, &plan->runs[i]) && (int64_t)plan->runs[i].seed == seed)
			return &plan->runs[i];
	return NULL;
}

const struct table_row *table_find_run(const struct table *table, const struct run_spec *run)
{
	/* Plans keep the arms of one seed side by side: while a table is made it is one of the
	 * last. */
	for (int64_t i = table->row_count - 1; i >= 0; i--)
		if (table_row_has_run(&table->row[i], run))
			return &table->row[i];
	return NULL;
}

bool table_same_place(const struct table_row *a, const struct table_row *b)
{
	return a->size == b->size && strcmp(a->task, b->task) == 0;
}

bool table_task_begins(const struct table *table, int64_t index)
{
	return index == 0 || strcmp(table->row[index].task, table->row[index - 1].task) != 0;
}

const struct table_row *table_next_row(const struct table *table, const char *task,
				       const struct table_row *last)
{
	for (int64_t i = last ? last - table->row + 1 : 0; i < table->row_count; i++)
		if (strcmp(table->row[i].task, task) == 0)
			return &table->row[i];
	return NULL;
}

const struct table_row *table_find_arm(const struct table *table, const char *task, const char *arm,
				       bool plain)
{
	const struct table_row *row = NULL;
	do
		row = table_next_row(table, task, row);
	while (row && (strcmp(row->arm, arm) != 0 || (plain && row->variant[0])));
	return row;
}

void table_row_label(const struct table *table, const struct table_row *row,
		     char label[TABLE_LABEL])
{
	bool sizes = false;
	for (int64_t i = 1; i < table->row_count; i++)
		sizes = sizes || table->row[i].size != table->row[0].size;
	snprintf(label, TABLE_LABEL, "%s%s%s%s%s", row->arm, sizes ? " " : "",
		 sizes ? arch_size_names[row->size] : "", row->variant[0] ? " " : "", row->variant);
}

void table_row_id(const struct table *table, const struct table_row *row, char id[TABLE_ID])
{
	char label[TABLE_LABEL];
	table_row_label(table, row, label);
	snprintf(id, TABLE_ID, "runs");
	html_id(id, TABLE_ID, row->task);
	html_id(id, TABLE_ID, label);
}

void table_task_stem(const char *task, char stem[64])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";
	snprintf(stem, 64, "%s", task);
	for (char *c = stem; *c; c++)
		if (!strchr(allowed, *c))
			*c = '_';
}

static void free_row(struct table_row *row)
{
	for (int m = 0; m < row->metric_count; m++)
		free(row->metric[m].values);
	free(row->metric);
	free(row->seeds);
	free(row->curve);
}

void table_free(struct table *table)
{
	for (int64_t i = 0; i < table->row_count; i++)
		free_row(&table->row[i]);
	free(table->row);
	json_decref(table->provenance);
	*table = (struct table){0};
}
