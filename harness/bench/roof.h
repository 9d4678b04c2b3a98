/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do at most, measured: the roofs that throughput is a percentage of. */
#ifndef SHEAFBENCH_HARNESS_BENCH_ROOF_H
#define SHEAFBENCH_HARNESS_BENCH_ROOF_H

#include "kernels/kernels.h"

enum roof_kind { ROOF_NONE, ROOF_FMA, ROOF_CACHE, ROOF_MEMORY };
extern const char *const roof_names[]; /* "none", "fma", "cache", "memory", NULL */

struct roof {
	double fma;    /* 1e9 operations per second in registers; 0 for the oracle */
	double cache;  /* 1e9 bytes per second of axpy over 2 x 8 KiB */
	double memory; /* axpy or AdamW, whichever is faster, over 32 MiB arrays */
};

double roof_fma(const struct kernel_table *table);
double roof_memory(const struct kernel_table *table);
/* All three; a few tenths of a second. */
void roof_measure(struct roof *roof, const struct kernel_table *table);
double roof_of(const struct roof *roof, enum roof_kind kind);

#endif
