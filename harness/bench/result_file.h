/* SPDX-License-Identifier: Apache-2.0 */
/* A result file of `sheafbench bench`, read back: rows with the times of their repetitions. */
#ifndef SHEAFBENCH_HARNESS_BENCH_RESULT_FILE_H
#define SHEAFBENCH_HARNESS_BENCH_RESULT_FILE_H

#include "harness/bench/order_statistics.h"
#include "harness/bench/roof.h"
#include "foundation/json_file.h"
#include "kernels/cpu.h"

struct bench_row {
	const char *name;  /* of the document */
	const char *label; /* "xxh3=HASH roof=ROOF" */
	char hash[20];     /* 16 hex digits, or "none" */
	enum roof_kind roof;
	int64_t order; /* in the suite */
	int entry;     /* of the document's benchmarks, its first */
	int count;     /* repetitions */
	double
	    *times; /* ns, of processor time or by several threads on the wall, ascending; owned */
	double *percents;  /* of the roof, ascending; owned */
	int percent_count; /* repetitions that have one; `percent` stands where all do */
	bool has_percent;
	const char *rate_key; /* "gflops", "gbytes_per_second", "mitems_per_second", or NULL */
	double rate;          /* at the median time */
	struct median time, percent;
};

/* Bytes of a name, and of the number that tells files of one name apart. */
enum { BENCH_STEM = 120, BENCH_NUMBER = 8 };

struct bench_file {
	struct json_file json;
	char name[BENCH_STEM + BENCH_NUMBER]; /* the file's, without folder and .json, then #N */
	const char *cpu, *isa, *blis, *compiler, *contract;
	int threads;            /* that shared the ops; 1 in files that do not say */
	int suite_rows;         /* of the suite that the program had; fewer here: a part of it */
	struct bench_row *rows; /* owned, in the suite's order */
	int row_count;
};

/* Refuses what is not such a file, with position, path and what was expected. */
int bench_file_read(struct bench_file *file, const char *file_name, struct error *error);
void bench_file_free(struct bench_file *file);
/* Whether rows of the suite are missing, as after --benchmark_filter. */
bool bench_file_is_part(const struct bench_file *file);
/* The name of a file about the CPU at the file's level and number of threads, then `suffix`; cut as
 * by cpu_file_stem. */
void bench_file_stem(const struct bench_file *file, const struct cpu *cpu, const char *suffix,
		     char stem[BENCH_STEM]);
/* NULL: the file has no such row. */
const struct bench_row *bench_file_row(const struct bench_file *file, const char *name);

#endif
