/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that verify a finished run and make it again, to be pasted into a shell
 * (foundation/shell_text.h).  A text of RUN_COMMAND bytes holds any; a shorter one is cut. */
#ifndef SHEAFBENCH_HARNESS_RUNS_COMMAND_TEXT_H
#define SHEAFBENCH_HARNESS_RUNS_COMMAND_TEXT_H

#include <stddef.h>

#include "harness/runs/file.h"

enum { RUN_COMMAND = 4 * 4096 + 128 };

/* "build/sheafbench run CONFIG --id ID --force": makes the run again. */
void run_command_again(const struct run_file *run, char *text, size_t size);
/* "build/sheafbench verify CONFIG --id ID": trains it and compares with what is recorded. */
void run_command_verify(const struct run_file *run, char *text, size_t size);

#endif
