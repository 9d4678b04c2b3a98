/* SPDX-License-Identifier: Apache-2.0 */
/* Products with few columns, of an A that is contiguous along k (contract rule 1).  Of level_gemm.c
 * alone. */
#ifndef SHEAFBENCH_KERNELS_LEVEL_FEW_H
#define SHEAFBENCH_KERNELS_LEVEL_FEW_H

#include "kernels/kernels.h"
#include "kernels/level_pack.h"

/* Columns of C whose sums stay in registers beside a block that is transposed there, at most; of
 * narrower vectors more than these are whole ones or too many. */
#if SIMD_WIDTH == 16
#define FEWEST(define) ROWS_1_TO_6(define) ROWS_7_TO_12(define)
enum { FEW = 12 };
#elif defined(__aarch64__)
#define FEWEST(define) ROWS_1_TO_6(define)
enum { FEW = 6 };
#else
#define FEWEST(define) define(1) define(2) define(3) define(4)
enum { FEW = 4 };
#endif

/* What an element of a block costs, in multiply-adds: most of it is hidden behind these. */
enum { FEW_COST = 2 };

static inline bool is_few(const struct gemm_args *g, int64_t n)
{
	return g->csa == 1 && g->rsa != 1 && g->csb == 1 && n <= FEW;
}

static inline __attribute__((always_inline)) void few_add(simd_f32 a, const float *b,
							  const int columns, simd_f32 sum[FEW])
{
	SIMD_UNROLL
	for (int j = 0; j < columns; j++)
		sum[j] = simd_fma(a, simd_set(b[j]), sum[j]);
}

/* WIDTH rows from row i on of the few columns of C, a vector along m for each column, of an A that
 * is contiguous along k: its blocks are transposed in registers and used there, not copied first,
 * so that the shuffles of a block and the multiply-adds of the one before it run side by side.  `b`
 * has its rows one after the other. */
static inline __attribute__((always_inline)) void few_run(const struct gemm_args *g,
							  const struct tile *block, int64_t i,
							  const float *b, const int columns)
{
	float sums[FEW * PANEL] __attribute__((aligned(64)));
	const int64_t left = g->m - i, rsa = g->rsa, k = block->k;
	const float *a = block->a + i * rsa;
	simd_f32 row[SIMD_BLOCK], sum[FEW];
	SIMD_UNROLL
	for (int j = 0; j < columns; j++)
		sum[j] = simd_set(0.0f);
	int64_t p = 0;
	if (left >= WIDTH) {
		const float *fourth[WIDTH / 4];
		SIMD_UNROLL
		for (int f = 0; f < WIDTH / 4; f++)
			fourth[f] = a + 4 * f * rsa;
		for (; p + SIMD_BLOCK <= k; p += SIMD_BLOCK, b += (int64_t)SIMD_BLOCK * columns) {
			transpose_whole(fourth, rsa, row);
			SIMD_UNROLL
			for (int q = 0; q < SIMD_BLOCK; q++)
				few_add(row[q], b + q * columns, columns, sum);
			SIMD_UNROLL
			for (int f = 0; f < WIDTH / 4; f++)
				fourth[f] += SIMD_BLOCK;
		}
	}
	for (; p < k; p += SIMD_BLOCK, b += (int64_t)SIMD_BLOCK * columns) {
		transpose_block(a + p, rsa, left, k - p, row);
		SIMD_UNROLL
		for (int q = 0; q < SIMD_BLOCK; q++)
			if (q < k - p)
				few_add(row[q], b + q * columns, columns, sum);
	}
	SIMD_UNROLL
	for (int j = 0; j < columns; j++)
		simd_store(sums + j * PANEL, sum[j]);
	store_transposed(left < WIDTH ? left : WIDTH, columns, sums, block->c + i * block->ldc,
			 block->ldc, block->accumulate);
}

typedef void few_function(const struct gemm_args *, const struct tile *, int64_t, const float *);
#define FEW_COLUMNS(columns)                                                                       \
	static void few_##columns(const struct gemm_args *g, const struct tile *block, int64_t i,  \
				  const float *b)                                                  \
	{                                                                                          \
		few_run(g, block, i, b, columns);                                                  \
	}
#define FEW_ENTRY(columns) few_##columns,
/* clang-format off */
FEWEST(FEW_COLUMNS)
static few_function *const few[FEW + 1] = {NULL, FEWEST(FEW_ENTRY)};
/* clang-format on */

/* Few columns, their B copied where its rows are apart. */
static void run_few(const struct gemm_args *g, const struct tile *block, int64_t n)
{
	float packed[CONTRACT_KB * FEW];
	const float *b = block->b;
	if (g->rsb != n) {
		for (int64_t p = 0; p < block->k; p++)
			memcpy(packed + p * n, b + p * g->rsb, (size_t)n * sizeof *b);
		b = packed;
	}
	for (int64_t i = 0; i < g->m; i += WIDTH)
		few[n](g, block, i, b);
}

#endif
