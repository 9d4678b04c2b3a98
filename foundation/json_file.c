/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents with positions: loading, syntax errors and typed members.  The walk that finds a
 * value's position again is in foundation/json_locate.c. */
#include "foundation/json_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/json_locate.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"

/* Configs and descriptors are kilobytes; a larger file was named by mistake. */
enum { JSON_FILE_MAX = 64 << 20, PATH_MAX_BYTES = 1024, FOUND_MAX = 96 };

/* Says where and why jansson stopped, at the start of the token it stopped in. */
static int refuse_syntax(const char *name, const char *text, size_t size, const json_error_t *found,
			 struct error *error)
{
	enum json_error_code code = json_error_code(found);
	/* Memory that ends within a token is a syntax error to jansson. */
	if (json_memory_failed() || code == json_error_out_of_memory || found->text[0] == '\0')
		return error_no_memory(error, name);
	size_t offset = found->position > 0 ? (size_t)found->position : 0;
	/* Its position is after the token it stopped in, but before a byte it could not decode. */
	if (strstr(found->text, "near end of file") != NULL)
		offset = size;
	else if (code != json_error_invalid_utf8)
		offset = json_locate_token(text, size, offset);
	long line, column;
	json_locate_position(text, size, offset, &line, &column);
	char path[PATH_MAX_BYTES] = "";
	const char *expected = "valid JSON";
	if (code == json_error_numeric_overflow) {
		json_locate_path(text, size, offset, path, sizeof path);
		expected = "an integer below 2^63 in magnitude or a finite number";
	} else if (code == json_error_duplicate_key) {
		expected = "every key once";
	}
	/* jansson's own words for this one name a flag of its interface. */
	const char *what =
	    code == json_error_null_character ? "found \\u0000 in a string" : found->text;
	return error_set(error, ERROR_INPUT, name, line, column, path, expected, "%s", what);
}

/* Takes over `text`, which is freed on failure. */
static int adopt(struct json_file *file, const char *name, char *text, size_t size,
		 struct error *error)
{
	const char *nul = memchr(text, '\0', size);
	json_error_t found;
	json_t *root = NULL;
	char *name_copy = strdup(name);
	int status = 0;
	long line = 1, column = 1;
	json_memory_begin();
	if (name_copy == NULL) {
		status = error_no_memory(error, name);
	} else if (nul != NULL) {
		json_locate_position(text, size, (size_t)(nul - text), &line, &column);
		status = error_set(error, ERROR_INPUT, name, line, column, NULL, "JSON text",
				   "found a NUL byte");
	} else if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		/* RFC 8259 lets a reader ignore it, but then positions would not be the file's. */
		status = error_set(error, ERROR_INPUT, name, 1, 1, NULL,
				   "JSON in UTF-8 that begins with {",
				   "found a byte-order mark (bytes ef bb bf)");
	} else if ((root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &found)) == NULL) {
		status = refuse_syntax(name, text, size, &found, error);
	} else if (!json_is_object(root) && !json_memory_failed()) {
		json_locate_position(text, size, json_locate_root(text, size), &line, &column);
		status = error_set(error, ERROR_INPUT, name, line, column, NULL, "an object",
				   "found an array");
	}
	/* jansson leaves out a byte of a string that it has no room for, and goes on. */
	if (status == 0 && json_memory_failed())
		status = error_no_memory(error, name);
	if (status != 0) {
		json_decref(root);
		free(name_copy);
		free(text);
		return status;
	}
	*file = (struct json_file){.root = root, .text = text, .size = size, .name = name_copy};
	return 0;
}

int json_file_parse(struct json_file *file, const char *name, const char *text, size_t size,
		    struct error *error)
{
	char *copy = malloc(size + 1);
	if (copy == NULL)
		return error_no_memory(error, name);
	if (size > 0)
		memcpy(copy, text, size);
	copy[size] = '\0';
	return adopt(file, name, copy, size, error);
}

