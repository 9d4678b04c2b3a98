/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/shell_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "foundation/visible.h"

static void append(char *text, size_t size, const char *part, size_t length)
{
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%.*s", (int)length, part);
}

/* Whether bytes are in it that a terminal, or the way to it, would not keep as they are. */
static bool needs_escapes(const char *word)
{
	size_t left = strlen(word);
	while (left > 0) {
		bool plain;
		size_t length = visible_next((const unsigned char *)word, left, &plain);
		if (!plain)
			return true;
		word += length;
		left -= length;
	}
	return false;
}

/* $'...', which bash, zsh, ksh and POSIX.1-2024 take. */
static void append_escaped(char *text, size_t size, const char *word)
{
	char code[8];
	append(text, size, "$'", 2);
	for (; *word; word++) {
		unsigned char byte = (unsigned char)*word;
		if (byte == '\'' || byte == '\\')
			snprintf(code, sizeof code, "\\%c", byte);
		else
			snprintf(code, sizeof code, byte < 0x20 || byte > 0x7e ? "\\%03o" : "%c",
				 byte);
		append(text, size, code, strlen(code));
	}
	append(text, size, "'", 1);
}

void shell_word(char *text, size_t size, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./";
	if (*word && strspn(word, plain) == strlen(word)) {
		append(text, size, word, strlen(word));
		return;
	}
	if (needs_escapes(word)) {
		append_escaped(text, size, word);
		return;
	}
	append(text, size, "'", 1);
	for (; *word; word++)
		if (*word == '\'')
			append(text, size, "'\\''", 4);
		else
			append(text, size, word, 1);
	append(text, size, "'", 1);
}
