/* SPDX-License-Identifier: Apache-2.0 */
/* Values of router.nerve and router.padic, which are not scalars. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"
#include "harness/experiment/file.h"
#include "foundation/digest.h"

static const char nerve_expected[] = "\"complete\", \"cycle\", \"shuffled\", a list of simplices "
				     "such as [[0,1],[1,2]], or a list of these";

enum { EXPLICIT_MAX = 1000, NERVE_TEXT_SHOWN = 64 };

/* [[0,1],[1,2]] in full when short, else a name by its hash. */
static void describe_explicit(const struct nerve *nerve, char *out, size_t size)
{
	char text[NERVE_MAX_SIMPLICES * (3 * NERVE_MAX_K + 3) + 3], hex[65];
	size_t used = 0;
	for (int s = 0; s < nerve->count; s++)
		for (int i = 0; i < nerve->k; i++)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s%d",
						 i > 0 ? "," : (s > 0 ? "],[" : "[["),
						 nerve->simplex[s][i]);
	used += (size_t)snprintf(text + used, sizeof text - used, "]]");
	if (used <= NERVE_TEXT_SHOWN) {
		snprintf(out, size, "%.*s", NERVE_TEXT_SHOWN, text);
		return;
	}
	digest_bytes(text, used, hex);
	snprintf(out, size, "explicit:%.16s", hex);
}

/* text identifies the simplices, so that "cycle" and the same list written out count as equal. */
static void describe_nerve(struct setting *setting)
{
	char shown[SETTING_TEXT - 16];
	if (setting->nerve.kind == NERVE_SHUFFLED) /* another one for every seed */
		snprintf(setting->text, sizeof setting->text, "shuffled");
	else
		describe_explicit(&setting->nerve, setting->text, sizeof setting->text);
	if (setting->nerve.kind == NERVE_EXPLICIT)
		snprintf(shown, sizeof shown, "%.100s", setting->text);
	else
		snprintf(shown, sizeof shown, "%s", nerve_kind_names[setting->nerve.kind]);
	snprintf(setting->variant, sizeof setting->variant, "router.nerve=%s", shown);
}

void experiment_default_nerve(struct setting *setting, int64_t n_experts, int64_t top_k)
{
	if (nerve_complete(&setting->nerve, (int)n_experts, (int)top_k) == 0)
		describe_nerve(setting);
}

static int read_named_nerve(const struct section_reader *reader, const char *word, const char *path,
			    struct setting *setting, struct error *error)
{
	static const char *const names[] = {"complete", "cycle", "shuffled", NULL};
	int n_experts = (int)reader->n_experts, top_k = (int)reader->top_k, status;
	if (strcmp(word, "complete") == 0) {
		status = nerve_complete(&setting->nerve, n_experts, top_k);
	} else if (strcmp(word, "cycle") == 0) {
		status = nerve_cycle(&setting->nerve, n_experts, top_k);
	} else if (strcmp(word, "shuffled") == 0) {
		/* The plan draws it again with each run's own seed. */
		status = nerve_shuffled(&setting->nerve, n_experts, top_k, 0);
		if (status != 0)
			return json_file_refuse(
			    reader->file, path, error,
			    "a cycle that leaves out some of at most 256 simplices",
			    "found \"shuffled\" with %d experts and top_k %d", n_experts, top_k);
	} else {
		const char *near_name = error_near_name(word, names);
		return json_file_refuse(reader->file, path, error, nerve_expected,
					"found \"%.60s\"%s%s%s", word, near_name ? ", near \"" : "",
					near_name ? near_name : "", near_name ? "\"" : "");
	}
	if (status != 0)
		return json_file_refuse(
		    reader->file, path, error, "at most 256 simplices with top_k vertices",
		    "found \"%s\" with %d experts and top_k %d", word, n_experts, top_k);
	return 0;
}