/* The whole stream, NUL-terminated, or NULL with *status set. */
static char *read_stream(FILE *in, const char *name, size_t *size, int *status, struct error *error)
{
	size_t capacity = 4096, used = 0;
	char *text = malloc(capacity);
	while (text != NULL) {
		errno = 0;
		used += fread(text + used, 1, capacity - 1 - used, in);
		if (ferror(in)) {
			*status = error_set(error, ERROR_MACHINE, name, 0, 0, NULL, NULL,
					    "cannot read: %s", strerror(errno));
			free(text);
			return NULL;
		}
		if (used < capacity - 1) {
			text[used] = '\0';
			*size = used;
			return text;
		}
		if (capacity >= JSON_FILE_MAX) {
			*status = error_set(error, ERROR_INPUT, name, 0, 0, NULL, "a JSON file",
					    "found more than %d bytes", JSON_FILE_MAX);
			free(text);
			return NULL;
		}
		capacity *= 2;
		char *larger = realloc(text, capacity);
		if (larger == NULL)
			free(text);
		text = larger;
	}
	*status = error_no_memory(error, name);
	return NULL;
}

int json_file_load(struct json_file *file, const char *name, struct error *error)
{
	FILE *in = path_open_file(name, error);
	if (in == NULL)
		return error ? error->status : ERROR_INPUT;
	size_t size = 0;
	int status = 0;
	char *text = read_stream(in, name, &size, &status, error);
	fclose(in);
	if (text == NULL)
		return status;
	return adopt(file, name, text, size, error);
}

void json_file_free(struct json_file *file)
{
	json_decref(file->root);
	free(file->text);
	free(file->name);
	*file = (struct json_file){0};
}

void json_file_locate(const struct json_file *file, const char *path, bool at_key, long *line,
		      long *column)
{
	size_t offset = json_locate_value(file->text, file->size, path, at_key);
	json_locate_position(file->text, file->size, offset, line, column);
}

int json_file_refuse(const struct json_file *file, const char *path, struct error *error,
		     const char *expected, const char *format, ...)
{
	long line, column;
	char what[sizeof error->what];
	json_file_locate(file, path, false, &line, &column);
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return error_set(error, ERROR_INPUT, file->name, line, column, path, expected, "%s", what);
}

/* A member by its object's path and its own key, so that a key with a dot in it stays findable. */
struct member {
	const struct json_file *file;
	const char *path, *key;
};

static size_t member_offset(const struct member *member, bool at_key)
{
	size_t object =
	    json_locate_value(member->file->text, member->file->size, member->path, false);
	return json_locate_member(member->file->text, member->file->size, object, member->key,
				  at_key);
}

static int refuse_member(const struct member *member, bool at_key, struct error *error,
			 const char *expected, const char *what)
{
	const struct json_file *file = member->file;
	char path[PATH_MAX_BYTES];
	long line, column;
	json_locate_position(file->text, file->size, member_offset(member, at_key), &line, &column);
	snprintf(path, sizeof path, "%s%s%s", member->path, member->path[0] != '\0' ? "." : "",
		 member->key);
	return error_set(error, ERROR_INPUT, file->name, line, column, path, expected, "%s", what);
}

/* Refuses a value, quoted as the file writes it; `near_name` is appended. */
static int refuse_value(const struct member *member, struct error *error, const char *expected,
			const char *near_name)
{
	char found[FOUND_MAX], what[2 * FOUND_MAX + 16];
	json_locate_quote(member->file->text, member->file->size, member_offset(member, false),
			  found, sizeof found);
	snprintf(what, sizeof what, "found %s%s", found, near_name);
	return refuse_member(member, false, error, expected, what);
}

/* ", near "A"" for a typo of a known name, else nothing. */
static void describe_near(const char *word, const char *const *names, char *out, size_t size)
{
	const char *near_name = word == NULL ? NULL : error_near_name(word, names);
	out[0] = '\0';
	if (near_name != NULL)
		snprintf(out, size, ", near \"%s\"", near_name);
}

