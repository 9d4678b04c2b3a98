/* SPDX-License-Identifier: Apache-2.0 */
/* Columns and heads of a task file. */
#include <stdlib.h>
#include <string.h>

#include "harness/tasks/task_reader.h"

static const char *const role_names[] = {"numeric", "category", "ordered", "label", "ignore", NULL};

int task_add_head(struct task_reader *r, const char *path, const char *name, enum head_kind kind,
		  int *index)
{
	struct heads *heads = &r->task->heads;
	if (!task_plain_name(name))
		return json_file_refuse(&r->file, path, r->error, "letters, digits, _ - .",
					"head name \"%s\"", name);
	for (int h = 0; h < heads->count; h++)
		if (!strcmp(heads->head[h].name, name))
			return json_file_refuse(&r->file, path, r->error, "one label per head",
						"head \"%s\" twice", name);
	if (heads->count == HEADS_MAX)
		return json_file_refuse(&r->file, path, r->error, "at most 16 heads",
					"too many heads");
	*index = heads->count;
	struct head *head = &heads->head[heads->count++];
	snprintf(head->name, sizeof head->name, "%s", name);
	head->kind = kind;
	head->weight = 1.0f;
	return 0;
}

static int read_column_values(struct task_reader *r, const json_t *item, const char *at,
			      struct task_column *column)
{
	const json_t *values = NULL;
	char path[96];
	int status = json_file_get_array(&r->file, item, at, "values",
					 column->role == COLUMN_ORDERED, &values, r->error);
	if (status <= 0)
		return status;
	snprintf(path, sizeof path, "%s.values", at);
	if (column->role == COLUMN_NUMERIC || column->role == COLUMN_IGNORE)
		return json_file_refuse(&r->file, path, r->error,
					"none for a numeric or ignored column", "values are given");
	if (json_array_size(values) < 2 || json_array_size(values) > TASK_MAX_CATEGORIES)
		return json_file_refuse(&r->file, path, r->error, "2 to 1024 values", "%zu values",
					json_array_size(values));
	return task_read_texts(r, values, path, &column->values, &column->value_count);
}

static int read_column(struct task_reader *r, size_t i, const json_t *item)
{
	static const char *const keys[] = {"name", "role", "head", "values", NULL};
	struct task_column *column = &r->task->columns[i];
	const char *name = "", *head = NULL;
	char at[64], path[96];
	int role = 0;
	snprintf(at, sizeof at, "columns[%zu]", i);
	column->head = -1;
	int status = json_file_check_keys(&r->file, item, at, keys, r->error);
	if (status == 0)
		status = json_file_get_string(&r->file, item, at, "name", true, &name, r->error);
	if (status >= 0)
		status = json_file_get_choice(&r->file, item, at, "role", true, role_names, &role,
					      r->error);
	if (status >= 0)
		status = json_file_get_string(&r->file, item, at, "head", false, &head, r->error);
	if (status < 0)
		return status;
	column->role = (enum column_role)role;
	if ((status = task_copy_text(r, name, &column->name)))
		return status;
	snprintf(path, sizeof path, "%s.head", at);
	if (head && column->role != COLUMN_LABEL)
		return json_file_refuse(&r->file, path, r->error, "a head for label columns only",
					"role is \"%s\"", role_names[role]);
	if (column->role == COLUMN_LABEL) {
		snprintf(path, sizeof path, "%s.%s", at, head ? "head" : "name");
		status = task_add_head(r, path, head ? head : name, HEAD_SOFTMAX, &column->head);
		if (status)
			return status;
	}
	return read_column_values(r, item, at, column);
}

static int compare_columns(const void *x, const void *y)
{
	const struct task_column *a = *(struct task_column *const *)x;
	const struct task_column *b = *(struct task_column *const *)y;
	int order = strcmp(a->name, b->name);
	return order ? order : (a > b) - (a < b);
}

/* The first column that has an earlier one's name is the one reported.  Sorted: there may be as
 * many as the widest table has. */
static int check_distinct(struct task_reader *r)
{
	size_t count = (size_t)r->task->column_count, twin = count;
	const struct task_column **sorted = malloc((count + 1) * sizeof *sorted);
	if (!sorted)
		return task_no_memory(r);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &r->task->columns[i];
	qsort(sorted, count, sizeof *sorted, compare_columns);
	for (size_t i = 1; i < count; i++) {
		size_t at = (size_t)(sorted[i] - r->task->columns);
		if (!strcmp(sorted[i - 1]->name, sorted[i]->name) && at < twin)
			twin = at;
	}
	free(sorted);
	if (twin == count)
		return 0;
	char path[64];
	snprintf(path, sizeof path, "columns[%zu].name", twin);
	return json_file_refuse(&r->file, path, r->error, "distinct column names", "\"%s\" twice",
				r->task->columns[twin].name);
}

int task_read_columns(struct task_reader *r)
{
	const json_t *list;
	int inputs = 0;
	int status =
	    json_file_get_array(&r->file, r->file.root, "", "columns", true, &list, r->error);
	if (status < 0)
		return status;
	size_t count = json_array_size(list);
	r->task->columns = calloc(count + 1, sizeof *r->task->columns);
	if (!r->task->columns)
		return task_no_memory(r);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);
		char at[64];
		snprintf(at, sizeof at, "columns[%zu]", i);
		r->task->column_count = (int64_t)i + 1;
		if (!json_is_object(item))
			return json_file_refuse(&r->file, at, r->error, "an object",
						"the value is not an object");
		if ((status = read_column(r, i, item)))
			return status;
		inputs += r->task->columns[i].role <= COLUMN_ORDERED;
	}
	if ((status = check_distinct(r)))
		return status;
	if (!inputs || !r->task->heads.count)
		return json_file_refuse(&r->file, "columns", r->error,
					"at least one input and one label",
					"%d inputs and %d labels", inputs, r->task->heads.count);
	return 0;
}
