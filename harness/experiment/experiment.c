/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an experiment file: everything in it is checked here but what needs the tasks' data. */
#include "harness/experiment/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/experiment/file.h"
#include "foundation/json_memory.h"

static const char *const no_keys[] = {NULL};

enum { NAME_MAX_LENGTH = 100, TASKS_MAX = EXPERIMENT_TASKS_MAX, ARMS_MAX = 100 };
static const char name_expected[] =
    "1 to 100 letters, digits, '_', '-' and '.', not beginning with '.'";

/* Names become folders and table cells. */
static bool is_name(const char *name)
{
	size_t length = strlen(name);
	if (length == 0 || length > NAME_MAX_LENGTH || name[0] == '.')
		return false;
	for (; *name != '\0'; name++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		      (*name >= '0' && *name <= '9') || strchr("_-.", *name) != NULL))
			return false;
	return true;
}

static int read_name(const struct json_file *file, const json_t *object, const char *path,
		     char name[PLAN_NAME], struct error *error)
{
	const char *text;
	char name_path[SETTING_PATH];
	int status = json_file_get_string(file, object, path, "name", true, &text, error);
	if (status < 0)
		return status;
	experiment_join_path(name_path, sizeof name_path, path, "name");
	if (!is_name(text))
		return experiment_refuse(file, name_path, json_object_get(object, "name"),
					 name_expected, error);
	snprintf(name, PLAN_NAME, "%s", text);
	return 0;
}

/* The experiment's name is its folder's and its table's in there (harness/tables/table.h). */
static int read_experiment_name(struct experiment *x, struct error *error)
{
	static const char *const files[] = {
	    "comparisons",       "joblog",    "learning_curves", "report",
	    "ro-crate-metadata", "step_time", "wall_time",       NULL};
	static const char *const folders[] = {"golden", "throughput", NULL};
	int status = read_name(&x->file, x->file.root, "", x->name, error);
	for (int i = 0; !status && files[i]; i++)
		if (strcmp(x->name, files[i]) == 0)
			status = json_file_refuse(&x->file, "name", error, "another name",
						  "\"%s\" is what a file beside an experiment's "
						  "table is called",
						  x->name);
	for (int i = 0; !status && folders[i]; i++)
		if (strcmp(x->name, folders[i]) == 0)
			status = json_file_refuse(&x->file, "name", error, "another name",
						  "\"%s\" is what a folder beside those of "
						  "experiments is called",
						  x->name);
	return status;
}

static int read_schema(const struct experiment *x, struct error *error)
{
	static const char *const schemas[] = {"sheafbench/experiment/1", NULL};
	int schema;
	int status = json_file_get_choice(&x->file, x->file.root, "", "schema", true, schemas,
					  &schema, error);
	return status < 0 ? status : 0;
}

static int read_task_names(struct experiment *x, struct error *error)
{
	const json_t *list;
	int status = json_file_get_array(&x->file, x->file.root, "", "tasks", true, &list, error);
	if (status < 0)
		return status;
	size_t count = json_array_size(list);
	if (count == 0 || count > TASKS_MAX)
		return json_file_refuse(&x->file, "tasks", error, "from 1 to 100 tasks",
					"found %zu", count);
	x->tasks = calloc(count, sizeof *x->tasks);
	if (x->tasks == NULL)
		return error_no_memory(error, x->file.name);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);
		const char *task = json_string_value(item);
		char path[SETTING_PATH];
		snprintf(path, sizeof path, "tasks[%zu]", i);
		if (task == NULL || task[0] == '\0')
			return experiment_refuse(&x->file, path, item, "the name or path of a task",
						 error);
		for (int j = 0; j < x->task_count; j++)
			if (strcmp(x->tasks[j], task) == 0)
				return json_file_refuse(&x->file, path, error, "every task once",
							"\"%s\" appears twice", task);
		x->tasks[x->task_count++] = task;
	}
	return 0;
}

