/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/task.h"

#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/tasks/task_reader.h"
#include "foundation/path.h"

static const char *const source_names[] = {"csv", "idx", "generated", NULL};
static const char *const idx_roles[] = {"train_images", "train_labels", "test_images",
					"test_labels", NULL};
static const char *const csv_roles[] = {"data", NULL};

static int read_name(struct task_reader *r)
{
	const char *schema = "", *name = "";
	int status =
	    json_file_get_string(&r->file, r->file.root, "", "schema", true, &schema, r->error);
	if (status < 0)
		return status;
	if (strcmp(schema, "sheafbench/task/1") != 0)
		return json_file_refuse(&r->file, "schema", r->error, "\"sheafbench/task/1\"",
					"found \"%s\"", schema);
	status = json_file_get_string(&r->file, r->file.root, "", "name", true, &name, r->error);
	if (status < 0)
		return status;
	if (!task_plain_name(name))
		return json_file_refuse(&r->file, "name", r->error,
					"letters, digits, _ - . and at most 63 of them",
					"found \"%s\"", name);
	snprintf(r->task->name, sizeof r->task->name, "%s", name);
	return 0;
}

static int check_sha256(struct task_reader *r, const char *path, const char *hex)
{
	if (strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64)
		return 0;
	return json_file_refuse(&r->file, path, r->error, "64 lower-case hex digits",
				"found \"%s\"", hex);
}

/* Something of that name is there, if only a loop of links or a file that may not be read: then it
 * is what was meant, and its reading says what is wrong. */
