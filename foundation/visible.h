/* SPDX-License-Identifier: Apache-2.0 */
/* Text from files as people may see it: one that steers a terminal, hides or reorders what stands
 * around it, or is no UTF-8, is shown byte by byte as \xNN.
 *
 * Shown so: control characters (C0, DEL, C1), the marks and overrides of writing direction
 * (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), line and paragraph separator
 * (U+2028, U+2029), and every byte that is no part of a well-formed character. */
#ifndef SHEAFBENCH_FOUNDATION_VISIBLE_H
#define SHEAFBENCH_FOUNDATION_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h> /* FILE */

/* Longest character in bytes. */
enum { VISIBLE_CHARACTER = 4 };

/* Bytes of the character at `text`, of which `size` >= 1 are there; *plain: it may be seen as it
 * is. 0: the character is well-formed as far as it goes, and more bytes are needed. */
size_t visible_next(const unsigned char *text, size_t size, bool *plain);
/* Writes a text, line ends and tabs as \xNN too, so that it stays within its line. */
void visible_print(FILE *out, const char *text);

#endif
