/* SPDX-License-Identifier: Apache-2.0 */
/* The register tiles of GEMM: up to TILE_M rows x 2 vectors of C, or NARROW_M rows x 1 vector,
 * along one block of k (contract rule 1).  Of level_gemm.c alone. */
#ifndef SHEAFBENCH_KERNELS_LEVEL_TILE_H
#define SHEAFBENCH_KERNELS_LEVEL_TILE_H

#include <stdbool.h>

#include "kernels/simd.h"

enum {
	WIDTH = SIMD_WIDTH,
	PANEL = 2 * SIMD_WIDTH,
#if SIMD_WIDTH == 16 || defined(__aarch64__)
	TILE_M = 12, /* 24 sums + 2 of B of 32 registers, A from memory */
#else
	TILE_M = 6, /* 12 sums + 2 of B + 1 of A of 16 registers */
#endif
	NARROW_M = 12, /* sums enough to hide the latency of fma with one vector per row */
	/* Rows of A that one pointer serves. */
	REACH = TILE_M == 12 ? 3 : 6,
	ROW_POINTERS = 12 / REACH,
};

struct tile {
	int64_t k;
	const float *a;
	int64_t rsa, csa;
	const float *b; /* rows of a panel, contiguous, readable to whole vectors */
	int64_t ldb;
	float *c;
	int64_t ldc;
	int64_t n;       /* columns of the panel in use, 1 .. PANEL */
	bool accumulate; /* add to c */
};

/* A's rows through few pointers: base + 2 * stride is as far as an address reaches on x86 without a
 * register of its own for a row, and there are fewer of these than rows. */
static inline __attribute__((always_inline)) void
a_start(const float *a[ROW_POINTERS], const float *first, const int rows, const int64_t rsa)
{
	SIMD_UNROLL
	for (int i = 0; i < ROW_POINTERS; i++)
		a[i] = first + (i * REACH < rows ? i * REACH * rsa : 0);
}

static inline __attribute__((always_inline)) void a_next(const float *a[ROW_POINTERS],
							 const int rows, const int64_t csa)
{
	SIMD_UNROLL
	for (int i = 0; i < ROW_POINTERS; i++)
		if (i * REACH < rows)
			a[i] += csa;
}

static inline __attribute__((always_inline)) void part_store(float *c, int64_t n, bool accumulate,
							     simd_f32 sum)
{
	if (n == WIDTH)
		simd_store(c, accumulate ? simd_load(c) + sum : sum);
	else if (n > 0)
		simd_store_part(c, n, accumulate ? simd_load_part(c, n, 0.0f) + sum : sum);
}

/* rows is a constant wherever this is inlined, so that the sums live in registers; so is rsa for a
 * k-major A, which takes fewer registers for addresses. */
static inline __attribute__((always_inline)) void tile_run(const struct tile *t, const int rows,
							   const int64_t rsa)
{
	simd_f32 low[TILE_M], high[TILE_M];
	SIMD_UNROLL
	for (int i = 0; i < rows; i++)
		low[i] = high[i] = simd_set(0.0f);
	const float *a[ROW_POINTERS];
	a_start(a, t->a, rows, rsa);
	const float *b = t->b;
	const int64_t csa = t->csa, ldb = t->ldb;
	for (int64_t p = 0; p < t->k; p++, b += ldb) {
		simd_f32 b0 = simd_load(b), b1 = simd_load(b + WIDTH);
		SIMD_UNROLL
		for (int i = 0; i < rows; i++) {
			simd_f32 ai = simd_set(a[i / REACH][i % REACH * rsa]);
			low[i] = simd_fma(ai, b0, low[i]);
			high[i] = simd_fma(ai, b1, high[i]);
		}
		a_next(a, rows, csa);
	}
	/* Locals: what is stored through c could be t for all the compiler knows. */
	float *c = t->c;
	const int64_t ldc = t->ldc, n = t->n;
	const bool accumulate = t->accumulate;
	SIMD_UNROLL
	for (int i = 0; i < rows; i++, c += ldc) {
		part_store(c, n < WIDTH ? n : WIDTH, accumulate, low[i]);
		part_store(c + WIDTH, n - WIDTH, accumulate, high[i]);
	}
}

/* One vector wide, for panels that fill no more than that. */
static inline __attribute__((always_inline)) void narrow_run(const struct tile *t, const int rows,
							     const int64_t rsa)
{
	simd_f32 sum[NARROW_M];
	SIMD_UNROLL
	for (int i = 0; i < rows; i++)
		sum[i] = simd_set(0.0f);
	const float *a[ROW_POINTERS];
	a_start(a, t->a, rows, rsa);
	const float *b = t->b;
	const int64_t csa = t->csa, ldb = t->ldb;
	for (int64_t p = 0; p < t->k; p++, b += ldb) {
		simd_f32 b0 = simd_load(b);
		SIMD_UNROLL
		for (int i = 0; i < rows; i++)
			sum[i] = simd_fma(simd_set(a[i / REACH][i % REACH * rsa]), b0, sum[i]);
		a_next(a, rows, csa);
	}
	float *c = t->c;
	const int64_t ldc = t->ldc, n = t->n;
	const bool accumulate = t->accumulate;
	SIMD_UNROLL
	for (int i = 0; i < rows; i++, c += ldc)
		part_store(c, n, accumulate, sum[i]);
}

/* name_1 .. name_12, and name_k_1 .. for a k-major A (rsa 1). */
typedef void tile_function(const struct tile *);
#define TILE_FUNCTIONS(name, rows)                                                                 \
	static void name##_##rows(const struct tile *t)                                            \
	{                                                                                          \
		name##_run(t, rows, t->rsa);                                                       \
	}                                                                                          \
	static void name##_k_##rows(const struct tile *t)                                          \
	{                                                                                          \
		name##_run(t, rows, 1);                                                            \
	}
#define TILE(rows) TILE_FUNCTIONS(tile, rows)
#define NARROW(rows) TILE_FUNCTIONS(narrow, rows)
#define ROWS_1_TO_6(define) define(1) define(2) define(3) define(4) define(5) define(6)
#define ROWS_7_TO_12(define) define(7) define(8) define(9) define(10) define(11) define(12)
#if SIMD_WIDTH == 16 || defined(__aarch64__)
#define ROWS_OF_TILE(define) ROWS_1_TO_6(define) ROWS_7_TO_12(define)
#else
#define ROWS_OF_TILE(define) ROWS_1_TO_6(define)
#endif
#define TILE_ENTRY(rows) tile_##rows,
#define TILE_K_ENTRY(rows) tile_k_##rows,
#define NARROW_ENTRY(rows) narrow_##rows,
#define NARROW_K_ENTRY(rows) narrow_k_##rows,

/* clang-format off */
ROWS_OF_TILE(TILE)
ROWS_1_TO_6(NARROW)
ROWS_7_TO_12(NARROW)
/* By [k-major][rows]. */
static tile_function *const tiles[2][TILE_M + 1] = {
    {NULL, ROWS_OF_TILE(TILE_ENTRY)}, {NULL, ROWS_OF_TILE(TILE_K_ENTRY)}};
static tile_function *const narrows[2][NARROW_M + 1] = {
    {NULL, ROWS_1_TO_6(NARROW_ENTRY) ROWS_7_TO_12(NARROW_ENTRY)},
    {NULL, ROWS_1_TO_6(NARROW_K_ENTRY) ROWS_7_TO_12(NARROW_K_ENTRY)}};
/* clang-format on */

#endif
