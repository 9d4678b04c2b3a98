/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/task_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int task_no_memory(struct task_reader *r)
{
	return error_no_memory(r->error, r->file.name);
}

int task_copy_text(struct task_reader *r, const char *text, char **copy)
{
	*copy = strdup(text);
	return *copy ? 0 : task_no_memory(r);
}

int task_read_item(struct task_reader *r, const json_t *list, const char *path, size_t i,
		   struct task_item *item)
{
	item->object = json_array_get(list, i);
	snprintf(item->path, sizeof item->path, "%s[%zu]", path, i);
	if (json_is_object(item->object))
		return 0;
	return json_file_refuse(&r->file, item->path, r->error, "an object",
				"the value is not an object");
}

int task_refuse_item(struct task_reader *r, const struct task_item *item, const char *key,
		     const char *expected, const char *format, ...)
{
	char path[sizeof item->path + 16], what[sizeof r->error->what];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	snprintf(path, sizeof path, "%s.%s", item->path, key);
	return json_file_refuse(&r->file, path, r->error, expected, "%s", what);
}

/* A list of distinct non-empty texts, NULL-terminated. */
int task_read_texts(struct task_reader *r, const json_t *list, const char *path, char ***texts,
		    int64_t *count)
{
	size_t n = json_array_size(list);
	char **made = calloc(n + 1, sizeof *made);
	*texts = made; /* owned by the task from here on */
	*count = (int64_t)n;
	if (!made)
		return task_no_memory(r);
	for (size_t i = 0; i < n; i++) {
		char at[300];
		snprintf(at, sizeof at, "%s[%zu]", path, i);
		const json_t *item = json_array_get(list, i);
		if (!json_is_string(item))
			return json_file_refuse(&r->file, at, r->error, "a string",
						"the value is not a string");
		for (size_t j = 0; j < i; j++)
			if (!strcmp(made[j], json_string_value(item)))
				return json_file_refuse(&r->file, at, r->error, "distinct values",
							"\"%s\" twice", made[j]);
		int status = task_copy_text(r, json_string_value(item), &made[i]);
		if (status)
			return status;
	}
	return 0;
}

bool task_plain_name(const char *name)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t length = strlen(name);
	return length > 0 && length < 64 && name[0] != '.' && strspn(name, allowed) == length;
}
