/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that can be pasted into a shell. */
#ifndef SHEAFBENCH_HARNESS_SHELL_TEXT_H
#define SHEAFBENCH_HARNESS_SHELL_TEXT_H

#include <stddef.h>

#include "harness/runs/file.h"

enum { SHELL_TEXT = 4 * 4096 + 128 };

/* Appends a word as a shell takes it; bytes that a terminal would not show as they are are escapes.
 */
void shell_word(char *text, size_t size, const char *word);
/* "build/sheafbench run CONFIG --id ID --force": makes the run again. */
void shell_again(const struct run_file *run, char *text, size_t size);
/* "build/sheafbench verify CONFIG --id ID": trains it and compares with what is recorded. */
void shell_verify(const struct run_file *run, char *text, size_t size);

#endif
