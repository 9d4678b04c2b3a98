/* SPDX-License-Identifier: Apache-2.0 */
/* bench-compare --check: whether result files may stand beside those that are kept. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_BENCH_CHECK_H
#define SHEAFBENCH_HARNESS_COMMANDS_BENCH_CHECK_H

#include "foundation/error.h"

/* Checks the named files, or all that are kept where none is named, by
 * harness/bench/result_check.h, and prints a line for each that is fine.  Outputs are compared with
 * those of all files.  Named files must have every row of this program's suite; those that are kept
 * may be from before a row was added, and of them NAME-part.json, which `bench` with a filter
 * leaves there, are passed over. The first thing that is wrong is the error. */
int bench_check(char *const *named, int named_count, char *const *kept, int kept_count,
		struct error *error);

#endif