static int read_simplex(const struct section_reader *reader, const json_t *value, const char *path,
			uint8_t *simplex, struct error *error)
{
	char expected[96];
	snprintf(expected, sizeof expected, "%d distinct experts (top_k) from 0 to %d",
		 (int)reader->top_k, (int)reader->n_experts - 1);
	if (!json_is_array(value))
		return experiment_refuse(reader->file, path, value, expected, error);
	if (json_array_size(value) != (size_t)reader->top_k)
		return json_file_refuse(reader->file, path, error, expected,
					"found a simplex of %zu", json_array_size(value));
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *vertex = json_array_get(value, i);
		json_int_t expert = json_integer_value(vertex);
		char vertex_path[SETTING_PATH + 24];
		experiment_item_path(vertex_path, sizeof vertex_path, path, i);
		if (!json_is_integer(vertex) || expert < 0 || expert >= reader->n_experts)
			return experiment_refuse(reader->file, vertex_path, vertex, expected,
						 error);
		for (size_t j = 0; j < i; j++)
			if (simplex[j] == expert)
				return json_file_refuse(reader->file, vertex_path, error, expected,
							"found %d twice", (int)expert);
		simplex[i] = (uint8_t)expert;
	}
	return 0;
}

static int read_explicit_nerve(const struct section_reader *reader, const json_t *value,
			       const char *path, struct setting *setting, struct error *error)
{
	size_t count = json_array_size(value);
	uint8_t(*simplices)[NERVE_MAX_K];
	int status = 0;
	if (count == 0 || count > EXPLICIT_MAX)
		return json_file_refuse(reader->file, path, error, "from 1 to 1000 simplices",
					"found %zu simplices", count);
	simplices = calloc(count, sizeof *simplices);
	if (simplices == NULL)
		return error_no_memory(error, reader->file->name);
	for (size_t s = 0; status == 0 && s < count; s++) {
		char simplex_path[SETTING_PATH + 24];
		experiment_item_path(simplex_path, sizeof simplex_path, path, s);
		status = read_simplex(reader, json_array_get(value, s), simplex_path, simplices[s],
				      error);
	}
	if (status == 0 &&
	    nerve_explicit(&setting->nerve, (int)reader->n_experts, (int)reader->top_k,
			   (const uint8_t(*)[NERVE_MAX_K])simplices, (int)count) != 0)
		status = json_file_refuse(reader->file, path, error,
					  "at most 256 different simplices", "found more");
	free(simplices);
	return status;
}

static int read_one_nerve(const struct section_reader *reader, const json_t *value,
			  const char *path, struct setting_list *list, struct error *error)
{
	struct setting *setting = setting_list_add(list);
	int status;
	if (setting == NULL)
		return error_no_memory(error, reader->file->name);
	snprintf(setting->path, sizeof setting->path, "%s", path);
	if (json_is_string(value))
		status = read_named_nerve(reader, json_string_value(value), path, setting, error);
	else if (json_is_array(value))
		status = read_explicit_nerve(reader, value, path, setting, error);
	else
		status = experiment_refuse(reader->file, path, value, nerve_expected, error);
	if (status == 0)
		describe_nerve(setting);
	return status;
}

/* A list whose first item is a name or a list of lists holds nerves; otherwise it is one nerve. */
static bool is_nerve_list(const json_t *value)
{
	const json_t *first = json_array_get(value, 0);
	return json_is_string(first) || json_is_array(json_array_get(first, 0));
}

int experiment_read_nerve(const struct section_reader *reader, const json_t *value,
			  const char *path, struct setting_list *list, struct error *error)
{
	if (!json_is_array(value) || !is_nerve_list(value))
		return read_one_nerve(reader, value, path, list, error);
	for (size_t i = 0; i < json_array_size(value); i++) {
		char item_path[SETTING_PATH];
		experiment_item_path(item_path, sizeof item_path, path, i);
		int status =
		    read_one_nerve(reader, json_array_get(value, i), item_path, list, error);
		if (status != 0)
			return status;
	}
	return 0;
}

/* The codec's own keys.  A setting is their product, as lists under any of them expand. */
enum padic_key { PADIC_P, PADIC_DIGITS, PADIC_SCALE, PADIC_TOLERANCE, PADIC_ENABLED, PADIC_KEYS };

static const char *const padic_names[] = {"p", "digits", "scale", "tolerance", "enabled", NULL};
static const char *const padic_expected[] = {"a prime from 2 to 31", "an integer from 1 to 30",
					     "an integer from 0 to 30",
					     "a number from 0 to below 1", "true or false"};

