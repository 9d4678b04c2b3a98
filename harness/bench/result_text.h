/* SPDX-License-Identifier: Apache-2.0 */
/* Medians of result files as people read them: on the screen and in Markdown. */
#ifndef SHEAFBENCH_HARNESS_BENCH_RESULT_TEXT_H
#define SHEAFBENCH_HARNESS_BENCH_RESULT_TEXT_H

#include <stdio.h> /* FILE */

#include "harness/bench/compare.h"

/* For the screen: row, median time and its interval, percentage of the roof. */
void bench_write_file_table(const struct bench_file *file, FILE *out);
/* DIR/throughput.md: all files side by side, and which rows differ. */
void bench_write_markdown(FILE *out, const struct comparison *c);

#endif
