/* SPDX-License-Identifier: Apache-2.0 */
/* The repetitions of a suite shared among processes.
 *
 * Where a process's code and data lie in memory decides by some percent how fast a row is, for as
 * long as it lives: two runs of one program then part by more than the repetitions of either show.
 * Repetitions of several processes have that in their spread.  Source: Kalibera and Jones, Rigorous
 * Benchmarking in Reasonable Time, ISMM 2013: repeat at the level that varies. */
#ifndef SHEAFBENCH_HARNESS_BENCH_PROCESSES_H
#define SHEAFBENCH_HARNESS_BENCH_PROCESSES_H

#include <jansson.h>

#include "foundation/error.h"

enum { BENCH_PROCESSES = 4 };
/* The word that tells such a process what it is: it may write a file, and ends with its parent. */
#define BENCH_PART "--part"

/* Runs this program's `bench` with the NULL-terminated words, one process after the other, each
 * with its part of the repetitions that the last --benchmark_repetitions asks for: at most
 * BENCH_PROCESSES of them, at least one repetition each.  `raw` is the name of a file that may be
 * created and removed.  *document is one result of all: the first process's context, and every
 * repetition, numbered on; no means or deviations, which would be those of a process.  Progress
 * goes to standard error.  A process that fails hands on its message and exit code; ERROR_MACHINE
 * too when the kernels of one failed the check that they passed in another. */
int bench_processes_run(const char *const *words, const char *raw, json_t **document,
			struct error *error);

#endif
