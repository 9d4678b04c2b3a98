/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/roof.h"

#include <stdlib.h>
#include <time.h>

const char *const roof_names[] = {"none", "fma", "cache", "memory", NULL};

/* Processor time, as the rows are measured. */
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Best of several short bursts: other load on the machine only slows. */
double roof_fma(const struct kernel_table *table)
{
	double best = 0.0;
	for (int burst = 0; table->fma_burn && burst < 8; burst++) {
		double start = now(), flops = table->fma_burn(200000);
		double rate = flops / (now() - start) * 1e-9;
		best = rate > best ? rate : best;
	}
	return best;
}

/* Triad-like stream: read two arrays, write one. */
static double stream_rate(const struct kernel_table *table, int64_t count, int passes, int bursts)
{
	float *x = malloc((size_t)count * sizeof *x), *y = malloc((size_t)count * sizeof *y);
	double best = 0.0;
	for (int64_t i = 0; x && y && i < count; i++)
		x[i] = y[i] = 1.0f;
	for (int burst = 0; x && y && burst < bursts; burst++) {
		double start = now();
		for (int pass = 0; pass < passes; pass++)
			table->axpy(count, 0.5f, x, y);
		double bytes = 3.0 * (double)count * (double)passes * sizeof *x;
		double rate = bytes / (now() - start) * 1e-9;
		best = rate > best ? rate : best;
	}
	free(x);
	free(y);
	return best;
}

double roof_memory(const struct kernel_table *table)
{
	return stream_rate(table, 16 * 1024 * 1024, 1, 8);
}

void roof_measure(struct roof *roof, const struct kernel_table *table)
{
	roof->fma = roof_fma(table);
	roof->cache = stream_rate(table, 2048, 2000, 8);
	roof->memory = roof_memory(table);
}

double roof_of(const struct roof *roof, enum roof_kind kind)
{
	const double value[] = {0.0, roof->fma, roof->cache, roof->memory};
	return value[kind];
}