int json_file_check_keys(const struct json_file *file, const json_t *object, const char *path,
			 const char *const *keys, struct error *error)
{
	const char *key;
	json_t *value;
	/* jansson keeps the file's order, so the first unknown key is the one reported. */
	json_object_foreach((json_t *)object, key, value)
	{
		const char *const *known = keys;
		while (*known != NULL && strcmp(*known, key) != 0)
			known++;
		if (*known != NULL)
			continue;
		struct member member = {file, path, key};
		char expected[sizeof error->expected], near_name[FOUND_MAX], what[FOUND_MAX + 16];
		json_rule_describe_names(keys, expected, sizeof expected);
		describe_near(key, keys, near_name, sizeof near_name);
		snprintf(what, sizeof what, "unknown key%s", near_name);
		return refuse_member(&member, true, error, expected, what);
	}
	return 0;
}

int json_file_get(const struct json_file *file, const json_t *object, const char *path,
		  const struct json_rule *rule, bool required, void *out, struct error *error)
{
	const struct member member = {.file = file, .path = path, .key = rule->key};
	const json_t *value = json_object_get(object, rule->key);
	if (value == NULL && !required)
		return 0;
	if (value != NULL && json_rule_read(rule, value, out))
		return 1;
	char expected[sizeof error->expected], near_name[FOUND_MAX];
	json_rule_describe(rule, expected, sizeof expected);
	if (value == NULL)
		return refuse_member(&member, false, error, expected, "missing");
	const char *word = rule->type == RULE_CHOICE ? json_string_value(value) : NULL;
	describe_near(word, rule->choices, near_name, sizeof near_name);
	return refuse_value(&member, error, expected, near_name);
}

int json_file_read(const struct json_file *file, const json_t *object, const char *path,
		   const struct json_table *table, unsigned kinds, void *out, struct error *error)
{
	const char *known[JSON_TABLE_MAX + 1];
	size_t count = 0;
	for (size_t i = 0; i < table->count; i++)
		if ((table->rules[i].required | table->rules[i].optional) & kinds)
			known[count++] = table->rules[i].key;
	known[count] = NULL;
	int status = json_file_check_keys(file, object, path, known, error);
	for (size_t i = 0; status >= 0 && i < table->count; i++) {
		const struct json_rule *rule = &table->rules[i];
		if ((rule->required | rule->optional) & kinds)
			status = json_file_get(file, object, path, rule, rule->required & kinds,
					       (char *)out + rule->at, error);
	}
	return status < 0 ? status : 0;
}

int json_file_get_integer(const struct json_file *file, const json_t *object, const char *path,
			  const char *key, bool required, int64_t min, int64_t max, int64_t *out,
			  struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_INTEGER, .least = min, .most = max};
	return json_file_get(file, object, path, &rule, required, out, error);
}

int json_file_get_number(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, double min, double max, double *out,
			 struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_NUMBER, .min = min, .max = max};
	return json_file_get(file, object, path, &rule, required, out, error);
}

int json_file_get_bool(const struct json_file *file, const json_t *object, const char *path,
		       const char *key, bool required, bool *out, struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_BOOL};
	return json_file_get(file, object, path, &rule, required, out, error);
}

int json_file_get_string(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, const char **out, struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_STRING};
	return json_file_get(file, object, path, &rule, required, out, error);
}

int json_file_get_choice(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, const char *const *choices, int *out,
			 struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_CHOICE, .choices = choices};
	return json_file_get(file, object, path, &rule, required, out, error);
}

int json_file_get_object(const struct json_file *file, const json_t *object, const char *path,
			 const char *key, bool required, const json_t **out, struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_OBJECT};
	return json_file_get(file, object, path, &rule, required, out, error);
}

int json_file_get_array(const struct json_file *file, const json_t *object, const char *path,
			const char *key, bool required, const json_t **out, struct error *error)
{
	const struct json_rule rule = {.key = key, .type = RULE_ARRAY};
	return json_file_get(file, object, path, &rule, required, out, error);
}
