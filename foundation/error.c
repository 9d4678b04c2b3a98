/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values: filling, printing, and the near name of a misspelt word. */
#include "foundation/error.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "foundation/visible.h"

/* Longest name that is compared; longer words are never typos of ours. */
enum { NEAR_NAME_MAX = 64 };

/* Copies what fits, never ending inside a UTF-8 sequence. */
static void copy_text(char *out, size_t size, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);
	if (length >= size) {
		length = size - 1;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	if (length > 0)
		memcpy(out, text, length);
	out[length] = '\0';
}

int error_set(struct error *e, int status, const char *file, int64_t line, int64_t column,
	      const char *path, const char *expected, const char *format, ...)
{
	if (e == NULL)
		return status;
	/* Built aside: the arguments may point into *e, when a caller rewords an error. */
	struct error filled = {.status = status, .line = line, .column = column};
	copy_text(filled.file, sizeof filled.file, file);
	copy_text(filled.path, sizeof filled.path, path);
	copy_text(filled.expected, sizeof filled.expected, expected);
	char what[sizeof filled.what + 4];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(what, sizeof what, format, args);
	va_end(args);
	copy_text(filled.what, sizeof filled.what, length < 0 ? format : what);
	*e = filled;
	return status;
}

int error_no_memory(struct error *e, const char *file)
{
	return error_set(e, ERROR_MACHINE, file, 0, 0, NULL, NULL, "out of memory");
}

void error_print(FILE *out, const struct error *e)
{
	if (e->file[0] != '\0') {
		visible_print(out, e->file);
		if (e->line > 0)
			fprintf(out, ":%" PRId64, e->line);
		if (e->line > 0 && e->column > 0)
			fprintf(out, ":%" PRId64, e->column);
		fputs(": ", out);
	}
	if (e->path[0] != '\0') {
		visible_print(out, e->path);
		fputs(": ", out);
	}
	visible_print(out, e->what);
	if (e->expected[0] != '\0') {
		fputs("; expected ", out);
		visible_print(out, e->expected);
	}
	fputc('\n', out);
}

static int fold(char c)
{
	return tolower((unsigned char)c);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance where swapping two neighbours counts one (optimal string alignment).  Both lengths
 * are at most NEAR_NAME_MAX.  Three rows of the table suffice: a swap looks two rows back. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][NEAR_NAME_MAX + 1];
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3],
		       *two_above = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			int left = fold(a[i - 1]), right = fold(b[j - 1]);
			row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
					 above[j - 1] + (left != right));
			if (i > 1 && j > 1 && left == fold(b[j - 2]) && right == fold(a[i - 2]))
				row[j] = smaller(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

const char *error_near_name(const char *word, const char *const *candidates)
{
	size_t length = strlen(word);
	if (length > NEAR_NAME_MAX)
		return NULL;
	const char *nearest = NULL;
	size_t least = 1 + length / 4 + 1;
	for (; *candidates != NULL; candidates++) {
		size_t candidate_length = strlen(*candidates);
		if (candidate_length > NEAR_NAME_MAX)
			continue;
		size_t distance = edit_distance(word, length, *candidates, candidate_length);
		if (distance < least) {
			least = distance;
			nearest = *candidates;
		}
	}
	return nearest;
}
