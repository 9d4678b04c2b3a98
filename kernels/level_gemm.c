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
#if SIMD_WIDTH == 16
	TILE_M = 12, /* 24 sums + 2 of B of 32 registers, A from memory */
#elif defined(__aarch64__)
	TILE_M = 12,
#else
	TILE_M = 6, /* 12 sums + 2 of B + 1 of A of 16 registers */
#endif
	PACK_ROWS = 2 * TILE_M, /* from this many rows copying a panel pays */
};

struct tile {
	int64_t k;
	const float *a;
	int64_t rsa, csa;
	const float *b; /* rows of a panel, contiguous */
	int64_t ldb;
	float *c;
	int64_t ldc;
	int64_t n;       /* columns of the panel in use, 1 .. PANEL */
	bool accumulate; /* add to c */
	bool padded;     /* a row of b can be read to the full panel */
};

static inline __attribute__((always_inline)) void tile_store(const struct tile *t, float *c,
							     simd_f32 low, simd_f32 high)
{
	int64_t first = t->n < WIDTH ? t->n : WIDTH, second = t->n - first;
	if (t->n == PANEL) {
		simd_store(c, t->accumulate ? simd_load(c) + low : low);
		simd_store(c + WIDTH, t->accumulate ? simd_load(c + WIDTH) + high : high);
		return;
	}
	simd_store_part(c, first, t->accumulate ? simd_load_part(c, first, 0.0f) + low : low);
	if (second > 0)
		simd_store_part(c + WIDTH, second,
				t->accumulate ? simd_load_part(c + WIDTH, second, 0.0f) + high
					      : high);
}

/* rows is a constant wherever this is inlined, so that the sums live in registers. */
static inline __attribute__((always_inline)) void tile_run(const struct tile *t, const int rows)
{
	simd_f32 low[TILE_M], high[TILE_M];
	for (int i = 0; i < rows; i++)
		low[i] = high[i] = simd_set(0.0f);
	const float *a = t->a, *b = t->b;
	const int64_t rsa = t->rsa, csa = t->csa, ldb = t->ldb;
	if (t->padded || t->n == PANEL) {
		for (int64_t p = 0; p < t->k; p++, a += csa, b += ldb) {
			simd_f32 b0 = simd_load(b), b1 = simd_load(b + WIDTH);
			for (int i = 0; i < rows; i++) {
				simd_f32 ai = simd_set(a[i * rsa]);
				low[i] = simd_fma(ai, b0, low[i]);
				high[i] = simd_fma(ai, b1, high[i]);
			}
		}
	} else {
		int64_t first = t->n < WIDTH ? t->n : WIDTH, second = t->n - first;
		for (int64_t p = 0; p < t->k; p++, a += csa, b += ldb) {
			simd_f32 b0 = simd_load_part(b, first, 0.0f);
			simd_f32 b1 =
			    second > 0 ? simd_load_part(b + WIDTH, second, 0.0f) : simd_set(0.0f);
			for (int i = 0; i < rows; i++) {
				simd_f32 ai = simd_set(a[i * rsa]);
				low[i] = simd_fma(ai, b0, low[i]);
				high[i] = simd_fma(ai, b1, high[i]);
			}
		}
	}
	for (int i = 0; i < rows; i++)
		tile_store(t, t->c + i * t->ldc, low[i], high[i]);
}

/* One vector wide, for panels that fill no more than that. */
static inline __attribute__((always_inline)) void narrow_run(const struct tile *t, const int rows)
{
	simd_f32 sum[TILE_M];
	for (int i = 0; i < rows; i++)
		sum[i] = simd_set(0.0f);
	const float *a = t->a, *b = t->b;
	const int64_t rsa = t->rsa, csa = t->csa, ldb = t->ldb;
	if (t->padded || t->n == WIDTH) {
		for (int64_t p = 0; p < t->k; p++, a += csa, b += ldb) {
			simd_f32 b0 = simd_load(b);
			for (int i = 0; i < rows; i++)
				sum[i] = simd_fma(simd_set(a[i * rsa]), b0, sum[i]);
		}
	} else {
		for (int64_t p = 0; p < t->k; p++, a += csa, b += ldb) {
			simd_f32 b0 = simd_load_part(b, t->n, 0.0f);
			for (int i = 0; i < rows; i++)
				sum[i] = simd_fma(simd_set(a[i * rsa]), b0, sum[i]);
		}
	}
	for (int i = 0; i < rows; i++) {
		float *c = t->c + i * t->ldc;
		simd_store_part(c, t->n,
				t->accumulate ? simd_load_part(c, t->n, 0.0f) + sum[i] : sum[i]);
	}
}

typedef void tile_function(const struct tile *);
#define TILE(rows)                                                                                 \
	static void tile_##rows(const struct tile *t)                                              \
	{                                                                                          \
		tile_run(t, rows);                                                                 \
	}                                                                                          \
	static void narrow_##rows(const struct tile *t)                                            \
	{                                                                                          \
		narrow_run(t, rows);                                                               \
	}
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
#if SIMD_WIDTH == 16 || defined(__aarch64__)
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
static tile_function *const tiles[TILE_M + 1] = {NULL,    tile_1,  tile_2, tile_3, tile_4,
						 tile_5,  tile_6,  tile_7, tile_8, tile_9,
						 tile_10, tile_11, tile_12};