static int read_seeds(struct experiment *x, struct error *error)
{
	static const char *const keys[] = {"first", "count", NULL};
	const json_t *seeds;
	int status = json_file_get_object(&x->file, x->file.root, "", "seeds", true, &seeds, error);
	if (status < 0)
		return status;
	status = json_file_check_keys(&x->file, seeds, "seeds", keys, error);
	if (status < 0)
		return status;
	/* The last seed must stay an integer of JSON. */
	status = json_file_get_integer(&x->file, seeds, "seeds", "first", true, 0,
				       INT64_MAX - 10000, &x->first_seed, error);
	if (status < 0)
		return status;
	status = json_file_get_integer(&x->file, seeds, "seeds", "count", true, 1, 10000,
				       &x->seed_count, error);
	return status < 0 ? status : 0;
}

static int read_experts(struct experiment *x, struct error *error)
{
	x->n_experts = ARCH_EXPERTS;
	x->top_k = ARCH_TOP_K;
	int status = json_file_get_integer(&x->file, x->file.root, "", "n_experts", false, 1,
					   ARCH_MAX_EXPERTS, &x->n_experts, error);
	if (status < 0)
		return status;
	int64_t most = x->n_experts < NERVE_MAX_K ? x->n_experts : NERVE_MAX_K;
	status = json_file_get_integer(&x->file, x->file.root, "", "top_k", false, 1, most,
				       &x->top_k, error);
	if (status < 0)
		return status;
	if (x->top_k > most)
		return json_file_refuse(&x->file, "n_experts", error, "at least top_k experts",
					"found %d with top_k %d", (int)x->n_experts, (int)x->top_k);
	return 0;
}

static int read_evaluate_on(struct experiment *x, struct error *error)
{
	static const char *const parts[] = {"test", "validation", NULL};
	const char *description;
	int part = 0;
	int status = json_file_get_choice(&x->file, x->file.root, "", "evaluate_on", false, parts,
					  &part, error);
	if (status < 0)
		return status;
	x->evaluate_test = part == 0;
	/* Not used, but a description that is no text is a mistake. */
	status = json_file_get_string(&x->file, x->file.root, "", "description", false,
				      &description, error);
	return status < 0 ? status : 0;
}

static struct section_reader reader_of(const struct experiment *x, const char *path)
{
	return (struct section_reader){
	    .file = &x->file, .path = path, .n_experts = x->n_experts, .top_k = x->top_k};
}

/* size, train and router, which may hold lists. */
static int read_common(struct experiment *x, struct error *error)
{
	static const char *const root_keys[] = {"schema",    "name",  "description", "tasks",
						"arms",      "seeds", "train",       "router",
						"n_experts", "top_k", "evaluate_on", NULL};
	static const char *const train_keys[] = {"override_task", NULL};
	struct section_reader root = reader_of(x, ""), train = reader_of(x, "train");
	struct section_reader router = reader_of(x, "router");
	const json_t *object;
	int status = experiment_read_keys(&root, x->file.root, KEY_SIZE, KEY_SIZE + 1, root_keys,
					  x->common, error);
	if (status < 0)
		return status;
	status = json_file_get_object(&x->file, x->file.root, "", "train", false, &object, error);
	if (status > 0)
		status = experiment_read_keys(&train, object, KEY_TRAIN_FIRST, KEY_TRAIN_END,
					      train_keys, x->common, error);
	if (status == 0 && json_object_get(x->file.root, "train") != NULL)
		status = json_file_get_bool(&x->file, object, "train", "override_task", false,
					    &x->override_task, error);
	if (status < 0)
		return status;
	status = json_file_get_object(&x->file, x->file.root, "", "router", false, &object, error);
	if (status > 0)
		status = experiment_read_keys(&router, object, KEY_ROUTER_FIRST, KEY_ROUTER_END,
					      no_keys, x->common, error);
	if (status < 0)
		return status;
	return experiment_fill_defaults(x->common, x->n_experts, x->top_k, x->file.name, error);
}

