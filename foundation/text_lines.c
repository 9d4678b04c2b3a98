/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/text_lines.h"

#include <string.h>

bool text_next_line(const char *text, size_t size, size_t *at, struct text_line *line)
{
	const char *end = memchr(text + *at, '\n', size - *at);
	line->text = text + *at;
	line->length = end ? (size_t)(end - line->text) : size - *at;
	line->number++;
	*at += line->length + (end != NULL);
	return end != NULL;
}

int text_compare(const char *file_name, const char *current, size_t current_size,
		 const char *generated, size_t generated_size, struct error *error)
{
	struct text_line a = {0}, b = {0};
	size_t at = 0, from = 0;
	while (at < current_size && from < generated_size) {
		bool ended = text_next_line(current, current_size, &at, &a);
		bool ends = text_next_line(generated, generated_size, &from, &b);
		if (a.length != b.length || memcmp(a.text, b.text, a.length) != 0 || ended != ends)
			return error_set(error, ERROR_CHECK, file_name, a.number, 1, NULL, NULL,
					 "found \"%.*s\"; the results give \"%.*s\"",
					 a.length < 300 ? (int)a.length : 300, a.text,
					 b.length < 300 ? (int)b.length : 300, b.text);
	}
	if (at < current_size || from < generated_size)
		return error_set(error, ERROR_CHECK, file_name, a.number + 1, 1, NULL, NULL,
				 "the results give %s lines here",
				 at < current_size ? "fewer" : "more");
	return 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);
	return length >= tail && memcmp(text + length - tail, suffix, tail) == 0;
}