static void set_codec_default(struct setting *setting)
{
	setting->padic = padic_default;
	setting->codec = true;
}

static bool set_int(const json_t *value, int min, int max, int *out)
{
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < min || number > max)
		return false;
	*out = (int)number;
	return true;
}

/* Asks the codec itself, with settings that only a wrong p can spoil. */
static bool is_possible_p(int p)
{
	struct padic made;
	struct padic_settings probe = {.p = p, .digits = 1};
	return padic_init(&made, &probe, 1) == NULL;
}

static bool set_padic_key(struct setting *setting, enum padic_key key, const json_t *value)
{
	struct padic_settings *padic = &setting->padic;
	double number = json_number_value(value);
	switch (key) {
	case PADIC_P:
		return set_int(value, 2, 31, &padic->p) && is_possible_p(padic->p);
	case PADIC_DIGITS:
		return set_int(value, 1, 30, &padic->digits);
	case PADIC_SCALE:
		return set_int(value, 0, 30, &padic->scale);
	case PADIC_TOLERANCE:
		padic->tolerance = number + 0.0;
		return json_is_number(value) && number >= 0.0 && number < 1.0;
	case PADIC_ENABLED:
		setting->codec = json_is_true(value);
		return json_is_boolean(value);
	case PADIC_KEYS:
		break;
	}
	return false;
}

/* Sets every key of one point of the product; `index` counts through it, the last key fastest. */
static int set_padic_point(const struct section_reader *reader, const json_t *object,
			   const char *path, size_t index, struct setting *setting,
			   struct error *error)
{
	set_codec_default(setting);
	snprintf(setting->path, sizeof setting->path, "%s", path);
	for (int key = PADIC_KEYS - 1; key >= 0; key--) {
		const json_t *value = json_object_get(object, padic_names[key]);
		char key_path[SETTING_PATH + 24];
		if (value == NULL)
			continue;
		experiment_join_path(key_path, sizeof key_path, path, padic_names[key]);
		if (json_is_array(value)) {
			size_t count = json_array_size(value), at = index % count;
			index /= count;
			value = json_array_get(value, at);
			char list_path[SETTING_PATH + 24];
			memcpy(list_path, key_path, sizeof list_path);
			experiment_item_path(key_path, sizeof key_path, list_path, at);
		}
		if (!set_padic_key(setting, (enum padic_key)key, value))
			return experiment_refuse(reader->file, key_path, value, padic_expected[key],
						 error);
	}
	struct padic made;
	const char *wrong = padic_init(&made, &setting->padic, 1);
	if (wrong != NULL)
		return json_file_refuse(reader->file, path, error, NULL,
					"found p %d, digits %d, scale %d, but %s", setting->padic.p,
					setting->padic.digits, setting->padic.scale, wrong);
	return 0;
}

enum { PADIC_POINTS_MAX = 10000 };

/* The number of points of an object; 0 after an error. */
static size_t count_padic_points(const struct section_reader *reader, const json_t *object,
				 const char *path, struct error *error)
{
	size_t points = 1;
	if (!json_is_object(object)) {
		experiment_refuse(reader->file, path, object,
				  "an object of codec settings, or a list of such", error);
		return 0;
	}
	if (json_file_check_keys(reader->file, object, path, padic_names, error) != 0)
		return 0;
	for (int key = 0; key < PADIC_KEYS; key++) {
		const json_t *value = json_object_get(object, padic_names[key]);
		char key_path[SETTING_PATH + 24];
		if (!json_is_array(value))
			continue;
		experiment_join_path(key_path, sizeof key_path, path, padic_names[key]);
		size_t count = json_array_size(value);
		if (count == 0 || count > PADIC_POINTS_MAX / points) {
			json_file_refuse(reader->file, key_path, error,
					 "at least one value and at most 10000 combinations",
					 "found %.15g", (double)points * (double)count);
			return 0;
		}
		points *= count;
	}
	return points;
}