/* A key the arm's router does not have, or one that its control leaves without effect. */
static int refuse_override(const struct experiment *x, const struct experiment_arm *arm,
			   const char *path, enum experiment_key key, bool by_control,
			   struct error *error)
{
	const char *name = experiment_key_name(key);
	char key_path[SETTING_PATH];
	long line, column;
	experiment_join_path(key_path, sizeof key_path, path, name);
	json_file_locate(&x->file, key_path, true, &line, &column);
	return error_set(error, ERROR_INPUT, x->file.name, line, column, key_path,
			 "only keys that the arm's router uses", "%s%s does not use %s",
			 router_kind_names[arm->router_kind], by_control ? " under a control" : "",
			 name);
}

/* An override must reach the runs: keys that the arm's router does not use are refused. */
static int check_overrides_used(const struct experiment *x, const struct experiment_arm *arm,
				const json_t *router, const char *path, struct error *error)
{
	for (int key = KEY_ROUTER_FIRST; key < KEY_ROUTER_END; key++) {
		enum experiment_key k = (enum experiment_key)key;
		const char *name = experiment_key_name(k);
		bool used = experiment_key_used(arm->model_kind, arm->router_kind, k);
		bool replaced = experiment_control_replaces(x, (int)(arm - x->arms), k);
		if (json_object_get(router, name) != NULL && (!used || replaced))
			return refuse_override(x, arm, path, k, replaced, error);
	}
	return 0;
}

static int read_moe_arm(const struct experiment *x, const json_t *object, const char *path,
			struct experiment_arm *arm, struct error *error)
{
	int router_kind = 0;
	const json_t *router;
	char router_path[SETTING_PATH], match_path[SETTING_PATH];
	experiment_join_path(match_path, sizeof match_path, path, "match");
	if (json_object_get(object, "match") != NULL)
		return json_file_refuse(&x->file, match_path, error, "it in a Dense arm",
					"found match in a MoE arm");
	int status = json_file_get_choice(&x->file, object, path, "router_kind", true,
					  router_kind_names, &router_kind, error);
	if (status < 0)
		return status;
	arm->router_kind = (enum router_kind)router_kind;
	status = json_file_get_object(&x->file, object, path, "router", false, &router, error);
	if (status <= 0)
		return status;
	experiment_join_path(router_path, sizeof router_path, path, "router");
	struct section_reader reader = reader_of(x, router_path);
	status = experiment_read_keys(&reader, router, KEY_ROUTER_FIRST, KEY_ROUTER_END, no_keys,
				      arm->own, error);
	if (status < 0)
		return status;
	return check_overrides_used(x, arm, router, router_path, error);
}

static int read_dense_arm(const struct experiment *x, const json_t *object, const char *path,
			  struct experiment_arm *arm, struct error *error)
{
	static const char *const refused[] = {"router_kind", "router"};
	static const char *const keys[] = {"arm", "on", "hidden", NULL};
	static const char *const widths[] = {"size", "nearest", NULL};
	const json_t *match;
	char key_path[SETTING_PATH];
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		experiment_join_path(key_path, sizeof key_path, path, refused[i]);
		if (json_object_get(object, refused[i]) != NULL)
			return json_file_refuse(&x->file, key_path, error, "it in a MoE arm",
						"found %s in a Dense arm, which has no router",
						refused[i]);
	}
	int status = json_file_get_object(&x->file, object, path, "match", true, &match, error);
	if (status < 0)
		return status;
	experiment_join_path(key_path, sizeof key_path, path, "match");
	int on = MATCH_TOTAL_PARAMS, hidden = WIDTH_NEAREST;
	status = json_file_check_keys(&x->file, match, key_path, keys, error);
	if (status == 0)
		status = json_file_get_choice(&x->file, match, key_path, "on", false,
					      arch_match_names, &on, error);
	if (status >= 0)
		status = json_file_get_choice(&x->file, match, key_path, "hidden", false, widths,
					      &hidden, error);
	arm->match_on = (enum arch_match)on;
	arm->match_hidden = (enum dense_width)hidden;
	return status < 0 ? status : 0;
}

