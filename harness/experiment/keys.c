/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an experiment that may be lists: their types, ranges and defaults, in one table. */
#include "harness/experiment/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"

const char *const schedule_names[] = {"cosine", "constant", NULL};

typedef int read_values(const struct section_reader *reader, const json_t *value, const char *path,
			struct setting_list *list, struct error *error);

/* Numbers are checked again as binary32, in which training uses them: a beta that rounds to 1 is as
 * wrong as 1, a learning rate that rounds to 0 as wrong as 0. */
struct key_rule {
	const char *path;
	struct json_rule value;  /* each of a list */
	read_values *read;       /* NULL: by `value` alone */
	int64_t default_integer; /* integers, booleans, choices */
	double default_number;
};

static const struct key_rule rules[KEYS] = {
    [KEY_SIZE] = {.path = "size",
		  .value = {.key = "size", .type = RULE_CHOICE, .choices = arch_size_names},
		  .default_integer = SIZE_NANO},
    [KEY_EPOCHS] = {.path = "train.epochs",
		    .value = {.key = "epochs", .type = RULE_INTEGER, .least = 1, .most = 100000},
		    .default_integer = 20},
    [KEY_BATCH_SIZE] =
	{.path = "train.batch_size",
	 .value = {.key = "batch_size", .type = RULE_INTEGER, .least = 1, .most = 65536},
	 .default_integer = 128},
    [KEY_LR] = {.path = "train.lr",
		.value = {.key = "lr", .type = RULE_NUMBER, .min = 1e-30, .max = 1000},
		.default_number = 1e-3},
    [KEY_SCHEDULE] = {.path = "train.schedule",
		      .value = {.key = "schedule", .type = RULE_CHOICE, .choices = schedule_names},
		      .default_integer = SCHEDULE_COSINE},
    [KEY_WEIGHT_DECAY] =
	{.path = "train.weight_decay",
	 .value = {.key = "weight_decay", .type = RULE_NUMBER, .min = 0, .max = 1000},
	 .default_number = 0.01},
    [KEY_WARMUP] =
	{.path = "train.warmup",
	 .value = {.key = "warmup", .type = RULE_NUMBER, .min = 0, .max = 1, .below_max = true},
	 .default_number = 0.05},
    [KEY_BETA1] =
	{.path = "train.beta1",
	 .value = {.key = "beta1", .type = RULE_NUMBER, .min = 0, .max = 1, .below_max = true},
	 .default_number = 0.9},
    [KEY_BETA2] =
	{.path = "train.beta2",
	 .value = {.key = "beta2", .type = RULE_NUMBER, .min = 0, .max = 1, .below_max = true},
	 .default_number = 0.999},
    [KEY_EPSILON] = {.path = "train.epsilon",
		     .value = {.key = "epsilon", .type = RULE_NUMBER, .min = 1e-30, .max = 1},
		     .default_number = 1e-8},
    [KEY_MAX_STEPS] =
	{.path = "train.max_steps",
	 .value = {.key = "max_steps", .type = RULE_INTEGER, .least = 0, .most = 1000000000},
	 .default_integer = 0},
    [KEY_NERVE] = {.path = "router.nerve", .value.key = "nerve", .read = experiment_read_nerve},
    [KEY_OVERLAP_PENALTY] =
	{.path = "router.overlap_penalty",
	 .value = {.key = "overlap_penalty", .type = RULE_NUMBER, .min = 0, .max = 1e6},
	 .default_number = 0.01},
    [KEY_BALANCE] = {.path = "router.balance",
		     .value = {.key = "balance", .type = RULE_NUMBER, .min = 0, .max = 1e6},
		     .default_number = 0.01},
    [KEY_RENORMALIZE] = {.path = "router.renormalize",
			 .value = {.key = "renormalize", .type = RULE_BOOL},
			 .default_integer = false},
    [KEY_PADIC] = {.path = "router.padic", .value.key = "padic", .read = experiment_read_padic},
    [KEY_CONTROL] = {.path = "router.control",
		     .value = {.key = "control",
			       .type = RULE_CHOICE,
			       .choices = router_control_names},
		     .default_integer = CONTROL_NONE},
};

const char *experiment_key_path(enum experiment_key key)
{
	return rules[key].path;
}

const char *experiment_key_name(enum experiment_key key)
{
	return rules[key].value.key;
}

bool experiment_key_used(enum model_kind model, enum router_kind router, enum experiment_key key)
{
	if (key < KEY_ROUTER_FIRST)
		return true;
	if (model == MODEL_DENSE)
		return false;
	if (key == KEY_NERVE || key == KEY_OVERLAP_PENALTY)
		return router_of(router)->has_nerve;
	if (key == KEY_PADIC)
		return router_of(router)->has_codec;
	if (key == KEY_CONTROL)
		return router_of(router)->has_controls;
	return true;
}

bool experiment_control_replaces(const struct experiment *x, int arm, enum experiment_key key)
{
	const struct experiment_arm *a = &x->arms[arm];
	const struct setting_list *list = &a->own[KEY_CONTROL];
	if ((key != KEY_BALANCE && key != KEY_RENORMALIZE) ||
	    !experiment_key_used(a->model_kind, a->router_kind, KEY_CONTROL))
		return false;
	if (list->count == 0)
		list = &x->common[KEY_CONTROL];
	for (int i = 0; i < list->count; i++)
		if (list->items[i].integer == CONTROL_NONE)
			return false;
	return true;
}

static int refuse_value(const struct section_reader *reader, const struct json_rule *rule,
			const char *path, const json_t *value, struct error *error)
{
	const char *word = rule->type == RULE_CHOICE ? json_string_value(value) : NULL;
	const char *near_name = word != NULL ? error_near_name(word, rule->choices) : NULL;
	char expected[128];
	json_rule_describe(rule, expected, sizeof expected);
	if (near_name == NULL)
		return experiment_refuse(reader->file, path, value, expected, error);
	return json_file_refuse(reader->file, path, error, expected, "found \"%s\", near \"%s\"",
				word, near_name);
}

