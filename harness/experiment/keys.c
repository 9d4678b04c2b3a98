/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an experiment that may be lists: their types, ranges and defaults, in one table. */
#include "harness/experiment/file.h"

#include <math.h> /* isfinite */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"

const char *const schedule_names[] = {"cosine", "constant", NULL};

enum value_type { VALUE_INTEGER, VALUE_NUMBER, VALUE_BOOL, VALUE_CHOICE, VALUE_NERVE, VALUE_PADIC };

/* Numbers are checked again as binary32, in which training uses them: a beta that rounds to 1 is as
 * wrong as 1, a learning rate that rounds to 0 as wrong as 0. */
enum { BELOW_ONE = 1 };

struct key_rule {
	const char *path; /* "train.lr" */
	enum value_type type;
	double min, max;
	int flags;
	const char *const *choices;
	int64_t default_integer; /* integers, booleans, choices */
	double default_number;
	const char *expected;
};

static const struct key_rule rules[KEYS] = {
    [KEY_SIZE] = {.path = "size",
		  .type = VALUE_CHOICE,
		  .choices = arch_size_names,
		  .default_integer = SIZE_NANO,
		  .expected = "one of \"Nano\", \"Tiny\", \"Medium\", \"Full\""},
    [KEY_EPOCHS] = {.path = "train.epochs",
		    .type = VALUE_INTEGER,
		    .min = 1,
		    .max = 100000,
		    .default_integer = 20,
		    .expected = "an integer from 1 to 100000"},
    [KEY_BATCH_SIZE] = {.path = "train.batch_size",
			.type = VALUE_INTEGER,
			.min = 1,
			.max = 65536,
			.default_integer = 128,
			.expected = "an integer from 1 to 65536"},
    [KEY_LR] = {.path = "train.lr",
		.type = VALUE_NUMBER,
		.min = 1e-30,
		.max = 1000,
		.default_number = 1e-3,
		.expected = "a number from 1e-30 to 1000"},
    [KEY_SCHEDULE] = {.path = "train.schedule",
		      .type = VALUE_CHOICE,
		      .choices = schedule_names,
		      .default_integer = SCHEDULE_COSINE,
		      .expected = "one of \"cosine\", \"constant\""},
    [KEY_WEIGHT_DECAY] = {.path = "train.weight_decay",
			  .type = VALUE_NUMBER,
			  .min = 0,
			  .max = 1000,
			  .default_number = 0.01,
			  .expected = "a number from 0 to 1000"},
    [KEY_WARMUP] = {.path = "train.warmup",
		    .type = VALUE_NUMBER,
		    .min = 0,
		    .max = 1,
		    .flags = BELOW_ONE,
		    .default_number = 0.05,
		    .expected = "a number from 0 to below 1"},
    [KEY_BETA1] = {.path = "train.beta1",
		   .type = VALUE_NUMBER,
		   .min = 0,
		   .max = 1,
		   .flags = BELOW_ONE,
		   .default_number = 0.9,
		   .expected = "a number from 0 to below 1"},
    [KEY_BETA2] = {.path = "train.beta2",
		   .type = VALUE_NUMBER,
		   .min = 0,
		   .max = 1,
		   .flags = BELOW_ONE,
		   .default_number = 0.999,
		   .expected = "a number from 0 to below 1"},
    [KEY_EPSILON] = {.path = "train.epsilon",
		     .type = VALUE_NUMBER,
		     .min = 1e-30,
		     .max = 1,
		     .default_number = 1e-8,
		     .expected = "a number from 1e-30 to 1"},
    [KEY_MAX_STEPS] = {.path = "train.max_steps",
		       .type = VALUE_INTEGER,
		       .min = 0,
		       .max = 1e9,
		       .default_integer = 0,
		       .expected = "an integer from 0 to 1000000000"},
    [KEY_NERVE] = {.path = "router.nerve", .type = VALUE_NERVE},
    [KEY_OVERLAP_PENALTY] = {.path = "router.overlap_penalty",
			     .type = VALUE_NUMBER,
			     .min = 0,
			     .max = 1e6,
			     .default_number = 0.01,
			     .expected = "a number from 0 to 1000000"},
    [KEY_BALANCE] = {.path = "router.balance",
		     .type = VALUE_NUMBER,
		     .min = 0,
		     .max = 1e6,
		     .default_number = 0.01,
		     .expected = "a number from 0 to 1000000"},
    [KEY_RENORMALIZE] = {.path = "router.renormalize",
			 .type = VALUE_BOOL,
			 .default_integer = 0,
			 .expected = "true or false"},
    [KEY_PADIC] = {.path = "router.padic", .type = VALUE_PADIC},
    [KEY_CONTROL] = {.path = "router.control",
		     .type = VALUE_CHOICE,
		     .choices = router_control_names,
		     .default_integer = CONTROL_NONE,
		     .expected = "one of \"none\", \"random\", \"oracle\""},
};