static bool is_there(const char *path)
{
	return access(path, R_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* As given, in one of the folders, or beside the task file: the first that is there. */
static int find_file(struct task_reader *r, const char *path, const json_t *folders, char **found)
{
	char candidate[PATH_MAX];
	int status;
	if (path[0] == '/' || is_there(path))
		return task_copy_text(r, path, found);
	for (size_t i = 0; i < json_array_size(folders); i++) {
		const char *folder = json_string_value(json_array_get(folders, i));
		status = path_make(candidate, sizeof candidate, r->error, "%s/%s",
				   folder ? folder : "", path);
		if (status)
			return status;
		if (is_there(candidate))
			return task_copy_text(r, candidate, found);
	}
	/* A task file in configs/tasks names data from the project's root. */
	static const char *const up[] = {"", "../", "../../"};
	const char *slash = strrchr(r->file.name, '/');
	int folder_length = slash ? (int)(slash - r->file.name + 1) : 0;
	for (size_t i = 0; i < 3; i++) {
		status = path_make(candidate, sizeof candidate, r->error, "%.*s%s%s", folder_length,
				   r->file.name, up[i], path);
		if (status)
			return status;
		if (is_there(candidate))
			return task_copy_text(r, candidate, found);
	}
	return task_copy_text(r, path, found); /* refused by name when it is read */
}

static int read_file(struct task_reader *r, size_t i, const json_t *item, const json_t *folders,
		     const char *const *roles)
{
	static const char *const keys[] = {"role", "path", "sha256", NULL};
	char at[64];
	const char *path, *hex = NULL;
	int role = 0;
	snprintf(at, sizeof at, "files[%zu]", i);
	int status = json_file_check_keys(&r->file, item, at, keys, r->error);
	if (status == 0)
		status =
		    json_file_get_choice(&r->file, item, at, "role", true, roles, &role, r->error);
	if (status >= 0)
		status = json_file_get_string(&r->file, item, at, "path", true, &path, r->error);
	if (status >= 0)
		status = json_file_get_string(&r->file, item, at, "sha256", false, &hex, r->error);
	if (status < 0)
		return status;
	if (hex) {
		snprintf(at, sizeof at, "files[%zu].sha256", i);
		if ((status = check_sha256(r, at, hex)))
			return status;
	}
	for (int f = 0; f < r->task->file_count; f++)
		if (!strcmp(r->task->files[f].role, roles[role])) {
			snprintf(at, sizeof at, "files[%zu].role", i);
			return json_file_refuse(&r->file, at, r->error, "each role once",
						"\"%s\" twice", roles[role]);
		}
	int n = r->task->file_count++;
	snprintf(r->task->files[n].sha256, sizeof r->task->files[n].sha256, "%s", hex ? hex : "");
	status = task_copy_text(r, roles[role], &r->task->files[n].role);
	return status ? status : find_file(r, path, folders, &r->task->files[n].path);
}

static int read_files(struct task_reader *r)
{
	const json_t *list, *folders = NULL;
	const char *const *roles = r->task->source == TASK_CSV ? csv_roles : idx_roles;
	size_t wanted = r->task->source == TASK_CSV ? 1 : 4;
	int status =
	    json_file_get_array(&r->file, r->file.root, "", "folders", false, &folders, r->error);
	if (status >= 0)
		status =
		    json_file_get_array(&r->file, r->file.root, "", "files", true, &list, r->error);
	if (status < 0)
		return status;
	for (size_t i = 0; i < json_array_size(folders); i++)
		if (!json_is_string(json_array_get(folders, i)))
			return json_file_refuse(&r->file, "folders", r->error, "a list of strings",
						"an element that is not a string");
	if (json_array_size(list) != wanted)
		return json_file_refuse(&r->file, "files", r->error,
					wanted == 1 ? "1 file (role data)"
						    : "4 files (train and test images and labels)",
					"%zu files", json_array_size(list));
	for (size_t i = 0; i < wanted; i++) {
		const json_t *item = json_array_get(list, i);
		char at[64];
		snprintf(at, sizeof at, "files[%zu]", i);
		if (!json_is_object(item))
			return json_file_refuse(&r->file, at, r->error, "an object",
						"the value is not an object");
		if ((status = read_file(r, i, item, folders, roles)))
			return status;
	}
	return 0;
}

static int read_csv(struct task_reader *r)
{
	const char *delimiter = NULL;
	const json_t *missing = NULL;
	int64_t count;
	r->task->header = true;
	r->task->delimiter = ',';
	int status = read_files(r);
	if (!status)
		status = json_file_get_bool(&r->file, r->file.root, "", "header", false,
					    &r->task->header, r->error);
	if (status >= 0)
		status = json_file_get_string(&r->file, r->file.root, "", "delimiter", false,
					      &delimiter, r->error);
	if (status >= 0)
		status = json_file_get_array(&r->file, r->file.root, "", "missing", false, &missing,
					     r->error);
	if (status < 0)
		return status;
	if (delimiter && (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0])))
		return json_file_refuse(&r->file, "delimiter", r->error,
					"one character, no quote or line break", "found \"%s\"",
					delimiter);
	if (delimiter)
		r->task->delimiter = delimiter[0];
	if (json_array_size(missing) > TASK_MAX_CATEGORIES)
		return json_file_refuse(&r->file, "missing", r->error, "at most 1024 texts",
					"%zu texts", json_array_size(missing));
	if (missing && (status = task_read_texts(r, missing, "missing", &r->task->missing, &count)))
		return status;
	return task_read_columns(r);
}

static int read_idx(struct task_reader *r)
{
	const json_t *classes;
	int status = read_files(r);
	if (!status)
		status = json_file_get_array(&r->file, r->file.root, "", "classes", true, &classes,
					     r->error);
	if (status < 0)
		return status;
	if (json_array_size(classes) < 2 || json_array_size(classes) > 256)
		return json_file_refuse(&r->file, "classes", r->error, "2 to 256 names",
					"%zu names", json_array_size(classes));
	r->task->columns = calloc(1, sizeof *r->task->columns);
	if (!r->task->columns)
		return task_no_memory(r);
	r->task->column_count = 1;
	struct task_column *column = &r->task->columns[0];
	column->role = COLUMN_LABEL;
	r->task->split = SPLIT_FILES;
	if ((status = task_copy_text(r, "class", &column->name)))
		return status;
	status = task_add_head(r, "", "class", HEAD_SOFTMAX, &column->head);
	return status
		   ? status
		   : task_read_texts(r, classes, "classes", &column->values, &column->value_count);
}

