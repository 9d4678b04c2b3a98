/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over JSON text.  Values that are not on the way are skipped by counting brackets, so
 * nesting costs no stack. */
#include "foundation/json_locate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct cursor {
	const char *text;
	size_t size, at;
};

static int peek(const struct cursor *c)
{
	return c->at < c->size ? (unsigned char)c->text[c->at] : -1;
}

static void skip_space(struct cursor *c)
{
	while (c->at < c->size && strchr(" \t\r\n", c->text[c->at]) != NULL &&
	       c->text[c->at] != '\0')
		c->at++;
}

static bool is_word(int byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') || byte == '+' || byte == '-' || byte == '.' ||
	       byte == '_';
}

/* One token: string, number or literal, or a single byte. */
static void skip_token(struct cursor *c)
{
	if (peek(c) == '"') {
		for (c->at++; c->at < c->size && c->text[c->at] != '"'; c->at++)
			if (c->text[c->at] == '\\')
				c->at++;
		c->at = c->at < c->size ? c->at + 1 : c->size;
	} else if (is_word(peek(c))) {
		while (is_word(peek(c)))
			c->at++;
	} else if (c->at < c->size) {
		c->at++;
	}
}

static void skip_value(struct cursor *c)
{
	size_t depth = 0;
	do {
		skip_space(c);
		int byte = peek(c);
		if (byte == '{' || byte == '[')
			depth++;
		else if ((byte == '}' || byte == ']') && depth > 0)
			depth--;
		skip_token(c);
	} while (depth > 0 && c->at < c->size);
}

/* Past a separator, which valid text has. */
static void skip_separator(struct cursor *c, char separator)
{
	skip_space(c);
	if (peek(c) == separator)
		c->at++;
	skip_space(c);
}

static uint32_t read_hex4(struct cursor *c)
{
	uint32_t code = 0;
	for (int i = 0; i < 4 && c->at < c->size; i++, c->at++) {
		int byte = peek(c);
		uint32_t digit = byte >= 'a'   ? (uint32_t)(byte - 'a' + 10)
				 : byte >= 'A' ? (uint32_t)(byte - 'A' + 10)
					       : (uint32_t)(byte - '0');
		code = code << 4 | (digit & 15);
	}
	return code;
}

static size_t encode_utf8(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)((length == 2 ? 0xc0u : length == 3 ? 0xe0u : 0xf0u) | code);
	return length;
}