static bool read_value(const struct json_rule *rule, const json_t *value, struct setting *setting)
{
	bool good, yes = false;
	int choice = 0;
	switch (rule->type) {
	case RULE_NUMBER:
		good = json_rule_read(rule, value, &setting->number);
		setting->number += 0.0; /* -0 becomes 0 */
		return good;
	case RULE_BOOL:
		good = json_rule_read(rule, value, &yes);
		setting->integer = yes;
		return good;
	case RULE_CHOICE:
		good = json_rule_read(rule, value, &choice);
		setting->integer = choice;
		return good;
	default:
		return json_rule_read(rule, value, &setting->integer);
	}
}

/* text and variant from the value. */
static void describe_scalar(const struct key_rule *rule, struct setting *setting)
{
	switch (rule->value.type) {
	case RULE_NUMBER:
		number_text(setting->number, setting->text);
		break;
	case RULE_BOOL:
		snprintf(setting->text, sizeof setting->text, "%s",
			 setting->integer ? "true" : "false");
		break;
	case RULE_CHOICE:
		snprintf(setting->text, sizeof setting->text, "%s",
			 rule->value.choices[setting->integer]);
		break;
	default:
		snprintf(setting->text, sizeof setting->text, "%lld", (long long)setting->integer);
		break;
	}
	char variant[SETTING_TEXT];
	int used = snprintf(variant, sizeof variant, "%s=", rule->path);
	snprintf(variant + used, sizeof variant - (size_t)used, "%s", setting->text);
	memcpy(setting->variant, variant, sizeof variant);
}

static int read_scalar(const struct section_reader *reader, const struct key_rule *rule,
		       const json_t *value, const char *path, struct setting_list *list,
		       struct error *error)
{
	struct setting *setting = setting_list_add(list);
	if (setting == NULL)
		return error_no_memory(error, reader->file->name);
	snprintf(setting->path, sizeof setting->path, "%s", path);
	if (!read_value(&rule->value, value, setting))
		return refuse_value(reader, &rule->value, path, value, error);
	if (setting->number != 0.0 && (float)setting->number == 0.0f)
		return experiment_refuse(reader->file, path, value,
					 "0, or a number that binary32 does not round to 0", error);
	describe_scalar(rule, setting);
	return 0;
}

static int read_scalars(const struct section_reader *reader, const struct key_rule *rule,
			const json_t *value, const char *path, struct setting_list *list,
			struct error *error)
{
	if (!json_is_array(value))
		return read_scalar(reader, rule, value, path, list, error);
	char one[128], expected[160];
	json_rule_describe(&rule->value, one, sizeof one);
	snprintf(expected, sizeof expected, "%s, or a list of such", one);
	if (json_array_size(value) == 0)
		return json_file_refuse(reader->file, path, error, expected, "found an empty list");
	for (size_t i = 0; i < json_array_size(value); i++) {
		char item_path[SETTING_PATH];
		experiment_item_path(item_path, sizeof item_path, path, i);
		int status =
		    read_scalar(reader, rule, json_array_get(value, i), item_path, list, error);
		if (status != 0)
			return status;
	}
	return 0;
}

enum { LIST_MAX = 1000 };

static int read_key(const struct section_reader *reader, enum experiment_key key,
		    const json_t *value, struct setting_list *list, struct error *error)
{
	const struct key_rule *rule = &rules[key];
	char path[SETTING_PATH];
	int status;
	experiment_join_path(path, sizeof path, reader->path, rule->value.key);
	if (json_array_size(value) > LIST_MAX)
		return json_file_refuse(reader->file, path, error, "at most 1000 values",
					"found %zu", json_array_size(value));
	if (rule->read != NULL)
		status = rule->read(reader, value, path, list, error);
	else
		status = read_scalars(reader, rule, value, path, list, error);
	return status != 0 ? status : setting_list_check_distinct(reader, list, error);
}

int experiment_read_keys(const struct section_reader *reader, const json_t *object,
			 enum experiment_key first, enum experiment_key end,
			 const char *const *also, struct setting_list *lists, struct error *error)
{
	enum { KNOWN_MAX = 32 };
	const char *known[KNOWN_MAX] = {NULL};
	size_t count = 0;
	for (int key = (int)first; key < (int)end; key++)
		known[count++] = rules[key].value.key;
	for (; *also != NULL && count < KNOWN_MAX - 1; also++)
		known[count++] = *also;
	int status = json_file_check_keys(reader->file, object, reader->path, known, error);
	for (int key = (int)first; status == 0 && key < (int)end; key++) {
		const json_t *value = json_object_get(object, rules[key].value.key);
		if (value != NULL)
			status =
			    read_key(reader, (enum experiment_key)key, value, &lists[key], error);
	}
	return status;
}

int experiment_fill_defaults(struct setting_list *lists, int64_t n_experts, int64_t top_k,
			     const char *file_name, struct error *error)
{
	for (int key = 0; key < KEYS; key++) {
		if (lists[key].count > 0)
			continue;
		const struct key_rule *rule = &rules[key];
		struct setting *setting = setting_list_add(&lists[key]);
		if (setting == NULL)
			return error_no_memory(error, file_name);
		setting->integer = rule->default_integer;
		setting->number = rule->default_number;
		if (key == KEY_PADIC)
			experiment_default_padic(setting);
		else if (key == KEY_NERVE)
			experiment_default_nerve(setting, n_experts, top_k);
		else
			describe_scalar(rule, setting);
	}
	return 0;
}
