/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents, and the places of what is in them. */
#include <stdlib.h>
#include <string.h>

#include "foundation/json_file.h"
#include "foundation/json_locate.h"
#include "tests/fuzz/fuzz.h"

/* Each is looked for from the begin: more would make large inputs slow and find nothing else. */
enum { PLACES = 12, MEMBERS = 32 };

/* None of these may read outside the text, whatever it holds. */
static void locate_anywhere(const char *text, size_t size)
{
	char out[48];
	long line = 0, column = 0;
	for (size_t place = 0; place < PLACES && place <= size; place++) {
		size_t offset = size < PLACES ? place : place * (size / PLACES);
		json_locate_position(text, size, offset, &line, &column);
		FUZZ_CHECK(line >= 1 && column >= 1);
		FUZZ_CHECK(json_locate_token(text, size, offset) <= size);
		FUZZ_CHECK(json_locate_member(text, size, offset, "name", place % 2 == 0) <= size);
		json_locate_path(text, size, offset, out, sizeof out);
		FUZZ_CHECK(memchr(out, '\0', sizeof out) != NULL);
		json_locate_quote(text, size, offset, out, sizeof out);
		FUZZ_CHECK(memchr(out, '\0', sizeof out) != NULL);
	}
	FUZZ_CHECK(json_locate_root(text, size) <= size);
	FUZZ_CHECK(json_locate_value(text, size, "arms[1].name", false) <= size);
	FUZZ_CHECK(json_locate_value(text, size, "train.lr", true) <= size);
}

/* The place of the root's first members holds their value. */
static void locate_members(const struct json_file *file)
{
	const char *key;
	json_t *value;
	char path[64];
	int members = 0;
	json_object_foreach(file->root, key, value)
	{
		if (members++ == MEMBERS)
			break;
		long line = 0, column = 0;
		size_t length = strlen(key);
		if (length == 0 || length >= sizeof path || strpbrk(key, ".[]\"\\") != NULL)
			continue;
		memcpy(path, key, length + 1);
		json_file_locate(file, path, false, &line, &column);
		FUZZ_CHECK(line >= 1 && column >= 1);
		size_t at = json_locate_value(file->text, file->size, path, false);
		FUZZ_CHECK(at < file->size);
		char first = file->text[at];
		FUZZ_CHECK(json_is_object(value) == (first == '{'));
		FUZZ_CHECK(json_is_array(value) == (first == '['));
		FUZZ_CHECK(json_is_string(value) == (first == '"'));
	}
}

void fuzz_json(const uint8_t *bytes, size_t size)
{
	struct json_file file, again;
	struct error error = {0};
	char *text = fuzz_copy(bytes, size);
	locate_anywhere(text, size);
	fuzz_poison(&file, sizeof file);
	int status = json_file_parse(&file, "input", text, size, &error);
	free(text);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&file, sizeof file));
		return;
	}
	FUZZ_CHECK(json_is_object(file.root) && file.size == size);
	locate_members(&file);
	char *dumped = json_dumps(file.root, JSON_REAL_PRECISION(17));
	FUZZ_CHECK(dumped != NULL);
	FUZZ_CHECK(json_file_parse(&again, "again", dumped, strlen(dumped), &error) == 0);
	FUZZ_CHECK(json_equal(file.root, again.root));
	free(dumped);
	json_file_free(&again);
	json_file_free(&file);
}
