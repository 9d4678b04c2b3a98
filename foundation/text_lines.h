/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a text in memory, and how a word ends. */
#ifndef SHEAFBENCH_FOUNDATION_TEXT_LINES_H
#define SHEAFBENCH_FOUNDATION_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "foundation/error.h"

/* Without its newline; a first one is all zeros. */
struct text_line {
	const char *text;
	size_t length;
	long number; /* from 1 */
};

/* The line at *at < size, which moves on behind it; whether a newline ended it. */
bool text_next_line(const char *text, size_t size, size_t *at, struct text_line *line);

/* Whether the word is the suffix or has it as its end. */
bool text_ends_with(const char *text, const char *suffix);

/* 0 where both texts are the same bytes; else ERROR_CHECK naming the first line of `current`, the
 * text of the file, that differs from `generated`. */
int text_compare(const char *file_name, const char *current, size_t current_size,
		 const char *generated, size_t generated_size, struct error *error);

#endif
