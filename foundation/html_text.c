/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/html_text.h"

#include <stdbool.h>
#include <string.h>

static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789";
static const char replacement[] = "\xef\xbf\xbd";

/* Length of the UTF-8 sequence at `s`, 0 where there is none; overlong forms and surrogates pass,
 * which a browser replaces itself. */
static size_t sequence(const unsigned char *s)
{
	size_t length = s[0] < 0x80   ? 1
			: s[0] < 0xc2 ? 0
			: s[0] < 0xe0 ? 2
			: s[0] < 0xf0 ? 3
			: s[0] < 0xf5 ? 4
				      : 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static const char *entity(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? replacement : NULL;
	}
}

void html_text(FILE *out, const char *text)
{
	for (size_t length; *text; text += length > 0 ? length : 1) {
		length = sequence((const unsigned char *)text);
		const char *name = length > 0 ? entity((unsigned char)*text) : replacement;
		if (name)
			fputs(name, out);
		else
			fwrite(text, 1, length, out);
	}
}

void html_id(char *id, size_t size, const char *part)
{
	size_t used = strlen(id);
	if (used > 0)
		used += (size_t)snprintf(id + used, size - used, "-");
	for (; *part && used < size; part++) {
		bool plain = strchr(alphanumeric, *part) != NULL;
		used += (size_t)snprintf(id + used, size - used, plain ? "%c" : "_%02x",
					 (unsigned char)*part);
	}
}
