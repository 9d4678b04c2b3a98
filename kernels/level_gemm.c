/* SPDX-License-Identifier: Apache-2.0 */
/* GEMM for expert-sized shapes (contract rule 2), where BLIS spends its time on packing.
 *
 * A register tile of up to TILE_M rows x 2 vectors walks one block of k.  Columns go panel by panel
 * of 2 vectors; a panel of B is copied into contiguous memory when enough rows will use it, or when
 * B is not contiguous along a row (B given as a transpose).  m and n are cut freely, k only at KB.
 */
#include "kernels/level.h"
#include "kernels/simd.h"

enum {
	WIDTH = SIMD_WIDTH,
	PANEL = 2 * SIMD_WIDTH,
#if SIMD_WIDTH == 16 || defined(__aarch64__)
	TILE_M = 12, /* 24 sums + 2 of B of 32 registers, A from memory */
#else
	TILE_M = 6, /* 12 sums + 2 of B + 1 of A of 16 registers */
#endif
	NARROW_M = 12,  /* sums enough to hide the latency of fma with one vector per row */
	PACK_ROWS = 48, /* from this many rows copying a panel pays */
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

static inline __attribute__((always_inline)) void part_store(float *c, int64_t n, bool accumulate,
							     simd_f32 sum)
{
	if (n == WIDTH)
		simd_store(c, accumulate ? simd_load(c) + sum : sum);
	else if (n > 0)
		simd_store_part(c, n, accumulate ? simd_load_part(c, n, 0.0f) + sum : sum);
}

/* rows is a constant wherever this is inlined, so that the sums live in registers. */
static inline __attribute__((always_inline)) void tile_run(const struct tile *t, const int rows)
{
	simd_f32 low[TILE_M], high[TILE_M];
	SIMD_UNROLL
	for (int i = 0; i < rows; i++)
		low[i] = high[i] = simd_set(0.0f);
	const float *a = t->a, *b = t->b;
	const int64_t rsa = t->rsa, csa = t->csa, ldb = t->ldb;
	for (int64_t p = 0; p < t->k; p++, a += csa, b += ldb) {
		simd_f32 b0 = simd_load(b), b1 = simd_load(b + WIDTH);
		SIMD_UNROLL
		for (int i = 0; i < rows; i++) {
			simd_f32 ai = simd_set(a[i * rsa]);
			low[i] = simd_fma(ai, b0, low[i]);
			high[i] = simd_fma(ai, b1, high[i]);
		}
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
static inline __attribute__((always_inline)) void narrow_run(const struct tile *t, const int rows)
{
	simd_f32 sum[NARROW_M];
	SIMD_UNROLL
	for (int i = 0; i < rows; i++)
		sum[i] = simd_set(0.0f);
	const float *a = t->a, *b = t->b;
	const int64_t rsa = t->rsa, csa = t->csa, ldb = t->ldb;
	for (int64_t p = 0; p < t->k; p++, a += csa, b += ldb) {
		simd_f32 b0 = simd_load(b);
		SIMD_UNROLL
		for (int i = 0; i < rows; i++)
			sum[i] = simd_fma(simd_set(a[i * rsa]), b0, sum[i]);
	}
	float *c = t->c;
	const int64_t ldc = t->ldc, n = t->n;
	const bool accumulate = t->accumulate;
	SIMD_UNROLL
	for (int i = 0; i < rows; i++, c += ldc)
		part_store(c, n, accumulate, sum[i]);
}

typedef void tile_function(const struct tile *);
#define TILE(rows)                                                                                 \
	static void tile_##rows(const struct tile *t)                                              \
	{                                                                                          \
		tile_run(t, rows);                                                                 \
	}
#define NARROW(rows)                                                                               \
	static void narrow_##rows(const struct tile *t)                                            \
	{                                                                                          \
		narrow_run(t, rows);                                                               \
	}
#define ROWS_1_TO_6(define) define(1) define(2) define(3) define(4) define(5) define(6)
#define ROWS_7_TO_12(define) define(7) define(8) define(9) define(10) define(11) define(12)
#define TILE_ENTRY(rows) tile_##rows,
#define NARROW_ENTRY(rows) narrow_##rows,

/* clang-format off */
ROWS_1_TO_6(TILE)
ROWS_1_TO_6(NARROW)
ROWS_7_TO_12(NARROW)
#if SIMD_WIDTH == 16 || defined(__aarch64__)
ROWS_7_TO_12(TILE)
static tile_function *const tiles[] = {NULL, ROWS_1_TO_6(TILE_ENTRY) ROWS_7_TO_12(TILE_ENTRY)};
#else
static tile_function *const tiles[] = {NULL, ROWS_1_TO_6(TILE_ENTRY)};
#endif
static tile_function *const narrows[] = {NULL, ROWS_1_TO_6(NARROW_ENTRY) ROWS_7_TO_12(NARROW_ENTRY)};
/* clang-format on */

#if SIMD_WIDTH >= 8
/* rows[p][0 .. 7] = the p-th of each of 8 columns, p < depth; columns past `part` are 0. */
static inline __attribute__((always_inline)) void transpose_block(const float *columns,
								  int64_t stride, int64_t part,
								  int64_t depth, float *rows,
								  int64_t width)
{
	simd_f32x8 c[8], t[8];
	const bool whole = part >= 8 && depth >= 8;
	SIMD_UNROLL
	for (int j = 0; j < 8; j++)
		if (whole)
			memcpy(&c[j], columns + j * stride, sizeof c[j]);
		else
			c[j] = j < part ? simd_load_part8(columns + j * stride, depth)
					: (simd_f32x8){0};
	SIMD_UNROLL
	for (int j = 0; j < 8; j += 2) {
		t[j] = __builtin_shufflevector(c[j], c[j + 1], 0, 8, 1, 9, 4, 12, 5, 13);
		t[j + 1] = __builtin_shufflevector(c[j], c[j + 1], 2, 10, 3, 11, 6, 14, 7, 15);
	}
	SIMD_UNROLL
	for (int h = 0; h < 8; h += 4)
		SIMD_UNROLL
	for (int j = 0; j < 2; j++) {
		c[h + 2 * j] =
		    __builtin_shufflevector(t[h + j], t[h + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
		c[h + 2 * j + 1] =
		    __builtin_shufflevector(t[h + j], t[h + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
	}
	SIMD_UNROLL
	for (int j = 0; j < 4; j++) {
		t[j] = __builtin_shufflevector(c[j], c[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
		t[j + 4] = __builtin_shufflevector(c[j], c[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
	}
	SIMD_UNROLL
	for (int p = 0; p < 8; p++)
		if (p < depth)
			memcpy(rows + p * width, &t[p], sizeof t[p]);
}
#else
static inline void transpose_block(const float *columns, int64_t stride, int64_t part,
				   int64_t depth, float *rows, int64_t width)
{
	for (int p = 0; p < SIMD_BLOCK && p < depth; p++)
		for (int j = 0; j < SIMD_BLOCK; j++)
			rows[p * width + j] = j < part ? columns[j * stride + p] : 0.0f;
}
#endif

/* k x n of a B that is contiguous along k, square block by square block. */
static void pack_transposed(int64_t k, int64_t n, int64_t width, const float *b, int64_t csb,
			    float *packed)
{
	for (int64_t j = 0; j < width; j += SIMD_BLOCK) {
		const float *columns = b + j * csb;
		int64_t p = 0;
		if (n - j >= SIMD_BLOCK)
			for (; p + SIMD_BLOCK <= k; p += SIMD_BLOCK)
				transpose_block(columns + p, csb, SIMD_BLOCK, SIMD_BLOCK,
						packed + p * width + j, width);
		for (; p < k; p += SIMD_BLOCK)
			transpose_block(columns + p, csb, n - j, k - p, packed + p * width + j,
					width);
	}
}

/* Copies k x n of B, padded with zeros to `width` columns, whole vectors. */
static void pack_panel(int64_t k, int64_t n, int64_t width, const float *b, int64_t rsb,
		       int64_t csb, float *packed)
{
	if (rsb == 1 && csb != 1) {
		pack_transposed(k, n, width, b, csb, packed);
		return;
	}
	for (int64_t p = 0; p < k; p++, b += rsb, packed += width)
		for (int64_t j = 0; j < width; j += WIDTH) {
			if (csb == 1 && n - j >= WIDTH) {
				simd_store(packed + j, simd_load(b + j));
			} else if (csb == 1) {
				int64_t part = n > j ? n - j : 0;
				simd_store(packed + j, simd_load_part(b + j, part, 0.0f));
			} else {
				for (int64_t i = j; i < j + WIDTH; i++)
					packed[i] = i < n ? b[i * csb] : 0.0f;
			}
		}
}

static void run_panel(struct tile *t, int64_t m, tile_function *const *functions, int64_t tallest)
{
	const float *a = t->a;
	float *c = t->c;
	/* Tiles of nearly equal height: a last tile of one row would cost as much as a full one. */
	for (int64_t left = m, tiles_left = (m + tallest - 1) / tallest; left > 0; tiles_left--) {
		int64_t rows = (left + tiles_left - 1) / tiles_left;
		t->a = a;
		t->c = c;
		functions[rows](t);
		a += rows * t->rsa;
		c += rows * t->ldc;
		left -= rows;
	}
}

static void run_block(const struct gemm_args *g, int64_t p0, int64_t k, bool accumulate)
{
	float packed[CONTRACT_KB * PANEL] __attribute__((aligned(64)));
	for (int64_t j = 0; j < g->n; j += PANEL) {
		int64_t n = g->n - j < PANEL ? g->n - j : PANEL;
		bool narrow = n <= WIDTH;
		int64_t width = narrow ? WIDTH : PANEL;
		const float *b = g->b + p0 * g->rsb + j * g->csb;
		struct tile t = {k,      g->a + p0 * g->csa, g->rsa, g->csa, b,
				 g->rsb, g->c + j,           g->ldc, n,      accumulate};
		if (g->csb != 1 || n < width || g->m >= PACK_ROWS) {
			pack_panel(k, n, width, b, g->rsb, g->csb, packed);
			t.b = packed;
			t.ldb = width;
		}
		if (narrow)
			run_panel(&t, g->m, narrows, NARROW_M);
		else
			run_panel(&t, g->m, tiles, TILE_M);
	}
}

void LEVEL_NAME(gemm)(const struct gemm_args *args)
{
	int64_t p = 0;
	do {
		int64_t k = args->k - p < CONTRACT_KB ? args->k - p : CONTRACT_KB;
		run_block(args, p, k, args->accumulate || p > 0);
		p += CONTRACT_KB;
	} while (p < args->k);
}

void LEVEL_NAME(gemm_group)(int64_t count, const struct gemm_args *args)
{
	for (int64_t i = 0; i < count; i++)
		LEVEL_NAME(gemm)(&args[i]);
}
