/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/task.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/tasks/task_reader.h"
#include "foundation/path.h"

static const char *const source_names[] = {"csv", "idx", "generated", NULL};
static const char *const generators[] = {"quality_decision", NULL};

#define AT(member) offsetof(struct task_reader, member)

/* The row that is read first: it says which others there are. */
enum { SOURCE_ROW = 3 };

/* In the order in which a message lists them. */
static const struct json_rule rules[] = {
    {.key = "schema", .type = RULE_STRING, .required = KIND_ANY, .at = AT(schema)},
    {.key = "name", .type = RULE_STRING, .required = KIND_ANY, .at = AT(name)},
    {.key = "description", .type = RULE_UNREAD, .optional = KIND_ANY},
    [SOURCE_ROW] = {.key = "source",
		    .type = RULE_CHOICE,
		    .required = KIND_ANY,
		    .choices = source_names,
		    .at = AT(source)},
    {.key = "files", .type = RULE_ARRAY, .required = KIND_CSV | KIND_IDX, .at = AT(files)},
    {.key = "folders", .type = RULE_ARRAY, .optional = KIND_CSV | KIND_IDX, .at = AT(folders)},
    {.key = "header", .type = RULE_BOOL, .optional = KIND_CSV, .at = AT(task.header)},
    {.key = "missing", .type = RULE_ARRAY, .optional = KIND_CSV, .at = AT(missing)},
    {.key = "delimiter", .type = RULE_STRING, .optional = KIND_CSV, .at = AT(delimiter)},
    {.key = "generator",
     .type = RULE_CHOICE,
     .required = KIND_GENERATED,
     .choices = generators,
     .at = AT(generator)},
    {.key = "rows",
     .type = RULE_INTEGER,
     .required = KIND_GENERATED,
     .least = 10,
     .most = 10000000,
     .at = AT(task.generated_rows)},
    {.key = "seed",
     .type = RULE_INTEGER,
     .required = KIND_GENERATED,
     .most = INT64_MAX,
     .at = AT(task.generated_seed)},
    {.key = "split",
     .type = RULE_OBJECT,
     .required = KIND_CSV | KIND_GENERATED,
     .optional = KIND_IDX, /* refused with the reason */
     .at = AT(split)},
    {.key = "validation_fraction",
     .type = RULE_NUMBER,
     .optional = KIND_ANY,
     .max = 0.9,
     .at = AT(task.validation_fraction)},
    {.key = "columns", .type = RULE_ARRAY, .required = KIND_CSV, .at = AT(columns)},
    {.key = "classes", .type = RULE_ARRAY, .required = KIND_IDX, .at = AT(classes)},
    {.key = "epochs",
     .type = RULE_INTEGER,
     .optional = KIND_ANY,
     .least = 1,
     .most = 100000,
     .at = AT(task.epochs)},
    {.key = "batch_size",
     .type = RULE_INTEGER,
     .optional = KIND_ANY,
     .least = 1,
     .most = 65536,
     .at = AT(task.batch_size)},
    {.key = "primary_metric", .type = RULE_STRING, .optional = KIND_ANY, .at = AT(primary_metric)},
    {.key = "head_weights", .type = RULE_OBJECT, .optional = KIND_ANY, .at = AT(head_weights)},
};
static const struct json_table table = {.rules = rules, .count = sizeof rules / sizeof *rules};

static int take_name(struct task_reader *r)
{
	if (strcmp(r->schema, "sheafbench/task/1") != 0)
		return json_file_refuse(&r->file, "schema", r->error, "\"sheafbench/task/1\"",
					"found \"%s\"", r->schema);
	if (!task_plain_name(r->name))
		return json_file_refuse(&r->file, "name", r->error,
					"letters, digits, _ - . and at most 63 of them",
					"found \"%s\"", r->name);
	snprintf(r->task.name, sizeof r->task.name, "%s", r->name);
	return 0;
}

static int take_delimiter(struct task_reader *r)
{
	if (!r->delimiter)
		return 0;
	if (strlen(r->delimiter) != 1 || strchr("\"\r\n", r->delimiter[0]))
		return json_file_refuse(&r->file, "delimiter", r->error,
					"one character, no quote or line break", "found \"%s\"",
					r->delimiter);
	r->task.delimiter = r->delimiter[0];
	return 0;
}

