/* SPDX-License-Identifier: Apache-2.0 */
/* Private to foundation/json_file.c: byte offsets of things in JSON text that jansson has accepted
 * (or, for syntax errors, of its accepted beginning).  No function reads outside text[0, size),
 * whatever the text holds; offsets returned are at most `size`. */
#ifndef SHEAFBENCH_FOUNDATION_JSON_LOCATE_H
#define SHEAFBENCH_FOUNDATION_JSON_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

/* 1-based line and column of a byte; a column is a code point. */
void json_locate_position(const char *text, size_t size, size_t offset, long *line, long *column);
/* First byte of the token that ends at `end`; `end` - 1 when none does (inside a broken string). */
size_t json_locate_token(const char *text, size_t size, size_t end);
/* First byte of the root value. */
size_t json_locate_root(const char *text, size_t size);
/* The value at a path (or its key); the nearest existing ancestor's value when there is none. */
size_t json_locate_value(const char *text, size_t size, const char *path, bool at_key);
/* The member `key` of the object at `object`; `object` itself when there is none. */
size_t json_locate_member(const char *text, size_t size, size_t object, const char *key,
			  bool at_key);
/* The path of the value that starts at `offset`; cut to `path_size`. */
void json_locate_path(const char *text, size_t size, size_t offset, char *path, size_t path_size);
/* The value at `offset` as a message quotes it: scalars as written, cut; else "an object". */
void json_locate_quote(const char *text, size_t size, size_t offset, char *out, size_t out_size);

#endif
