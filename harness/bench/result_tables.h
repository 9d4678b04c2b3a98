/* SPDX-License-Identifier: Apache-2.0 */
/* Medians of result files as CSV, JSON, Markdown (harness/bench/result_text.h), and data for
 * scripts/plot-throughput.gp. */
#ifndef SHEAFBENCH_HARNESS_BENCH_RESULT_TABLES_H
#define SHEAFBENCH_HARNESS_BENCH_RESULT_TABLES_H

#include "harness/bench/compare.h"

/* One file's medians; *text is malloc'ed. */
int bench_file_csv(const struct bench_file *file, char **text, size_t *size, struct error *error);
int bench_write_file_csv(const struct bench_file *file, const char *file_name, struct error *error);
/* DIR/throughput.{csv,json,md} and DIR/throughput/plot/throughput.dat. */
int bench_write_comparison(const struct comparison *comparison, const char *dir,
			   struct error *error);

#endif
