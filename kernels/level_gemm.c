/* SPDX-License-Identifier: Apache-2.0 */
/* GEMM for expert-sized shapes (contract rule 1), where BLIS spends its time on packing.
 *
 * A register tile of up to TILE_M rows x 2 vectors walks one block of k.  Columns go panel by panel
 * of 2 vectors; a panel of B is copied into contiguous memory when B is not contiguous along a row
 * (B given as a transpose), or when its rows are far apart and many rows of A use it.  Where a
 * panel would leave many lanes idle, C^T = B^T A^T is computed instead.  m and n are cut freely, k
 * only at KB.
 */
#include "kernels/level_functions.h"
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
	/* From this many rows of A, with rows of B this far apart, copying a panel pays: at 2 KiB
	 * and multiples rows of B compete for few sets of the caches. */
	PACK_ROWS = 48,
	PACK_STRIDE = 512,
	STRIP = 8, /* panels copied together, so that memory is read in longer runs */
	/* What an element costs that goes through a transposed block, in multiply-adds. */
	PACK_COST = SIMD_WIDTH == 16 ? 5 : 2,
	STORE_COST = 5,
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
	return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
				       15);
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

/* row[p][j] = the p-th of column j, p < SIMD_BLOCK, p < depth; 0 for columns past `part`. */
static inline __attribute__((always_inline)) void transpose_block(const float *columns,
								  int64_t stride, int64_t part,
								  int64_t depth,
								  simd_f32 row[SIMD_BLOCK])
{
#if SIMD_WIDTH >= 8
	simd_f32 t[8];
	SIMD_UNROLL
	for (int j = 0; j < 8; j++)
		row[j] = block_column(columns, stride, j, part, depth);
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
	simd_f32 c[4], t[4];
	SIMD_UNROLL
	for (int j = 0; j < 4; j++)
		c[j] = block_column(columns, stride, j, part, depth);
	for (int h = 0; h < 2; h++) {
		t[2 * h] = __builtin_shufflevector(c[2 * h], c[2 * h + 1], 0, 4, 1, 5);
		t[2 * h + 1] = __builtin_shufflevector(c[2 * h], c[2 * h + 1], 2, 6, 3, 7);
	}
	for (int h = 0; h < 2; h++) {
		row[2 * h] = __builtin_shufflevector(t[h], t[h + 2], 0, 1, 4, 5);
		row[2 * h + 1] = __builtin_shufflevector(t[h], t[h + 2], 2, 3, 6, 7);
	}
#endif
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

/* A panel of n columns, B packed first where that pays or is needed. */
static inline __attribute__((always_inline)) void run_columns(struct tile *t, int64_t m,
							      int64_t csb, float *packed)
{
	const bool narrow = t->n <= WIDTH;
	const int64_t width = narrow ? WIDTH : PANEL;
	if (csb != 1 || t->n < width || (m >= PACK_ROWS && t->ldb >= PACK_STRIDE)) {
		pack_panel(t->k, t->n, width, t->b, t->ldb, csb, packed);
		t->b = packed;
		t->ldb = width;
	}
	run_panel(t, m, narrow ? narrows : tiles, narrow ? NARROW_M : TILE_M);
}

/* STRIP panels of a B whose rows are far apart. */
static __attribute__((noinline)) void run_strip(struct tile *t, int64_t m)
{
	float packed[STRIP][CONTRACT_KB * PANEL] __attribute__((aligned(64)));
	const float *a = t->a, *b = t->b;
	float *c = t->c;
	for (int64_t p = 0; p < t->k; p++, b += t->ldb)
		for (int s = 0; s < STRIP; s++)
			for (int v = 0; v < PANEL; v += WIDTH)
				simd_store(packed[s] + p * PANEL + v, simd_load(b + s * PANEL + v));
	t->ldb = PANEL;
	for (int s = 0; s < STRIP; s++) {
		t->a = a;
		t->b = packed[s];
		t->c = c + s * PANEL;
		run_panel(t, m, tiles, TILE_M);
	}
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

/* Columns j .. j + n - 1 as rows of C^T = B^T A^T, with vectors along m: the same bits, since the
 * product in fma commutes.  Out of line, so that run_block stays short for all that do not come
 * here. */
static __attribute__((noinline)) void run_swapped(const struct gemm_args *g, int64_t p0, int64_t k,
						  int64_t j, int64_t n, bool accumulate,
						  float *packed)
{
	float sums[PANEL * PANEL] __attribute__((aligned(64)));
	const float *columns = g->b + p0 * g->rsb + j * g->csb;
	for (int64_t i = 0; i < g->m; i += PANEL) {
		int64_t rows = g->m - i < PANEL ? g->m - i : PANEL;
		struct tile t = {.k = k,
				 .a = columns,
				 .rsa = g->csb,
				 .csa = g->rsb,
				 .b = g->a + i * g->rsa + p0 * g->csa,
				 .ldb = g->csa,
				 .c = sums,
				 .ldc = PANEL,
				 .n = rows};
		run_columns(&t, n, g->rsa, packed);
		store_transposed(rows, n, sums, g->c + i * g->ldc + j, g->ldc, accumulate);
	}
}

/* Whole vectors. */
static int64_t whole(int64_t count)
{
	return (count + WIDTH - 1) / WIDTH * WIDTH;
}

/* Whether run_swapped leaves so many lanes fewer idle that it outweighs what it copies. */
static bool swapping_pays(const struct gemm_args *g, int64_t k, int64_t n)
{
	int64_t straight = g->m * whole(n) * k, swapped = n * whole(g->m) * k;
	if (g->rsa != 1)
		swapped += PACK_COST * whole(g->m) * k;
	return swapped + STORE_COST * whole(g->m) * whole(n) < straight;
}

static void run_block(const struct gemm_args *g, int64_t p0, int64_t k, bool accumulate)
{
	float packed[CONTRACT_KB * PANEL] __attribute__((aligned(64)));
	const bool apart = g->csb == 1 && g->m >= PACK_ROWS && g->rsb >= PACK_STRIDE;
	for (int64_t j = 0, n; j < g->n; j += n) {
		n = g->n - j < PANEL ? g->n - j : PANEL;
		const float *b = g->b + p0 * g->rsb + j * g->csb;
		struct tile t = {.k = k,
				 .a = g->a + p0 * g->csa,
				 .rsa = g->rsa,
				 .csa = g->csa,
				 .b = b,
				 .ldb = g->rsb,
				 .c = g->c + j,
				 .ldc = g->ldc,
				 .n = n,
				 .accumulate = accumulate};
		if (apart && g->n - j >= STRIP * PANEL) {
			n = STRIP * PANEL;
			run_strip(&t, g->m);
		} else if (n % WIDTH && swapping_pays(g, k, n))
			run_swapped(g, p0, k, j, n, accumulate, packed);
		else
			run_columns(&t, g->m, g->csb, packed);
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
