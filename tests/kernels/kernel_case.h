/* SPDX-License-Identifier: Apache-2.0 */
/* Random cases for the kernels, run on two sides: what is tested, and the oracle. */
#ifndef SHEAFBENCH_TESTS_KERNELS_KERNEL_CASE_H
#define SHEAFBENCH_TESTS_KERNELS_KERNEL_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/backend.h"
#include "kernels/random.h"

enum { CASE_BUFFERS = 6, CASE_SPAN = 40000 };

enum case_content { CASE_PLAIN, CASE_EDGES, CASE_NAN, CASE_KINDS };

struct shape {
	int64_t m, n, k, pad;
	int offset[CASE_BUFFERS]; /* 0 .. 15 floats: every alignment of a vector */
	int form;                 /* bits an op reads as it likes */
};

/* What an op reads and writes, once for the table and once for the oracle: compared as a whole, so
 * that a byte written outside the output shows too. */
struct side {
	float buffer[CASE_BUFFERS][CASE_SPAN];
};
extern struct side case_pool, case_sides[2];
extern int64_t case_total; /* times case_begin was called */

/* SHEAFBENCH_CASES: random cases per op and level (make test-bits); the default is a fast sample.
 */
int case_count(void);

/* Draws what case_begin gives to both sides. */
void case_fill(struct random_stream *stream, enum case_content content);
/* 0, 1 and sizes about the widths of vectors and tiles among others; everything fits in CASE_SPAN.
 * CASE_TILES in place of a largest k: products about the edges of register tiles. */
enum { CASE_TILES = -1 };
struct shape case_draw(struct random_stream *stream, int largest_k);
void case_begin(const struct shape *shape);
/* The first float that differs, as buffer * CASE_SPAN + index, or -1. */
int case_difference(const struct shape *shape, bool exact_nan);

static inline float *at(struct side *side, const struct shape *shape, int buffer)
{
	return side->buffer[buffer] + shape->offset[buffer];
}

/* Form: transposes of A and B, accumulation, steps of two. */
struct gemm_args case_gemm(struct side *side, const struct shape *shape);

#endif