static void padic_text(const struct setting *setting, enum padic_key key, char out[NUMBER_TEXT])
{
	const struct padic_settings *padic = &setting->padic;
	const int integers[] = {padic->p, padic->digits, padic->scale};
	if (key == PADIC_TOLERANCE)
		number_text(padic->tolerance, out);
	else if (key == PADIC_ENABLED)
		snprintf(out, NUMBER_TEXT, "%s", setting->codec ? "true" : "false");
	else
		snprintf(out, NUMBER_TEXT, "%d", integers[key]);
}

/* A codec that is off has no other setting that matters. */
static void describe_padic(struct setting *setting)
{
	char tolerance[NUMBER_TEXT];
	number_text(setting->padic.tolerance, tolerance);
	if (!setting->codec)
		snprintf(setting->text, sizeof setting->text, "off");
	else
		snprintf(setting->text, sizeof setting->text,
			 "p=%d digits=%d scale=%d tolerance=%s", setting->padic.p,
			 setting->padic.digits, setting->padic.scale, tolerance);
}

void experiment_default_padic(struct setting *setting)
{
	set_codec_default(setting);
	describe_padic(setting);
}

/* Whether the values of `key` differ between the points (those of codecs that are on, but for
 * `enabled` itself). */
static bool varies(const struct setting_list *list, enum padic_key key)
{
	char first[NUMBER_TEXT] = "", text[NUMBER_TEXT];
	for (int i = 0; i < list->count; i++) {
		if (key != PADIC_ENABLED && !list->items[i].codec)
			continue;
		padic_text(&list->items[i], key, text);
		if (first[0] == '\0')
			memcpy(first, text, sizeof first);
		else if (strcmp(first, text) != 0)
			return true;
	}
	return false;
}

static void describe_padic_variants(const struct setting_list *list)
{
	for (int key = 0; key < PADIC_KEYS; key++) {
		if (!varies(list, (enum padic_key)key))
			continue;
		for (int i = 0; i < list->count; i++) {
			struct setting *setting = &list->items[i];
			char text[NUMBER_TEXT];
			size_t used = strlen(setting->variant);
			if (key != PADIC_ENABLED && !setting->codec)
				continue;
			padic_text(setting, (enum padic_key)key, text);
			snprintf(setting->variant + used, sizeof setting->variant - used,
				 "%srouter.padic.%s=%s", used > 0 ? " " : "", padic_names[key],
				 text);
		}
	}
}

/* Settings that are off are one run, however many the product makes of them. */
static void drop_repeated_off(struct setting_list *list)
{
	if (list->items[list->count - 1].codec)
		return;
	for (int i = 0; i < list->count - 1; i++)
		if (!list->items[i].codec) {
			list->count--;
			return;
		}
}

static int read_padic_object(const struct section_reader *reader, const json_t *object,
			     const char *path, struct setting_list *list, struct error *error)
{
	size_t points = count_padic_points(reader, object, path, error);
	if (points == 0)
		return ERROR_INPUT;
	/* All objects of a list together: before room is made for any. */
	if (points > PADIC_POINTS_MAX - (size_t)list->count)
		return json_file_refuse(reader->file, path, error, "at most 10000 combinations",
					"found %zu more than the %d before", points, list->count);
	for (size_t i = 0; i < points; i++) {
		struct setting *setting = setting_list_add(list);
		if (setting == NULL)
			return error_no_memory(error, reader->file->name);
		int status = set_padic_point(reader, object, path, i, setting, error);
		if (status != 0)
			return status;
		describe_padic(setting);
		drop_repeated_off(list);
	}
	return 0;
}

int experiment_read_padic(const struct section_reader *reader, const json_t *value,
			  const char *path, struct setting_list *list, struct error *error)
{
	int status = 0;
	if (!json_is_array(value))
		status = read_padic_object(reader, value, path, list, error);
	else if (json_array_size(value) == 0)
		status = json_file_refuse(reader->file, path, error,
					  "an object of codec settings, or a list of such",
					  "found an empty list");
	for (size_t i = 0; status == 0 && i < json_array_size(value); i++) {
		char item_path[SETTING_PATH];
		experiment_item_path(item_path, sizeof item_path, path, i);
		status =
		    read_padic_object(reader, json_array_get(value, i), item_path, list, error);
	}
	if (status == 0)
		describe_padic_variants(list);
	return status;
}
