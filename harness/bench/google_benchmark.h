/* SPDX-License-Identifier: Apache-2.0 */
/* Google Benchmark for C.
 *
 * A benchmark is a function with an argument.  Its shape:
 *
 *     static void bench_op(struct bench_state *state, void *argument)
 *     {
 *             ... prepare, not timed ...
 *             while (bench_keep_running(state))
 *                     op(...);
 *             bench_set_flops(state, flops, peak);
 *             ... free, not timed ...
 *     }
 *
 * The library asks for the iterations of a repetition at once, so that an iteration costs the
 * decrement of a counter that is inlined here; the clock is read around all of them.  The loop must
 * be left by its condition.  No C++ exception leaves these functions. */
#ifndef SHEAFBENCH_HARNESS_BENCH_GOOGLE_BENCHMARK_H
#define SHEAFBENCH_HARNESS_BENCH_GOOGLE_BENCHMARK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The head of the state; what follows is the shim's. */
struct bench_state {
	int64_t left; /* iterations until bench_refill must be asked */
};

typedef void (*bench_function)(struct bench_state *state, void *argument);

/* Names are paths: "gemm/forward/32x64x64".  `argument` must outlive bench_run. Return -1: out of
 * memory. */
int bench_register(const char *name, bench_function function, void *argument);
/* The library's own loop in C++ with nothing in it: what bench_keep_running is measured against. */
int bench_register_native_loop(const char *name);

/* Starts the clock at the first call and stops it after the last iteration. */
bool bench_refill(struct bench_state *state);

static inline bool bench_keep_running(struct bench_state *state)
{
	if (__builtin_expect(state->left > 0, 1)) {
		state->left--;
		return true;
	}
	return bench_refill(state);
}

/* The compiler must assume that memory was read and written. */
static inline void bench_clobber(void)
{
	__asm__ volatile("" : : : "memory");
}

/* What one iteration did, in any order, outside the loop. `roof` in 1e9 per second: the percentage
 * of it that was reached is reported too; 0 when there is none. */
void bench_set_flops(struct bench_state *state, double flops, double roof);
void bench_set_bytes(struct bench_state *state, double bytes, double roof);
void bench_set_items(struct bench_state *state, double items);
/* A text beside the times. */
void bench_set_label(struct bench_state *state, const char *label);
/* The benchmark cannot run, as without memory; its loop then does not start. */
void bench_fail(struct bench_state *state, const char *why);

/* From here on rates are of the time on the wall: where others work beside the calling thread. */
void bench_use_wall_clock(void);

/* A line of the result's context. */
int bench_add_context(const char *key, const char *value);

enum bench_outcome {
	BENCH_DONE = 0,
	BENCH_UNKNOWN_FLAG = -1, /* the library has named it on standard error */
	BENCH_NO_MATCH = -2,     /* the filter leaves nothing */
	BENCH_FAILED = -3,       /* a benchmark called bench_fail */
	BENCH_BROKEN = -4,       /* an exception of the library: out of memory */
};
/* Reads the library's flags from argv and runs what is registered, once per process. */
int bench_run(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
