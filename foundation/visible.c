/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/visible.h"

#include <string.h>

/* Bytes of a character by its first one; 0: none begins so.  *low, *high: what the second may be,
 * which leaves out overlong forms, surrogates and what lies beyond U+10FFFF (RFC 3629). */
static size_t character_length(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool steers(unsigned code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

size_t visible_next(const unsigned char *text, size_t size, bool *plain)
{
	unsigned char low, high;
	size_t length = character_length(text[0], &low, &high);
	*plain = false;
	if (length == 0)
		return 1;
	unsigned code = length == 1 ? text[0] : text[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if (i == size)
			return 0;
		if (text[i] < (i == 1 ? low : 0x80) || text[i] > (i == 1 ? high : 0xbf))
			return 1;
		code = code << 6 | (text[i] & 0x3fU);
	}
	*plain = !steers(code);
	return length;
}

void visible_print(FILE *out, const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t left = strlen(text);
	while (left > 0) {
		bool plain;
		size_t length = visible_next(bytes, left, &plain);
		if (length == 0)
			length = left; /* ends within a character */
		if (plain)
			fwrite(bytes, 1, length, out);
		for (size_t i = 0; !plain && i < length; i++)
			fprintf(out, "\\x%02x", bytes[i]);
		bytes += length;
		left -= length;
	}
}