static int take_missing(struct task_reader *r)
{
	int64_t count;
	if (json_array_size(r->missing) > TASK_MAX_CATEGORIES)
		return json_file_refuse(&r->file, "missing", r->error, "at most 1024 texts",
					"%zu texts", json_array_size(r->missing));
	if (!r->missing)
		return 0;
	return task_read_texts(r, r->missing, "missing", &r->task.missing, &count);
}

/* The one label of an IDX task. */
static int take_classes(struct task_reader *r)
{
	if (!r->classes)
		return 0;
	if (json_array_size(r->classes) < 2 || json_array_size(r->classes) > 256)
		return json_file_refuse(&r->file, "classes", r->error, "2 to 256 names",
					"%zu names", json_array_size(r->classes));
	r->task.columns = calloc(1, sizeof *r->task.columns);
	if (!r->task.columns)
		return task_no_memory(r);
	r->task.column_count = 1;
	struct task_column *column = &r->task.columns[0];
	column->role = COLUMN_LABEL;
	int status = task_copy_text(r, "class", &column->name);
	if (!status)
		status = task_add_head(r, "", "class", HEAD_SOFTMAX, &column->head);
	if (status)
		return status;
	return task_read_texts(r, r->classes, "classes", &column->values, &column->value_count);
}

static int take_generator(struct task_reader *r)
{
	int head;
	if (r->task.source != TASK_GENERATED)
		return 0;
	int status = task_copy_text(r, generators[r->generator], &r->task.generator);
	status = status ? status : task_add_head(r, "", "decision", HEAD_SOFTMAX, &head);
	return status ? status : task_add_head(r, "", "quality", HEAD_SIGMOID, &head);
}

/* What a split has said decides what else it must say. */
enum { SPLIT_LAST_ABSENT = 1, SPLIT_FRACTION_GIVEN = 2, SPLIT_ANY = 4 };

static const struct json_rule split_rules[] = {
    {.key = "test_last",
     .type = RULE_INTEGER,
     .optional = SPLIT_ANY,
     .least = 1,
     .most = INT64_MAX,
     .at = offsetof(struct task, test_rows)},
    {.key = "test_fraction",
     .type = RULE_NUMBER,
     .optional = SPLIT_ANY,
     .required = SPLIT_LAST_ABSENT,
     .min = 1e-6,
     .max = 0.999999,
     .at = offsetof(struct task, test_fraction)},
    {.key = "seed",
     .type = RULE_INTEGER,
     .optional = SPLIT_ANY,
     .required = SPLIT_FRACTION_GIVEN,
     .most = INT64_MAX,
     .at = offsetof(struct task, split_seed)},
};
static const struct json_table split_table = {.rules = split_rules,
					      .count = sizeof split_rules / sizeof *split_rules};

static int take_split(struct task_reader *r)
{
	if (r->task.source == TASK_IDX) {
		r->task.split = SPLIT_FILES;
		return !r->split ? 0
				 : json_file_refuse(&r->file, "split", r->error,
						    "none: IDX tasks bring train and test files",
						    "a split");
	}
	bool last = json_object_get(r->split, "test_last");
	bool fraction = json_object_get(r->split, "test_fraction");
	unsigned kinds = SPLIT_ANY | (last ? 0u : SPLIT_LAST_ABSENT) |
			 (fraction ? (unsigned)SPLIT_FRACTION_GIVEN : 0u);
	int status =
	    json_file_read(&r->file, r->split, "split", &split_table, kinds, &r->task, r->error);
	if (status)
		return status;
	if (last && (fraction || json_object_get(r->split, "seed")))
		return json_file_refuse(&r->file, "split", r->error,
					"test_last alone, or test_fraction and seed",
					"test_last together with others");
	r->task.split = last ? SPLIT_LAST : SPLIT_SEEDED;
	return 0;
}

/* A key is the name of a head. */
static int take_weights(struct task_reader *r)
{
	struct heads *heads = &r->task.heads;
	struct json_rule weight_rules[HEADS_MAX];
	double weights[HEADS_MAX];
	if (!r->head_weights)
		return 0;
	for (int h = 0; h < heads->count; h++) {
		weights[h] = (double)heads->head[h].weight;
		weight_rules[h] = (struct json_rule){.key = heads->head[h].name,
						     .type = RULE_NUMBER,
						     .optional = JSON_ANY_KIND,
						     .min = 1e-6,
						     .max = 1e6,
						     .at = (size_t)h * sizeof *weights};
	}
	const struct json_table weight_table = {.rules = weight_rules,
						.count = (size_t)heads->count};
	int status = json_file_read(&r->file, r->head_weights, "head_weights", &weight_table,
				    JSON_ANY_KIND, weights, r->error);
	for (int h = 0; !status && h < heads->count; h++)
		heads->head[h].weight = (float)weights[h];
	return status;
}

