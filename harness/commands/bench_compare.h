/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench bench-compare [--check] [FILE ...] [--out DIR]: result files of `bench` side by side.
 *
 * Without files: every .json file of DIR/throughput that has all rows of the suite.  Writes
 * DIR/throughput.{csv,json,md}; DIR is the results folder.  With --check nothing is written: the
 * files are held against what they must be, each other, and those of DIR/throughput
 * (harness/commands/bench_check.h).  Exit 1: a row's outputs differ between two files, 2: a file is
 * not what it should be. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_BENCH_COMPARE_H
#define SHEAFBENCH_HARNESS_COMMANDS_BENCH_COMPARE_H

#include "foundation/error.h"

/* argv[0] is "bench-compare". */
int command_bench_compare(int argc, char **argv, struct error *error);

#endif
