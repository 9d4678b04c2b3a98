/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a result file may stand beside those of other machines: what bench-compare --check asks.
 *
 * Each function returns 0, or refuses with the place of the first value that is not as it must be:
 * ERROR_INPUT, or ERROR_CHECK where outputs differ. */
#ifndef SHEAFBENCH_HARNESS_BENCH_RESULT_CHECK_H
#define SHEAFBENCH_HARNESS_BENCH_RESULT_CHECK_H

#include "harness/bench/result_file.h"

/* Fewer have no 95 % interval. */
enum { CHECK_LEAST_REPETITIONS = 6 };

/* The file by itself: all rows of its own suite, each with all repetitions once, and every number
 * finite and above 0; a CPU and a level that there can be, which the file's name says too; a
 * contract version that this program knows, and kernels that passed their check; not the name of
 * the machine. */
int bench_check_file(const struct bench_file *file, struct error *error);
/* The CSV beside it has its medians, byte for byte. */
int bench_check_csv(const struct bench_file *file, struct error *error);
/* It has the rows that are registered in this program (suite_register), and no others. */
int bench_check_suite(const struct bench_file *file, struct error *error);

struct check_agreement {
	int rows;  /* with outputs that another file has too */
	int files; /* others that have one of these rows */
};

/* No output's hash differs from that of another file; `others` may hold the file itself, which is
 * passed over.  Of a contract before this program's every output must be in another file: the rule
 * that changed could have changed it, and then no number says that it is the same work. */
int bench_check_hashes(const struct bench_file *file, const struct bench_file *others, int count,
		       struct check_agreement *agreement, struct error *error);
/* The contract version, after bench_check_file. */
int bench_file_contract(const struct bench_file *file);

#endif
