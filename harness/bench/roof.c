/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/roof.h"

#include <stdbool.h>
#include <stdlib.h>

#include "foundation/clock.h"

const char *const roof_names[] = {"none", "fma", "cache", "memory", NULL};

/* Seconds after which no further burst starts: emulators and the oracle are slow. */
#define PATIENCE 0.5

/* Best of several short bursts of processor time, as the rows are measured: other load on the
 * machine only slows. */
double roof_fma(const struct kernel_table *table)
{
	double best = 0.0, begin = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
	for (int burst = 0; table->fma_burn && burst < 32 &&
			    clock_seconds(CLOCK_THREAD_CPUTIME_ID) < begin + PATIENCE;
	     burst++) {
		double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID),
		       flops = table->fma_burn(200000);
		double rate = flops / (clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e-9;
		best = rate > best ? rate : best;
	}
	return best;
}

/* Two streams of axpy, or the four of AdamW: which of them is faster depends on the machine. */
enum { STREAMS = 4, APART = 192 };

static double pass_bytes(const struct kernel_table *table, bool adamw, int64_t count, float **at)
{
	static const struct adamw_args args = {.beta1 = 0.9f,
					       .beta2 = 0.999f,
					       .epsilon = 1e-8f,
					       .step = 0.0f,
					       .inverse_correction = 1.0f,
					       .decay = 1.0f};
	if (adamw)
		table->adamw(count, &args, at[0], at[1], at[2], at[3]);
	else
		table->axpy(count, 0.5f, at[0], at[1]);
	return (adamw ? 7.0 : 3.0) * (double)count * sizeof(float);
}

/* Best of several bursts. */
static double stream_rate(const struct kernel_table *table, bool adamw, int64_t count, int passes,
			  int bursts)
{
	/* Apart by some cache lines: at equal places in their pages loads would wait for stores. */
	int64_t all = STREAMS * (count + APART);
	size_t page = 4096, bytes_all = (size_t)all * sizeof(float);
	float *memory = aligned_alloc(page, (bytes_all + page) / page * page), *at[STREAMS];
	double best = 0.0, begin = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
	for (int64_t i = 0; memory && i < all; i++)
		memory[i] = 1.0f;
	for (int i = 0; memory && i < STREAMS; i++)
		at[i] = memory + i * (count + APART);
	for (int burst = 0;
	     memory && burst < bursts && clock_seconds(CLOCK_THREAD_CPUTIME_ID) < begin + PATIENCE;
	     burst++) {
		double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID), bytes = 0.0;
		for (int pass = 0; pass < passes; pass++)
			bytes += pass_bytes(table, adamw, count, at);
		double rate = bytes / (clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start) * 1e-9;
		best = rate > best ? rate : best;
	}
	free(memory);
	return best;
}

double roof_memory(const struct kernel_table *table)
{
	enum { COUNT = 8 * 1024 * 1024 };
	double axpy = stream_rate(table, false, COUNT, 1, 8);
	double adamw = stream_rate(table, true, COUNT, 1, 8);
	return axpy > adamw ? axpy : adamw;
}

void roof_measure(struct roof *roof, const struct kernel_table *table)
{
	roof->fma = roof_fma(table);
	roof->cache = stream_rate(table, false, 2048, 2000, 64);
	roof->memory = roof_memory(table);
}

double roof_of(const struct roof *roof, enum roof_kind kind)
{
	const double value[] = {0.0, roof->fma, roof->cache, roof->memory};
	return value[kind];
}
