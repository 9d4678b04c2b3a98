/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/json_rule.h"

#include <math.h> /* isfinite */
#include <stdio.h>
#include <string.h>

static bool read_integer(const struct json_rule *rule, const json_t *value, int64_t *out)
{
	int64_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < rule->least || number > rule->most)
		return false;
	*out = number;
	return true;
}

static bool read_number(const struct json_rule *rule, const json_t *value, double *out)
{
	double number = json_number_value(value);
	if (!json_is_number(value) || !isfinite(number) || number < rule->min || number > rule->max)
		return false;
	if (rule->below_max && (float)number >= (float)rule->max)
		return false;
	*out = number;
	return true;
}

static bool read_bool(const json_t *value, bool *out)
{
	if (!json_is_boolean(value))
		return false;
	*out = json_is_true(value);
	return true;
}

static bool read_string(const json_t *value, const char **out)
{
	if (!json_is_string(value))
		return false;
	*out = json_string_value(value);
	return true;
}

static bool read_choice(const struct json_rule *rule, const json_t *value, int *out)
{
	const char *word = json_string_value(value);
	for (int i = 0; word != NULL && rule->choices[i] != NULL; i++) {
		if (strcmp(word, rule->choices[i]) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool read_part(bool right_type, const json_t *value, const json_t **out)
{
	if (right_type)
		*out = value;
	return right_type;
}

bool json_rule_read(const struct json_rule *rule, const json_t *value, void *out)
{
	switch (rule->type) {
	case RULE_UNREAD:
		break;
	case RULE_INTEGER:
		return read_integer(rule, value, out);
	case RULE_NUMBER:
		return read_number(rule, value, out);
	case RULE_BOOL:
		return read_bool(value, out);
	case RULE_STRING:
		return read_string(value, out);
	case RULE_CHOICE:
		return read_choice(rule, value, out);
	case RULE_OBJECT:
		return read_part(json_is_object(value), value, out);
	case RULE_ARRAY:
		return read_part(json_is_array(value), value, out);
	}
	return true;
}

void json_rule_describe_names(const char *const *names, char *out, size_t size)
{
	int used = snprintf(out, size, "one of");
	for (size_t i = 0; names[i] != NULL && used >= 0 && (size_t)used < size; i++)
		used += snprintf(out + used, size - (size_t)used, "%s \"%s\"", i > 0 ? "," : "",
				 names[i]);
}

static void describe_range(const struct json_rule *rule, char *out, size_t size)
{
	double min = rule->min, max = rule->max;
	if (isfinite(min) && isfinite(max))
		snprintf(out, size, "a number from %.15g to %s%.15g", min,
			 rule->below_max ? "below " : "", max);
	else if (isfinite(min))
		snprintf(out, size, "a number of at least %.15g", min);
	else if (isfinite(max))
		snprintf(out, size, "a number of at most %.15g", max);
	else
		snprintf(out, size, "a number");
}

void json_rule_describe(const struct json_rule *rule, char *out, size_t size)
{
	static const char *const words[] = {[RULE_UNREAD] = "a value",
					    [RULE_BOOL] = "true or false",
					    [RULE_STRING] = "a string",
					    [RULE_OBJECT] = "an object",
					    [RULE_ARRAY] = "an array"};
	if (rule->type == RULE_INTEGER)
		snprintf(out, size, "an integer from %lld to %lld", (long long)rule->least,
			 (long long)rule->most);
	else if (rule->type == RULE_NUMBER)
		describe_range(rule, out, size);
	else if (rule->type == RULE_CHOICE)
		json_rule_describe_names(rule->choices, out, size);
	else
		snprintf(out, size, "%s", words[rule->type]);
}