static int find_task(const struct experiment *x, const char *name)
{
	for (int t = 0; name != NULL && t < x->task_count; t++)
		if (strcmp(x->tasks[t], name) == 0)
			return t;
	return -1;
}

/* The arm's own choice among the experiment's tasks; without it, all. */
static int read_arm_tasks(const struct experiment *x, const json_t *object, const char *path,
			  struct experiment_arm *arm, struct error *error)
{
	const json_t *list;
	char list_path[SETTING_PATH], item_path[SETTING_PATH];
	int status = json_file_get_array(&x->file, object, path, "tasks", false, &list, error);
	if (status <= 0)
		return status;
	experiment_join_path(list_path, sizeof list_path, path, "tasks");
	if (json_array_size(list) == 0)
		return json_file_refuse(&x->file, list_path, error, "at least one task",
					"found an empty list");
	for (int t = 0; t < x->task_count; t++)
		arm->skips[t] = true;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		int task = find_task(x, json_string_value(item));
		experiment_item_path(item_path, sizeof item_path, list_path, i);
		if (task < 0)
			return experiment_refuse(&x->file, item_path, item,
						 "one of the experiment's tasks", error);
		if (!arm->skips[task])
			return json_file_refuse(&x->file, item_path, error, "every task once",
						"\"%s\" appears twice", x->tasks[task]);
		arm->skips[task] = false;
	}
	return 0;
}

static int read_arm(struct experiment *x, const json_t *object, int index, struct error *error)
{
	static const char *const keys[] = {"name",   "model_kind", "router_kind", "match",
					   "router", "tasks",      NULL};
	struct experiment_arm *arm = &x->arms[index];
	char path[SETTING_PATH], name_path[SETTING_PATH];
	int model_kind = 0;
	snprintf(path, sizeof path, "arms[%d]", index);
	arm->match_arm = -1;
	if (!json_is_object(object))
		return experiment_refuse(&x->file, path, object, "an object", error);
	int status = json_file_check_keys(&x->file, object, path, keys, error);
	if (status == 0)
		status = read_name(&x->file, object, path, arm->name, error);
	if (status == 0)
		status = read_arm_tasks(x, object, path, arm, error);
	if (status < 0)
		return status;
	experiment_join_path(name_path, sizeof name_path, path, "name");
	for (int i = 0; i < index; i++)
		if (strcmp(x->arms[i].name, arm->name) == 0)
			return json_file_refuse(&x->file, name_path, error, "a name of its own",
						"\"%s\" is the name of arms[%d] too", arm->name, i);
	status = json_file_get_choice(&x->file, object, path, "model_kind", true, model_kind_names,
				      &model_kind, error);
	if (status < 0)
		return status;
	arm->model_kind = (enum model_kind)model_kind;
	return arm->model_kind == MODEL_DENSE ? read_dense_arm(x, object, path, arm, error)
					      : read_moe_arm(x, object, path, arm, error);
}

