/* SPDX-License-Identifier: Apache-2.0 */
/* Columns and heads of a task file. */
#include <stdlib.h>
#include <string.h>

#include "harness/tasks/task_reader.h"

static const char *const role_names[] = {"numeric", "category", "ordered", "label", "ignore", NULL};

int task_add_head(struct task_reader *r, const char *path, const char *name, enum head_kind kind,
		  int *index)
{
	struct heads *heads = &r->task.heads;
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

/* One column, as written. */
struct written_column {
	int role;
	const char *name, *head;
	const json_t *values;
};

/* Kinds of column: whether an order must be given. */
enum { KIND_ORDERED = 1, KIND_UNORDERED = 2 };

static const struct json_rule column_rules[] = {
    {.key = "name",
     .type = RULE_STRING,
     .required = JSON_ANY_KIND,
     .at = offsetof(struct written_column, name)},
    {.key = "role",
     .type = RULE_CHOICE,
     .required = JSON_ANY_KIND,
     .choices = role_names,
     .at = offsetof(struct written_column, role)},
    {.key = "head",
     .type = RULE_STRING,
     .optional = JSON_ANY_KIND,
     .at = offsetof(struct written_column, head)},
    {.key = "values",
     .type = RULE_ARRAY,
     .required = KIND_ORDERED,
     .optional = KIND_UNORDERED,
     .at = offsetof(struct written_column, values)},
};
static const struct json_table column_table = {.rules = column_rules,
					       .count = sizeof column_rules / sizeof *column_rules};
static unsigned kind_of(const json_t *column)
{
	const char *role = json_string_value(json_object_get(column, "role"));
	return role && !strcmp(role, role_names[COLUMN_ORDERED]) ? KIND_ORDERED : KIND_UNORDERED;
}

static int take_label(struct task_reader *r, const struct task_item *item,
		      const struct written_column *written, struct task_column *column)
{
	char path[sizeof item->path + 16];
	snprintf(path, sizeof path, "%s.%s", item->path, written->head ? "head" : "name");
	return task_add_head(r, path, written->head ? written->head : written->name, HEAD_SOFTMAX,
			     &column->head);
}

static int take_values(struct task_reader *r, const struct task_item *item, const json_t *values,
		       struct task_column *column)
{
	char path[sizeof item->path + 16];
	if (column->role == COLUMN_NUMERIC || column->role == COLUMN_IGNORE)
		return task_refuse_item(r, item, "values", "none for a numeric or ignored column",
					"values are given");
	if (json_array_size(values) < 2 || json_array_size(values) > TASK_MAX_CATEGORIES)
		return task_refuse_item(r, item, "values", "2 to 1024 values", "%zu values",
					json_array_size(values));
	snprintf(path, sizeof path, "%s.values", item->path);
	return task_read_texts(r, values, path, &column->values, &column->value_count);
}

static int take_column(struct task_reader *r, const struct task_item *item,
		       struct task_column *column)
{
	struct written_column written = {.head = NULL};
	column->head = -1;
	int status = json_file_read(&r->file, item->object, item->path, &column_table,
				    kind_of(item->object), &written, r->error);
	if (!status)
		status = task_copy_text(r, written.name, &column->name);
	if (status)
		return status;
	column->role = (enum column_role)written.role;
	if (written.head && column->role != COLUMN_LABEL)
		return task_refuse_item(r, item, "head", "a head for label columns only",
					"role is \"%s\"", role_names[column->role]);
	if (column->role == COLUMN_LABEL && (status = take_label(r, item, &written, column)))
		return status;
	return written.values ? take_values(r, item, written.values, column) : 0;
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
	size_t count = (size_t)r->task.column_count, twin = count;
	const struct task_column **sorted = malloc((count + 1) * sizeof *sorted);
	if (!sorted)
		return task_no_memory(r);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &r->task.columns[i];
	qsort(sorted, count, sizeof *sorted, compare_columns);
	for (size_t i = 1; i < count; i++) {
		size_t at = (size_t)(sorted[i] - r->task.columns);
		if (!strcmp(sorted[i - 1]->name, sorted[i]->name) && at < twin)
			twin = at;
	}
	free(sorted);
	if (twin == count)
		return 0;
	char path[64];
	snprintf(path, sizeof path, "columns[%zu].name", twin);
	return json_file_refuse(&r->file, path, r->error, "distinct column names", "\"%s\" twice",
				r->task.columns[twin].name);
}

int task_take_columns(struct task_reader *r)
{
	int inputs = 0, status = 0;
	if (!r->columns)
		return 0;
	size_t count = json_array_size(r->columns);
	r->task.columns = calloc(count + 1, sizeof *r->task.columns);
	if (!r->task.columns)
		return task_no_memory(r);
	for (size_t i = 0; i < count; i++) {
		struct task_column *column = &r->task.columns[i];
		struct task_item item;
		r->task.column_count = (int64_t)i + 1;
		status = task_read_item(r, r->columns, "columns", i, &item);
		status = status ? status : take_column(r, &item, column);
		if (status)
			return status;
		inputs += column->role <= COLUMN_ORDERED;
	}
	if ((status = check_distinct(r)))
		return status;
	if (!inputs || !r->task.heads.count)
		return json_file_refuse(&r->file, "columns", r->error,
					"at least one input and one label",
					"%d inputs and %d labels", inputs, r->task.heads.count);
	return 0;
}
