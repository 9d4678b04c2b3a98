/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of operands for GEMM, and blocks transposed in registers.  Of level_gemm.c alone. */
#ifndef SHEAFBENCH_KERNELS_LEVEL_PACK_H
#define SHEAFBENCH_KERNELS_LEVEL_PACK_H

#include "kernels/level_tile.h"

enum {
	/* A's copy of a tile: row by row, with rows that do not meet in one set of the caches, or
	 * of a k-major A column by column. */
	COPIED_ROW = CONTRACT_KB + 16,
	COLUMN_VECTORS = (TILE_M + WIDTH - 1) / WIDTH,
	COPIED_COLUMN = COLUMN_VECTORS * WIDTH,
	COPIED_BY_ROWS = TILE_M * COPIED_ROW,
	COPIED_BY_COLUMNS = COPIED_COLUMN * CONTRACT_KB,
	COPIED_TILE = COPIED_BY_ROWS > COPIED_BY_COLUMNS ? COPIED_BY_ROWS : COPIED_BY_COLUMNS,
};

/* `depth` elements of column j of `part`, 16 wide also of column j + 8 beside it; zeros elsewhere.
 */
static inline __attribute__((always_inline)) simd_f32
block_column(const float *columns, int64_t stride, int j, int64_t part, int64_t depth)
{
	if (depth > SIMD_BLOCK)
		depth = SIMD_BLOCK;
#if SIMD_WIDTH == 16
	simd_f32x8 low = {0}, high = {0};
	if (j < part)
		low = simd_load_half(columns + j * stride, depth);
	if (j + 8 < part)
		high = simd_load_half(columns + (j + 8) * stride, depth);
	return simd_halves(low, high);
#else
	columns += j * stride;
	if (j < part)
		return depth == WIDTH ? simd_load(columns) : simd_load_part(columns, depth, 0.0f);
	return simd_set(0.0f);
#endif
}

/* Eight of the lanes of two vectors, 0-7 from x and 8-15 from y; 16 wide, in both halves alike. */
#if SIMD_WIDTH == 16
#define LANE(i) ((i) < 8 ? (i) : (i) + 8)
#define LANES8(x, y, a, b, c, d, e, f, g, h)                                                       \
	__builtin_shufflevector(x, y, LANE(a), LANE(b), LANE(c), LANE(d), LANE(e), LANE(f),        \
				LANE(g), LANE(h), LANE(a) + 8, LANE(b) + 8, LANE(c) + 8,           \
				LANE(d) + 8, LANE(e) + 8, LANE(f) + 8, LANE(g) + 8, LANE(h) + 8)
#else
#define LANES8(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#endif

/* row[j] = column j (and j + 8 beside it), SIMD_BLOCK of them, becomes row[p][j] = the p-th of
 * column j. */