/* Once every arm is known: the arm that a Dense arm matches. */
static int find_match(struct experiment *x, const json_t *object, int index, struct error *error)
{
	const json_t *match = json_object_get(object, "match");
	char path[SETTING_PATH], arm_path[SETTING_PATH];
	const char *name, *names[ARMS_MAX + 1] = {NULL};
	int found = -1, count = 0;
	snprintf(path, sizeof path, "arms[%d].match", index);
	int status = json_file_get_string(&x->file, match, path, "arm", true, &name, error);
	if (status < 0)
		return status;
	for (int i = 0; i < x->arm_count; i++) {
		if (strcmp(x->arms[i].name, name) == 0)
			found = i;
		if (x->arms[i].model_kind == MODEL_MOE)
			names[count++] = x->arms[i].name;
	}
	experiment_join_path(arm_path, sizeof arm_path, path, "arm");
	if (found >= 0 && x->arms[found].model_kind == MODEL_DENSE)
		return json_file_refuse(&x->file, arm_path, error, "the name of a MoE arm",
					"\"%s\" is a Dense arm", name);
	if (found < 0) {
		const char *near_name = error_near_name(name, names);
		return json_file_refuse(&x->file, arm_path, error, "the name of a MoE arm",
					"no arm \"%.100s\"%s%s%s", name,
					near_name ? ", near \"" : "", near_name ? near_name : "",
					near_name ? "\"" : "");
	}
	x->arms[index].match_arm = found;
	return 0;
}

/* A task that no arm runs was listed by mistake. */
static int check_tasks_used(const struct experiment *x, struct error *error)
{
	for (int t = 0; t < x->task_count; t++) {
		char path[SETTING_PATH];
		int arms = 0;
		for (int i = 0; i < x->arm_count; i++)
			arms += !x->arms[i].skips[t];
		snprintf(path, sizeof path, "tasks[%d]", t);
		if (arms == 0)
			return json_file_refuse(&x->file, path, error, "a task that some arm runs",
						"no arm has \"%s\" among its tasks", x->tasks[t]);
	}
	return 0;
}

static int read_arms(struct experiment *x, struct error *error)
{
	const json_t *list;
	int status = json_file_get_array(&x->file, x->file.root, "", "arms", true, &list, error);
	if (status < 0)
		return status;
	size_t count = json_array_size(list);
	if (count == 0 || count > ARMS_MAX)
		return json_file_refuse(&x->file, "arms", error, "from 1 to 100 arms", "found %zu",
					count);
	x->arms = calloc(count, sizeof *x->arms);
	if (x->arms == NULL)
		return error_no_memory(error, x->file.name);
	x->arm_count = (int)count;
	status = 0;
	for (int i = 0; status == 0 && i < x->arm_count; i++)
		status = read_arm(x, json_array_get(list, (size_t)i), i, error);
	for (int i = 0; status == 0 && i < x->arm_count; i++)
		if (x->arms[i].model_kind == MODEL_DENSE)
			status = find_match(x, json_array_get(list, (size_t)i), i, error);
	return status == 0 ? check_tasks_used(x, error) : status;
}

void experiment_free(struct experiment *x)
{
	for (int i = 0; i < x->arm_count; i++)
		for (int key = 0; key < KEYS; key++)
			free(x->arms[i].own[key].items);
	for (int key = 0; key < KEYS; key++)
		free(x->common[key].items);
	free(x->arms);
	free(x->tasks);
	json_file_free(&x->file);
	*x = (struct experiment){0};
}

int experiment_read(struct experiment *experiment, const char *file_name, struct error *error)
{
	struct experiment x = {0};
	int status = json_file_load(&x.file, file_name, error);
	if (status != 0)
		return status;
	/* Records name it, and are JSON. */
	status = json_memory_check_name(file_name, error);
	if (status == 0)
		status = read_schema(&x, error);
	if (status == 0)
		status = read_experts(&x, error);
	if (status == 0)
		status = read_common(&x, error); /* refuses unknown keys of the root too */
	if (status == 0)
		status = read_experiment_name(&x, error);
	if (status == 0)
		status = read_task_names(&x, error);
	if (status == 0)
		status = read_seeds(&x, error);
	if (status == 0)
		status = read_evaluate_on(&x, error);
	if (status == 0)
		status = read_arms(&x, error);
	if (status != 0) {
		experiment_free(&x);
		return status;
	}
	*experiment = x;
	return 0;
}