/* The next character of a string's inside as UTF-8 bytes; the cursor stands before it. */
static size_t decode_next(struct cursor *c, char out[4])
{
	static const char escapes[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	out[0] = c->text[c->at++];
	if (out[0] != '\\' || c->at >= c->size)
		return 1;
	char escape = c->text[c->at++];
	if (escape != 'u') {
		const char *known = strchr(escapes, escape);
		out[0] = known != NULL && escape != '\0' ? meanings[known - escapes] : escape;
		return 1;
	}
	uint32_t code = read_hex4(c);
	if (code >= 0xd800 && code < 0xdc00 && c->at + 1 < c->size && c->text[c->at] == '\\' &&
	    c->text[c->at + 1] == 'u') {
		c->at += 2;
		code = 0x10000 + ((code - 0xd800) << 10) + ((read_hex4(c) - 0xdc00) & 0x3ff);
	}
	return encode_utf8(code, out);
}

/* Reads the string at the cursor.  When it is a beginning of `word`, *length is its decoded length
 * and true is returned. */
static bool match_string(struct cursor *c, const char *word, size_t *length)
{
	struct cursor end = *c;
	skip_token(&end);
	bool match = peek(c) == '"';
	size_t used = 0, left = strlen(word);
	if (match)
		c->at++;
	while (match && c->at + 1 < end.at) {
		char bytes[4];
		size_t count = decode_next(c, bytes);
		match = count <= left && memcmp(word + used, bytes, count) == 0;
		used += match ? count : 0;
		left -= match ? count : 0;
	}
	*length = used;
	*c = end;
	return match;
}

/* How a member's key must relate to the word looked for. */
enum match { MATCH_WHOLE, MATCH_PATH };

/* Finds the member of the object at the cursor with the longest key that equals `word` or, for
 * MATCH_PATH, begins it up to a '.' or '['.  *length is the key's decoded length. */
static bool find_member(struct cursor c, const char *word, enum match how, size_t *key,
			size_t *value, size_t *length)
{
	bool found = false;
	if (peek(&c) != '{')
		return false;
	c.at++;
	for (skip_space(&c); c.at < c.size && peek(&c) == '"'; skip_separator(&c, ',')) {
		size_t start = c.at, matched;
		bool match = match_string(&c, word, &matched);
		char next = match ? word[matched] : 'x';
		match =
		    match && (next == '\0' || (how == MATCH_PATH && (next == '.' || next == '[')));
		skip_separator(&c, ':');
		if (match && (!found || matched > *length)) {
			found = true;
			*key = start;
			*value = c.at;
			*length = matched;
		}
		skip_value(&c);
	}
	return found;
}

/* The element at "[N]" of the array at the cursor; *length is that of the subscript. */
static bool find_element(struct cursor c, const char *subscript, size_t *value, size_t *length)
{
	size_t index = 0, used = 1;
	for (; subscript[used] >= '0' && subscript[used] <= '9' && index <= c.size; used++)
		index = index * 10 + (size_t)(subscript[used] - '0');
	if (peek(&c) != '[' || subscript[0] != '[' || subscript[used] != ']')
		return false;
	c.at++;
	skip_space(&c);
	for (; index > 0 && c.at < c.size && peek(&c) != ']'; index--) {
		skip_value(&c);
		skip_separator(&c, ',');
	}
	if (c.at >= c.size || peek(&c) == ']')
		return false;
	*value = c.at;
	*length = used + 1;
	return true;
}

void json_locate_position(const char *text, size_t size, size_t offset, long *line, long *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset && i < size; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

size_t json_locate_token(const char *text, size_t size, size_t end)
{
	struct cursor c = {text, size, 0};
	while (c.at < size && c.at < end) {
		skip_space(&c);
		size_t start = c.at;
		skip_token(&c);
		if (c.at == end && start < end)
			return start;
	}
	if (end >= size) /* the end of the text, where something was still missing */
		return size;
	return end > 0 ? end - 1 : 0;
}

size_t json_locate_root(const char *text, size_t size)
{
	struct cursor c = {text, size, 0};
	skip_space(&c);
	return c.at;
}

size_t json_locate_value(const char *text, size_t size, const char *path, bool at_key)
{
	struct cursor c = {text, size, json_locate_root(text, size)};
	size_t key = c.at, value, length;
	while (*path != '\0') {
		if (*path == '[' && find_element(c, path, &value, &length)) {
			key = value; /* an element has no key but its place */
		} else if (!find_member(c, path, MATCH_PATH, &key, &value, &length)) {
			return c.at;
		}
		c.at = value;
		path += length;
		path += *path == '.';
	}
	return at_key ? key : c.at;
}

size_t json_locate_member(const char *text, size_t size, size_t object, const char *key,
			  bool at_key)
{
	struct cursor c = {text, size, object};
	size_t key_at, value, length;
	if (!find_member(c, key, MATCH_WHOLE, &key_at, &value, &length))
		return object;
	return at_key ? key_at : value;
}

/* Appends to a path, dropping what does not fit. */
static void append(char *path, size_t path_size, const char *text, size_t length)
{
	size_t used = strlen(path);
	if (length > path_size - 1 - used)
		length = path_size - 1 - used;
	memcpy(path + used, text, length);
	path[used + length] = '\0';
}

static void append_key(char *path, size_t path_size, struct cursor key, size_t end)
{
	if (path[0] != '\0')
		append(path, path_size, ".", 1);
	for (key.at++; key.at + 1 < end;) {
		char bytes[4];
		size_t count = decode_next(&key, bytes);
		append(path, path_size, bytes, count);
	}
}

/* Moves the cursor, inside a container past its '{' or '[', to the child that `offset` lies in and
 * appends its step.  False when there is none. */
static bool enter_child(struct cursor *c, bool object, size_t offset, char *path, size_t path_size)
{
	for (size_t index = 0; c->at < c->size && c->at <= offset; index++) {
		struct cursor key = *c;
		if (object) {
			skip_token(c);
			key.size = c->at;
			skip_separator(c, ':');
		}
		struct cursor after = *c;
		skip_value(&after);
		if (offset >= c->at && offset < after.at) {
			char subscript[32];
			int length = snprintf(subscript, sizeof subscript, "[%zu]", index);
			if (object)
				append_key(path, path_size, key, key.size);
			else
				append(path, path_size, subscript, (size_t)length);
			return true;
		}
		*c = after;
		skip_separator(c, ',');
	}
	return false;
}

void json_locate_path(const char *text, size_t size, size_t offset, char *path, size_t path_size)
{
	struct cursor c = {text, size, json_locate_root(text, size)};
	path[0] = '\0';
	while (c.at < offset && (peek(&c) == '{' || peek(&c) == '[')) {
		bool object = peek(&c) == '{';
		c.at++;
		skip_space(&c);
		if (!enter_child(&c, object, offset, path, path_size))
			return;
	}
}

void json_locate_quote(const char *text, size_t size, size_t offset, char *out, size_t out_size)
{
	struct cursor c = {text, size, offset};
	int first = peek(&c);
	skip_token(&c);
	size_t length = c.at - offset;
	if (first == '{' || first == '[')
		snprintf(out, out_size, first == '{' ? "an object" : "an array");
	else if (length < out_size)
		snprintf(out, out_size, "%.*s", (int)length, text + offset);
	else {
		/* Cut between characters. */
		length = out_size - 4;
		while (length > 0 && ((unsigned char)text[offset + length] & 0xc0) == 0x80)
			length--;
		snprintf(out, out_size, "%.*s...", (int)length, text + offset);
	}
}