static tile_function *const narrows[TILE_M + 1] = {
    NULL,     narrow_1, narrow_2, narrow_3,  narrow_4,  narrow_5, narrow_6,
    narrow_7, narrow_8, narrow_9, narrow_10, narrow_11, narrow_12};
#else
static tile_function *const tiles[TILE_M + 1] = {NULL,   tile_1, tile_2, tile_3,
						 tile_4, tile_5, tile_6};
static tile_function *const narrows[TILE_M + 1] = {NULL,     narrow_1, narrow_2, narrow_3,
						   narrow_4, narrow_5, narrow_6};
#endif

/* A square block of a transposed B: `column` of them `stride` apart, each contiguous along k. */
static inline void transpose_block(const float *columns, int64_t stride, float *rows, int64_t width)
{
#if SIMD_WIDTH >= 8
	simd_f32x8 c[8], t[8];
	for (int j = 0; j < 8; j++)
		memcpy(&c[j], columns + j * stride, sizeof c[j]);
	for (int j = 0; j < 8; j += 2) {
		t[j] = __builtin_shufflevector(c[j], c[j + 1], 0, 8, 1, 9, 4, 12, 5, 13);
		t[j + 1] = __builtin_shufflevector(c[j], c[j + 1], 2, 10, 3, 11, 6, 14, 7, 15);
	}
	for (int h = 0; h < 8; h += 4)
		for (int j = 0; j < 2; j++) {
			c[h + 2 * j] = __builtin_shufflevector(t[h + j], t[h + j + 2], 0, 1, 8, 9,
							       4, 5, 12, 13);
			c[h + 2 * j + 1] = __builtin_shufflevector(t[h + j], t[h + j + 2], 2, 3, 10,
								   11, 6, 7, 14, 15);
		}
	for (int j = 0; j < 4; j++) {
		t[j] = __builtin_shufflevector(c[j], c[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
		t[j + 4] = __builtin_shufflevector(c[j], c[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
	}
	for (int p = 0; p < 8; p++)
		memcpy(rows + p * width, &t[p], sizeof t[p]);
#else
	for (int p = 0; p < SIMD_BLOCK; p++)
		for (int j = 0; j < SIMD_BLOCK; j++)
			rows[p * width + j] = columns[j * stride + p];
#endif
}

/* k x n of a B that is contiguous along k, square block by square block. */
static void pack_transposed(int64_t k, int64_t n, int64_t width, const float *b, int64_t csb,
			    float *packed)
{
	for (int64_t j = 0; j < n; j += SIMD_BLOCK) {
		int64_t part = n - j < SIMD_BLOCK ? n - j : SIMD_BLOCK, p = 0;
		for (; part == SIMD_BLOCK && p + SIMD_BLOCK <= k; p += SIMD_BLOCK)
			transpose_block(b + j * csb + p, csb, packed + p * width + j, width);
		for (; p < k; p++)
			for (int64_t i = 0; i < part; i++)
				packed[p * width + j + i] = b[(j + i) * csb + p];
	}
}

/* Copies k x n of B, padded with zeros to `width` columns. */
static void pack_panel(int64_t k, int64_t n, int64_t width, const float *b, int64_t rsb,
		       int64_t csb, float *packed)
{
	if (csb == 1 && n == width) {
		/* Whole vectors: memcpy's call would cost as much as the copy. */
		for (int64_t p = 0; p < k; p++)
			for (int64_t j = 0; j < width; j += WIDTH)
				simd_store(packed + p * width + j, simd_load(b + p * rsb + j));
		return;
	}
	if (rsb == 1) {
		pack_transposed(k, n, width, b, csb, packed);
	} else {
		for (int64_t p = 0; p < k; p++)
			for (int64_t j = 0; j < n; j++)
				packed[p * width + j] = b[p * rsb + j * csb];
	}
	for (int64_t p = 0; n < width && p < k; p++)
		for (int64_t j = n; j < width; j++)
			packed[p * width + j] = 0.0f;
}

static void run_panel(struct tile *t, int64_t m, tile_function *const *functions)
{
	const float *a = t->a;
	float *c = t->c;
	/* Tiles of nearly equal height: a last tile of one row would cost as much as a full one. */
	for (int64_t left = m, tiles_left = (m + TILE_M - 1) / TILE_M; left > 0; tiles_left--) {
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
		struct tile t = {k, g->a + p0 * g->csa, g->rsa, g->csa, b, g->rsb, g->c + j, g->ldc,
				 n, accumulate,         false};
		if (g->csb != 1 || g->m >= PACK_ROWS) {
			pack_panel(k, n, width, b, g->rsb, g->csb, packed);
			t.b = packed;
			t.ldb = width;
			t.padded = true;
		}
		run_panel(&t, g->m, narrow ? narrows : tiles);
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
