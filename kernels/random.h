/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers: PCG64 (setseq, XSL-RR 128/64, O'Neill 2014), from libpcg-cpp behind a C
 * interface.
 *
 * A stream belongs to (seed, purpose, name), so a parameter has the same initial values in every
 * arm that has it and the data order is the same in every arm.  The 128-bit state seed and the
 * 127-bit stream selector are the four 64-bit words h_j = FNV-1a-64 over the bytes [le64(seed),
 * purpose, 0, name, 0, j], j = 0..3, each finished by the splitmix64 mixer: state = h0 << 64 | h1,
 * stream = h2 << 64 | h3.  docs/NUMERICS.md, 7, lists the streams. */
#ifndef SHEAFBENCH_KERNELS_RANDOM_H
#define SHEAFBENCH_KERNELS_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct random_stream {
	uint64_t opaque[4]; /* state and increment, high word first */
};

void random_open(struct random_stream *stream, uint64_t seed, const char *purpose,
		 const char *name);
uint64_t random_next(struct random_stream *stream);

/* The stream as it is after `count` calls of random_next. */
void random_skip(struct random_stream *stream, uint64_t count);

/* Uniform in [0, bound), bound >= 1: rejection of the low values that would bias the modulus. */
uint64_t random_below(struct random_stream *stream, uint64_t bound);
/* Uniform in [0, 1): the top 24 bits of random_next times 2^-24, exact in binary32. */
float random_unit_float(struct random_stream *stream);
/* Uniform in [0, 1): the top 53 bits times 2^-53, exact in binary64. */
double random_unit_double(struct random_stream *stream);
/* Fisher-Yates: for i = n-1 .. 1 swap items[i] and items[random_below(i+1)]. */
void random_shuffle(struct random_stream *stream, int64_t *items, int64_t n);

#ifdef __cplusplus
}
#endif

#endif
