/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of settings, and what their readers share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/experiment/file.h"

void experiment_join_path(char *out, size_t out_size, const char *path, const char *key)
{
	snprintf(out, out_size, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
}

/* Paths are cut, never overrun; room for the index stays. */
void experiment_item_path(char *out, size_t out_size, const char *path, size_t index)
{
	enum { INDEX_ROOM = 24 };
	snprintf(out, out_size, "%.*s[%zu]", (int)out_size - INDEX_ROOM, path, index);
}

struct setting *setting_list_add(struct setting_list *list)
{
	size_t count = (size_t)list->count;
	/* There is room for the power of two at or above the count. */
	if ((count & (count - 1)) == 0) {
		size_t room = count > 0 ? 2 * count : 1;
		struct setting *items = realloc(list->items, room * sizeof *items);
		if (items == NULL)
			return NULL;
		list->items = items;
	}
	list->count++;
	struct setting *added = &list->items[count];
	memset(added, 0, sizeof *added);
	return added;
}

/* A value as a message quotes it. */
static void quote(const json_t *value, char *out, size_t size)
{
	snprintf(out, size, "%s", json_is_object(value) ? "an object" : "an array");
	if (json_is_object(value) || json_is_array(value))
		return;
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	if (text == NULL || strlen(text) < size) {
		snprintf(out, size, "%s", text != NULL ? text : "a value");
	} else {
		size_t length = size - sizeof "...";
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--; /* not inside a character of UTF-8 */
		snprintf(out, size, "%.*s...", (int)length, text);
	}
	free(text);
}

int experiment_refuse(const struct json_file *file, const char *path, const json_t *value,
		      const char *expected, struct error *error)
{
	char found[96];
	quote(value, found, sizeof found);
	return json_file_refuse(file, path, error, expected, "found %s", found);
}

int setting_list_check_distinct(const struct section_reader *reader,
				const struct setting_list *list, struct error *error)
{
	for (int i = 1; i < list->count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(list->items[i].text, list->items[j].text) == 0)
				return json_file_refuse(reader->file, list->items[i].path, error,
							"every value once", "the same value as %s",
							list->items[j].path);
	return 0;
}