static int read_generated(struct task_reader *r)
{
	static const char *const generators[] = {"quality_decision", NULL};
	int which = 0, head;
	int64_t seed = 1;
	int status = json_file_get_choice(&r->file, r->file.root, "", "generator", true, generators,
					  &which, r->error);
	if (status >= 0)
		status = json_file_get_integer(&r->file, r->file.root, "", "rows", true, 10,
					       10000000, &r->task->generated_rows, r->error);
	if (status >= 0)
		status = json_file_get_integer(&r->file, r->file.root, "", "seed", true, 0,
					       INT64_MAX, &seed, r->error);
	if (status < 0)
		return status;
	r->task->generated_seed = (uint64_t)seed;
	if ((status = task_copy_text(r, generators[which], &r->task->generator)))
		return status;
	status = task_add_head(r, "", "decision", HEAD_SOFTMAX, &head);
	return status ? status : task_add_head(r, "", "quality", HEAD_SIGMOID, &head);
}

static int read_split(struct task_reader *r)
{
	static const char *const keys[] = {"test_last", "test_fraction", "seed", NULL};
	const json_t *split;
	int64_t seed = 0;
	bool files = r->task->source == TASK_IDX;
	int status =
	    json_file_get_object(&r->file, r->file.root, "", "split", !files, &split, r->error);
	if (status <= 0)
		return status;
	if (files)
		return json_file_refuse(&r->file, "split", r->error,
					"none: IDX tasks bring train and test files", "a split");
	if ((status = json_file_check_keys(&r->file, split, "split", keys, r->error)))
		return status;
	int last = json_file_get_integer(&r->file, split, "split", "test_last", false, 1, INT64_MAX,
					 &r->task->test_rows, r->error);
	if (last < 0)
		return last;
	int fraction = json_file_get_number(&r->file, split, "split", "test_fraction", !last, 1e-6,
					    0.999999, &r->task->test_fraction, r->error);
	if (fraction < 0)
		return fraction;
	int seeded = json_file_get_integer(&r->file, split, "split", "seed", fraction > 0, 0,
					   INT64_MAX, &seed, r->error);
	if (seeded < 0)
		return seeded;
	if (last && (fraction || seeded))
		return json_file_refuse(&r->file, "split", r->error,
					"test_last alone, or test_fraction and seed",
					"test_last together with others");
	r->task->split = last ? SPLIT_LAST : SPLIT_SEEDED;
	r->task->split_seed = (uint64_t)seed;
	return 0;
}

static int read_weights(struct task_reader *r)
{
	const json_t *weights = NULL;
	const char *names[HEADS_MAX + 1] = {NULL};
	int status = json_file_get_object(&r->file, r->file.root, "", "head_weights", false,
					  &weights, r->error);
	if (status <= 0)
		return status;
	for (int h = 0; h < r->task->heads.count; h++)
		names[h] = r->task->heads.head[h].name;
	status = json_file_check_keys(&r->file, weights, "head_weights", names, r->error);
	for (int h = 0; !status && h < r->task->heads.count; h++) {
		double weight = 1.0;
		status = json_file_get_number(&r->file, weights, "head_weights", names[h], false,
					      1e-6, 1e6, &weight, r->error);
		r->task->heads.head[h].weight = (float)weight;
		status = status > 0 ? 0 : status;
	}
	return status;
}

