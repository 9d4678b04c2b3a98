/* SPDX-License-Identifier: Apache-2.0 */
/* Medians of result files as CSV, JSON, Markdown, and data for scripts/plot-throughput.gp. */
#ifndef SHEAFBENCH_HARNESS_BENCH_RESULT_TABLES_H
#define SHEAFBENCH_HARNESS_BENCH_RESULT_TABLES_H

#include "harness/bench/compare.h"

/* One file's medians. */
int bench_write_file_csv(const struct bench_file *file, const char *file_name, struct error *error);
/* The same for the screen: row, median time and its interval, percentage of the roof. */
void bench_write_file_table(const struct bench_file *file, FILE *out);
/* DIR/throughput.{csv,json,md} and DIR/throughput/plot/throughput.dat. */
int bench_write_comparison(const struct comparison *comparison, const char *dir,
			   struct error *error);

#endif