static inline __attribute__((always_inline)) void turn_block(simd_f32 row[SIMD_BLOCK])
{
#if SIMD_WIDTH >= 8
	simd_f32 t[8];
	SIMD_UNROLL
	for (int j = 0; j < 8; j += 2) {
		t[j] = LANES8(row[j], row[j + 1], 0, 8, 1, 9, 4, 12, 5, 13);
		t[j + 1] = LANES8(row[j], row[j + 1], 2, 10, 3, 11, 6, 14, 7, 15);
	}
	SIMD_UNROLL
	for (int h = 0; h < 8; h += 4) {
		row[h] = LANES8(t[h], t[h + 2], 0, 1, 8, 9, 4, 5, 12, 13);
		row[h + 1] = LANES8(t[h], t[h + 2], 2, 3, 10, 11, 6, 7, 14, 15);
		row[h + 2] = LANES8(t[h + 1], t[h + 3], 0, 1, 8, 9, 4, 5, 12, 13);
		row[h + 3] = LANES8(t[h + 1], t[h + 3], 2, 3, 10, 11, 6, 7, 14, 15);
	}
	SIMD_UNROLL
	for (int j = 0; j < 4; j++) {
		simd_f32 low = row[j], high = row[j + 4];
		row[j] = LANES8(low, high, 0, 1, 2, 3, 8, 9, 10, 11);
		row[j + 4] = LANES8(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
	}
#else
	simd_f32 t[4];
	for (int h = 0; h < 2; h++) {
		t[2 * h] = __builtin_shufflevector(row[2 * h], row[2 * h + 1], 0, 4, 1, 5);
		t[2 * h + 1] = __builtin_shufflevector(row[2 * h], row[2 * h + 1], 2, 6, 3, 7);
	}
	for (int h = 0; h < 2; h++) {
		row[2 * h] = __builtin_shufflevector(t[h], t[h + 2], 0, 1, 4, 5);
		row[2 * h + 1] = __builtin_shufflevector(t[h], t[h + 2], 2, 3, 6, 7);
	}
#endif
}

/* row[p][j] = the p-th of column j, p < SIMD_BLOCK, p < depth; 0 for columns past `part`. */
static inline __attribute__((always_inline)) void transpose_block(const float *columns,
								  int64_t stride, int64_t part,
								  int64_t depth,
								  simd_f32 row[SIMD_BLOCK])
{
	SIMD_UNROLL
	for (int j = 0; j < SIMD_BLOCK; j++)
		row[j] = block_column(columns, stride, j, part, depth);
	turn_block(row);
}

/* The same of whole columns, by a pointer to every fourth of them. */
static inline __attribute__((always_inline)) void
transpose_whole(const float *const fourth[WIDTH / 4], int64_t stride, simd_f32 row[SIMD_BLOCK])
{
	SIMD_UNROLL
	for (int j = 0; j < SIMD_BLOCK; j++) {
		const float *column = fourth[j / 4] + j % 4 * stride;
#if SIMD_WIDTH == 16
		const float *beside = fourth[j / 4 + 2] + j % 4 * stride;
		row[j] = simd_halves(simd_load_half(column, 8), simd_load_half(beside, 8));
#else
		row[j] = simd_load(column);
#endif
	}
	turn_block(row);
}

/* k x n of a B that is contiguous along k, block by block. */
static void pack_transposed(int64_t k, int64_t n, int64_t width, const float *b, int64_t csb,
			    float *packed)
{
	simd_f32 row[SIMD_BLOCK];
	for (int64_t j = 0; j < width; j += WIDTH) {
		const float *columns = b + j * csb;
		float *to = packed + j;
		int64_t p = 0;
		if (n - j >= WIDTH)
			for (; p + SIMD_BLOCK <= k; p += SIMD_BLOCK) {
				transpose_block(columns + p, csb, WIDTH, SIMD_BLOCK, row);
				SIMD_UNROLL
				for (int i = 0; i < SIMD_BLOCK; i++, to += width)
					simd_store(to, row[i]);
			}
		for (; p < k; p += SIMD_BLOCK) {
			transpose_block(columns + p, csb, n - j, k - p, row);
			SIMD_UNROLL
			for (int i = 0; i < SIMD_BLOCK; i++, to += width)
				if (i < k - p)
					simd_store(to, row[i]);
		}
	}
}

/* k rows of up to one vector of columns, contiguous and at least one of them. */
static void pack_rows(int64_t k, int64_t n, int64_t width, const float *b, int64_t rsb,
		      float *packed)
{
	if (n >= WIDTH)
		for (int64_t p = 0; p < k; p++)
			simd_store(packed + p * width, simd_load(b + p * rsb));
	else
		for (int64_t p = 0; p < k; p++)
			simd_store(packed + p * width, simd_load_part(b + p * rsb, n, 0.0f));
}

/* Copies k x n of B, padded with zeros to `width` columns, whole vectors. */
static void pack_panel(int64_t k, int64_t n, int64_t width, const float *b, int64_t rsb,
		       int64_t csb, float *packed)
{
	if (csb == 1) {
		for (int64_t j = 0; j < width; j += WIDTH)
			pack_rows(k, n - j, width, b + j, rsb, packed + j);
	} else if (rsb == 1) {
		pack_transposed(k, n, width, b, csb, packed);
	} else {
		for (int64_t p = 0; p < k; p++, b += rsb, packed += width)
			for (int64_t j = 0; j < width; j++)
				packed[j] = j < n ? b[j * csb] : 0.0f;
	}
}

/* `panels` whole panels of a B that is contiguous along its rows, side by side: memory is read in
 * longer runs. */
static void pack_strip(int64_t k, int64_t panels, const float *b, int64_t rsb,
		       float (*packed)[CONTRACT_KB * PANEL])
{
	for (int64_t p = 0; p < k; p++, b += rsb)
		for (int64_t s = 0; s < panels; s++)
			for (int v = 0; v < PANEL; v += WIDTH)
				simd_store(packed[s] + p * PANEL + v, simd_load(b + s * PANEL + v));
}

static int64_t columns_of_vector(int64_t n)
{
	return n < 0 ? 0 : n < WIDTH ? n : WIDTH;
}

/* A's rows row .. + rows - 1, with `readable` rows from the first on. */
static void copy_tile(const struct tile *t, int64_t row, int64_t rows, int64_t readable, float *to)
{
	const float *a = t->a + row * t->rsa;
	if (t->rsa != 1) {
		for (int64_t i = 0; i < rows; i++, a += t->rsa)
			memcpy(to + i * COPIED_ROW, a, (size_t)t->k * sizeof *a);
		return;
	}
	for (int64_t p = 0; p < t->k; p++, a += t->csa, to += COPIED_COLUMN)
		for (int v = 0; v < COPIED_COLUMN; v += WIDTH)
			simd_store(to + v,
				   readable >= COPIED_COLUMN
				       ? simd_load(a + v)
				       : simd_load_part(a + v, columns_of_vector(rows - v), 0.0f));
}

/* C (rows x n) = or += the transpose of n x PANEL sums. */
static void store_transposed(int64_t rows, int64_t n, const float *sums, float *c, int64_t ldc,
			     bool accumulate)
{
	simd_f32 row[SIMD_BLOCK];
	for (int64_t i = 0; i < rows; i += SIMD_BLOCK, c += SIMD_BLOCK * ldc)
		for (int64_t j = 0; j < n; j += WIDTH) {
			int64_t part = n - j < WIDTH ? n - j : WIDTH;
			float *to = c + j;
			transpose_block(sums + j * PANEL + i, PANEL, part, SIMD_BLOCK, row);
			SIMD_UNROLL
			for (int p = 0; p < SIMD_BLOCK; p++, to += ldc)
				if (i + p < rows)
					part_store(to, part, accumulate, row[p]);
		}
}

#endif