/* accuracy, loss, or one of a head's: what evaluate.h writes for every task of that shape. */
static bool is_metric(const struct heads *heads, const char *metric)
{
	if (!strcmp(metric, "accuracy") || !strcmp(metric, "loss"))
		return true;
	for (int h = 0; h < heads->count; h++) {
		const struct head *head = &heads->head[h];
		size_t length = strlen(head->name);
		if (strncmp(metric, head->name, length) != 0 || metric[length] != '.')
			continue;
		const char *part = metric + length + 1;
		if (!strcmp(part, "accuracy") || !strcmp(part, "loss") ||
		    (head->kind == HEAD_SIGMOID && !strcmp(part, "brier")))
			return true;
	}
	return false;
}

static int take_metric(struct task_reader *r)
{
	struct task *task = &r->task;
	const char *metric = r->primary_metric ? r->primary_metric : "accuracy";
	if (!is_metric(&task->heads, metric))
		return json_file_refuse(&r->file, "primary_metric", r->error,
					"accuracy, loss, or HEAD.accuracy, HEAD.loss",
					"found \"%s\"", metric);
	snprintf(task->primary_metric, sizeof task->primary_metric, "%s", metric);
	return 0;
}

static int read_keys(struct task_reader *r)
{
	/* Heads come from columns, classes or generator, and are named by weights and metric. */
	static int (*const parts[])(struct task_reader *) = {
	    take_name,    task_take_files, take_delimiter, take_missing, task_take_columns,
	    take_classes, take_generator,  take_split,     take_weights, take_metric};
	const json_t *root = r->file.root;
	int status =
	    json_file_get(&r->file, root, "", &rules[SOURCE_ROW], true, &r->source, r->error);
	if (status < 0)
		return status;
	r->task.source = (enum task_source)r->source;
	if (r->task.source == TASK_CSV) {
		r->task.header = true;
		r->task.delimiter = ',';
	}
	status = json_file_read(&r->file, root, "", &table, 1u << r->source, r, r->error);
	for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
		status = parts[i](r);
	return status;
}

/* A bare name is a file in the tasks folder beside the experiment, or in configs/tasks. */
static int resolve_name(const char *name, const char *beside, char *path, size_t size,
			struct error *error)
{
	size_t length = strlen(name);
	bool is_path = strchr(name, '/') || (length > 5 && !strcmp(name + length - 5, ".json"));
	const char *slash = beside ? strrchr(beside, '/') : NULL;
	int folder = slash ? (int)(slash - beside + 1) : 0;
	int status = path_make(path, size, error, "%.*s%s%s%s", folder, beside ? beside : "",
			       is_path ? "" : "tasks/", name, is_path ? "" : ".json");
	if (status || task_file_is_there(path))
		return status;
	return path_make(path, size, error, "%s%s%s", is_path ? "" : "configs/tasks/", name,
			 is_path ? "" : ".json");
}

int task_read(struct task *task, const char *name, const char *beside, struct error *error)
{
	char path[PATH_MAX];
	struct task_reader r = {.task.validation_fraction = 0.1, .error = error};
	int status = resolve_name(name, beside, path, sizeof path, error);
	status = status ? status : json_file_load(&r.file, path, error);
	if (status)
		return status;
	status = read_keys(&r);
	if (!status)
		status = task_copy_text(&r, path, &r.task.file_name);
	json_file_free(&r.file);
	if (status) {
		task_free(&r.task);
		return status;
	}
	*task = r.task;
	return 0;
}

static void free_texts(char **texts)
{
	for (char **text = texts; text && *text; text++)
		free(*text);
	free(texts);
}

void task_free(struct task *task)
{
	for (int i = 0; i < task->file_count; i++) {
		free(task->files[i].role);
		free(task->files[i].path);
	}
	for (int64_t c = 0; c < task->column_count; c++) {
		free(task->columns[c].name);
		free_texts(task->columns[c].values);
	}
	free(task->columns);
	free(task->file_name);
	free(task->generator);
	free_texts(task->missing);
	memset(task, 0, sizeof *task);
}
