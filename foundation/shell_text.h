/* SPDX-License-Identifier: Apache-2.0 */
/* Words that can be pasted into a shell. */
#ifndef SHEAFBENCH_FOUNDATION_SHELL_TEXT_H
#define SHEAFBENCH_FOUNDATION_SHELL_TEXT_H

#include <stddef.h>

/* Appends a word to a NUL-terminated text as a shell takes it: as it is, in '...', or, where a
 * terminal would not show its bytes as they are, in $'...' (POSIX.1-2024).  What does not fit in
 * `size` bytes is cut. */
void shell_word(char *text, size_t size, const char *word);

#endif
