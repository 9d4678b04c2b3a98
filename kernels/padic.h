/* SPDX-License-Identifier: Apache-2.0 */
/* p-adic codec: real numbers as balanced residues in Z/p^N at scale p^F (docs/NUMERICS.md, 5).
 *
 *   encode(x) = the lattice point n in [-M, M], M = floor((p^N - 1) / 2), for x ~ n / p^F:
 *     y = x p^F (exact in binary64).  Among integers n with |n - y| <= tau |y| (binary64) the one
 * of highest p-adic valuation v_p(n) (fewest significant digits; 0 has valuation infinity), ties
 *     toward y, then even n.  If there is none, the integer nearest to y (ties to even).
 *     |n| > M saturates at +-M and counts, |y| > 4 M + 4 does so without a search.  NaN encodes as
 * 0 and counts as a saturation. decode(n) = n / p^F, binary64 division rounded once to binary32.
 *   logits: z[r][e] = (sum_i x[r][i] w[i][e] + b[e] p^F) / p^(2F), the integer sum exact in int64,
 *     converted to binary64, divided, rounded to binary32.
 *
 * This file is the oracle: every step is an integer or a single IEEE operation, so that its bits
 * depend on nothing.  The same for whole arrays, fast, is in the kernel table
 * (kernels/level_padic.c). */
#ifndef SHEAFBENCH_KERNELS_PADIC_H
#define SHEAFBENCH_KERNELS_PADIC_H

#include <stdint.h>

struct padic_settings {
	int p;            /* prime, 2 .. 31 */
	int digits;       /* N, 1 .. 30 with p^N < 2^31 */
	int scale;        /* F, 0 .. N, p^F <= 2^24 */
	double tolerance; /* tau, 0 <= tau < 1 */
};

/* Of an experiment that says nothing else. */
extern const struct padic_settings padic_default;

struct padic {
	struct padic_settings settings;
	int32_t modulus_half; /* M */
	int64_t power[32];    /* p^0 .. p^N */
	double scale;         /* p^F */
	double scale_square;  /* p^(2F) */
	int exact_in_double;  /* every sum of padic_logits is one in binary64 too, in any order */
};

struct padic_counts {
	uint64_t encoded, saturated;
	uint64_t valuation[32]; /* histogram of v_p(n), n != 0 */
	uint64_t zeros;
};

/* NULL when the settings are possible for sums of `terms` products (the int64 sum cannot overflow);
 * else a static text saying what is wrong. */
const char *padic_init(struct padic *padic, const struct padic_settings *settings, int64_t terms);

/* One number; adds it to the counts, which may be NULL. */
int32_t padic_encode(const struct padic *padic, float x, struct padic_counts *counts);
float padic_decode(const struct padic *padic, int32_t n);
int padic_valuation(const struct padic *padic, int32_t n); /* N for n = 0 */

/* The same of n values, one by one. */
void padic_encode_array(const struct padic *padic, int64_t n, const float *x, int32_t *codes);
void padic_decode_array(const struct padic *padic, int64_t n, const int32_t *codes, float *x);
/* Adds to the counts what encoding x adds to them; codes are what it made of x. */
void padic_count(const struct padic *padic, int64_t n, const float *x, const int32_t *codes,
		 struct padic_counts *counts);
/* z of above into logits[rows][experts]; x[rows][inputs], w[inputs][experts], b[experts] are
 * encoded numbers, inputs at most the `terms` of padic_init. */
void padic_logits(const struct padic *padic, int64_t rows, int64_t inputs, int64_t experts,
		  const int32_t *x, const int32_t *w, const int32_t *b, float *logits);

#endif
