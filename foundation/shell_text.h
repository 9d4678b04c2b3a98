/* SPDX-License-Identifier: Apache-2.0 */
/* Words that can be pasted into a shell. */
#ifndef SHEAFBENCH_FOUNDATION_SHELL_TEXT_H
#define SHEAFBENCH_FOUNDATION_SHELL_TEXT_H

#include <stddef.h>

/* Appends a word to a text as a shell takes it; bytes that a terminal would not show as they are
 * are escapes. */
void shell_word(char *text, size_t size, const char *word);

#endif