/* accuracy, loss, or one of a head's: what evaluate.h writes for every task of that shape. */
static int check_metric(struct task_reader *r, const char *metric)
{
	if (!strcmp(metric, "accuracy") || !strcmp(metric, "loss"))
		return 0;
	for (int h = 0; h < r->task->heads.count; h++) {
		const struct head *head = &r->task->heads.head[h];
		size_t length = strlen(head->name);
		if (strncmp(metric, head->name, length) != 0 || metric[length] != '.')
			continue;
		const char *part = metric + length + 1;
		if (!strcmp(part, "accuracy") || !strcmp(part, "loss") ||
		    (head->kind == HEAD_SIGMOID && !strcmp(part, "brier")))
			return 0;
	}
	return json_file_refuse(&r->file, "primary_metric", r->error,
				"accuracy, loss, or HEAD.accuracy, HEAD.loss", "found \"%s\"",
				metric);
}

static int read_training(struct task_reader *r)
{
	struct task *task = r->task;
	const char *metric = "accuracy";
	task->validation_fraction = 0.1;
	int status = json_file_get_number(&r->file, r->file.root, "", "validation_fraction", false,
					  0.0, 0.9, &task->validation_fraction, r->error);
	if (status >= 0)
		status = json_file_get_integer(&r->file, r->file.root, "", "epochs", false, 1,
					       100000, &task->epochs, r->error);
	if (status >= 0)
		status = json_file_get_integer(&r->file, r->file.root, "", "batch_size", false, 1,
					       65536, &task->batch_size, r->error);
	if (status >= 0)
		status = json_file_get_string(&r->file, r->file.root, "", "primary_metric", false,
					      &metric, r->error);
	if (status < 0 || (status = check_metric(r, metric)))
		return status;
	snprintf(task->primary_metric, sizeof task->primary_metric, "%s", metric);
	return 0;
}

static int read_keys(struct task_reader *r)
{
	static const char *const csv_keys[] = {"schema",
					       "name",
					       "description",
					       "source",
					       "files",
					       "folders",
					       "header",
					       "missing",
					       "delimiter",
					       "split",
					       "validation_fraction",
					       "columns",
					       "epochs",
					       "batch_size",
					       "primary_metric",
					       "head_weights",
					       NULL};
	static const char *const idx_keys[] = {
	    "schema",     "name",           "description",         "source",  "files",
	    "folders",    "split",          "validation_fraction", "classes", "epochs",
	    "batch_size", "primary_metric", "head_weights",        NULL};
	static const char *const generated_keys[] = {
	    "schema",       "name",       "description",
	    "source",       "generator",  "rows",
	    "seed",         "split",      "validation_fraction",
	    "epochs",       "batch_size", "primary_metric",
	    "head_weights", NULL};
	static const char *const *const keys[] = {csv_keys, idx_keys, generated_keys};
	static int (*const read_source[])(struct task_reader *) = {read_csv, read_idx,
								   read_generated};
	int source = 0;
	int status = json_file_get_choice(&r->file, r->file.root, "", "source", true, source_names,
					  &source, r->error);
	if (status < 0)
		return status;
	r->task->source = (enum task_source)source;
	status = json_file_check_keys(&r->file, r->file.root, "", keys[source], r->error);
	status = status ? status : read_name(r);
	status = status ? status : read_source[source](r);
	status = status ? status : read_split(r);
	status = status < 0 ? status : read_weights(r);
	return status < 0 ? status : read_training(r);
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
	if (status || is_there(path))
		return status;
	return path_make(path, size, error, "%s%s%s", is_path ? "" : "configs/tasks/", name,
			 is_path ? "" : ".json");
}

int task_read(struct task *task, const char *name, const char *beside, struct error *error)
{
	char path[PATH_MAX];
	struct task made = {.test_rows = 0};
	struct task_reader r = {.task = &made, .error = error};
	int status = resolve_name(name, beside, path, sizeof path, error);
	status = status ? status : json_file_load(&r.file, path, error);
	if (status)
		return status;
	status = read_keys(&r);
	if (!status)
		status = task_copy_text(&r, path, &made.file_name);
	json_file_free(&r.file);
	if (status) {
		task_free(&made);
		return status;
	}
	*task = made;
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