const char *experiment_key_path(enum experiment_key key)
{
	return rules[key].path;
}

const char *experiment_key_name(enum experiment_key key)
{
	const char *dot = strchr(rules[key].path, '.');
	return dot ? dot + 1 : rules[key].path;
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

static int refuse_choice(const struct section_reader *reader, const struct key_rule *rule,
			 const struct setting *setting, const json_t *value, struct error *error)
{
	const char *word = json_string_value(value);
	const char *near_name = word != NULL ? error_near_name(word, rule->choices) : NULL;
	if (near_name == NULL)
		return experiment_refuse(reader->file, setting->path, value, rule->expected, error);
	return json_file_refuse(reader->file, setting->path, error, rule->expected,
				"found \"%s\", near \"%s\"", word, near_name);
}

static bool read_integer(const struct key_rule *rule, const json_t *value, struct setting *setting)
{
	setting->integer = json_integer_value(value);
	return json_is_integer(value) && (double)setting->integer >= rule->min &&
	       (double)setting->integer <= rule->max;
}

static bool read_number(const struct key_rule *rule, const json_t *value, struct setting *setting)
{
	double number = json_number_value(value);
	setting->number = number + 0.0; /* -0 becomes 0 */
	return json_is_number(value) && isfinite(number) && number >= rule->min &&
	       number <= rule->max && !((rule->flags & BELOW_ONE) && (float)number >= 1.0f);
}

static bool read_choice(const struct key_rule *rule, const json_t *value, struct setting *setting)
{
	const char *word = json_string_value(value);
	for (int i = 0; word != NULL && rule->choices[i] != NULL; i++) {
		setting->integer = i;
		if (strcmp(word, rule->choices[i]) == 0)
			return true;
	}
	return false;
}

/* text and variant from the value. */
static void describe_scalar(const struct key_rule *rule, struct setting *setting)
{
	switch (rule->type) {
	case VALUE_NUMBER:
		number_text(setting->number, setting->text);
		break;
	case VALUE_BOOL:
		snprintf(setting->text, sizeof setting->text, "%s",
			 setting->integer ? "true" : "false");
		break;
	case VALUE_CHOICE:
		snprintf(setting->text, sizeof setting->text, "%s",
			 rule->choices[setting->integer]);
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
	bool good = false;
	if (setting == NULL)
		return error_no_memory(error, reader->file->name);
	snprintf(setting->path, sizeof setting->path, "%s", path);
	if (rule->type == VALUE_INTEGER) {
		good = read_integer(rule, value, setting);
	} else if (rule->type == VALUE_NUMBER) {
		good = read_number(rule, value, setting);
		if (good && setting->number != 0.0 && (float)setting->number == 0.0f)
			return experiment_refuse(reader->file, path, value,
						 "0, or a number that binary32 does not round to 0",
						 error);
	} else if (rule->type == VALUE_BOOL) {
		good = json_is_boolean(value);
		setting->integer = json_is_true(value);
	} else if (!read_choice(rule, value, setting)) {
		return refuse_choice(reader, rule, setting, value, error);
	}
	if (!good && rule->type != VALUE_CHOICE)
		return experiment_refuse(reader->file, path, value, rule->expected, error);
	describe_scalar(rule, setting);
	return 0;
}

static int read_scalars(const struct section_reader *reader, const struct key_rule *rule,
			const json_t *value, const char *path, struct setting_list *list,
			struct error *error)
{
	if (!json_is_array(value))
		return read_scalar(reader, rule, value, path, list, error);
	char expected[128];
	snprintf(expected, sizeof expected, "%s, or a list of such", rule->expected);
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
	experiment_join_path(path, sizeof path, reader->path, experiment_key_name(key));
	if (json_array_size(value) > LIST_MAX)
		return json_file_refuse(reader->file, path, error, "at most 1000 values",
					"found %zu", json_array_size(value));
	if (rule->type == VALUE_NERVE)
		status = experiment_read_nerve(reader, value, path, list, error);
	else if (rule->type == VALUE_PADIC)
		status = experiment_read_padic(reader, value, path, list, error);
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
		known[count++] = experiment_key_name((enum experiment_key)key);
	for (; *also != NULL && count < KNOWN_MAX - 1; also++)
		known[count++] = *also;
	int status = json_file_check_keys(reader->file, object, reader->path, known, error);
	for (int key = (int)first; status == 0 && key < (int)end; key++) {
		const json_t *value =
		    json_object_get(object, experiment_key_name((enum experiment_key)key));
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
		if (rule->type == VALUE_PADIC)
			experiment_default_padic(setting);
		else if (rule->type == VALUE_NERVE)
			experiment_default_nerve(setting, n_experts, top_k);
		else
			describe_scalar(rule, setting);
	}
	return 0;
}
