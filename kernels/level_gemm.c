/* SPDX-License-Identifier: Apache-2.0 */
/* GEMM for expert-sized shapes (contract rule 1), where BLIS spends its time on packing, and for
 * larger ones.
 *
 * A register tile of up to TILE_M rows x 2 vectors walks one block of k.  Columns go panel by panel
 * of 2 vectors.  Operands are read where they lie but for these:
 *  - a panel of B is copied when B is not contiguous along a row (given as a transpose), or when
 * its rows are far apart and many rows of A use it;
 *  - rows of A are copied, once for all panels, when what a tile reads of them is far apart;
 *  - where a panel would leave many lanes idle, or B's transpose is more work than A's,
 *    C^T = B^T A^T is computed instead: the same bits, since the product in fma commutes.
 * m and n are cut freely, k only at KB. */
#include "kernels/level_functions.h"
#include "kernels/level_pack.h"
#include "kernels/level_rules.h"

enum {
	STRIP = 8,              /* panels copied together, so that memory is read in longer runs */
	A_TILES = 516 / TILE_M, /* copied at a time */
	SWAP_ROWS = 24,         /* of C^T at a time: whole tiles, of one vector or two */
};

/* Part `index` of `parts` of nearly equal height: a last tile of one row would cost as much as a
 * full one. */
static int64_t rows_of_tile(int64_t left, int64_t tiles_left)
{
	return (left + tiles_left - 1) / tiles_left;
}

/* A panel, its B in place; leaves t past the last row. */
static inline __attribute__((always_inline)) void run_panel(struct tile *t, int64_t m)
{
	const bool narrow = t->n <= WIDTH;
	const int64_t tallest = narrow ? NARROW_M : TILE_M;
	tile_function *const *functions = narrow ? narrows[t->rsa == 1] : tiles[t->rsa == 1];
	for (int64_t left = m, count = (m + tallest - 1) / tallest; left > 0; count--) {
		const int64_t rows = rows_of_tile(left, count);
		functions[rows](t);
		t->a += rows * t->rsa;
		t->c += rows * t->ldc;
		left -= rows;
	}
}

/* Copies a panel's B, t->n columns, where that pays for m rows of A or is needed. */
static inline __attribute__((always_inline)) void place_panel(struct tile *t, int64_t m,
							      int64_t csb, float *packed)
{
	const int64_t width = t->n <= WIDTH ? WIDTH : PANEL;
	if (csb != 1 || t->n < width || packing_pays(m, t->ldb)) {
		pack_panel(t->k, t->n, width, t->b, t->ldb, csb, packed);
		t->b = packed;
		t->ldb = width;
	}
}

/* A strip of panels, its B in place, by m rows, those of A copied to `copied` (NULL: read where
 * they lie), now where `fresh`. */
struct strip {
	int64_t panels;
	const float *b;
	int64_t ldb, next; /* from panel to panel */
	float (*copied)[COPIED_TILE];
	bool fresh;
};

static void run_strip(const struct strip *strip, const struct tile *block, int64_t m)
{
	tile_function *const *functions = tiles[block->rsa == 1];
	struct tile t = *block;
	t.ldb = strip->ldb;
	if (strip->copied) {
		t.rsa = block->rsa == 1 ? 1 : COPIED_ROW;
		t.csa = block->rsa == 1 ? COPIED_COLUMN : 1;
	}
	int64_t left = m;
	for (int64_t count = (m + TILE_M - 1) / TILE_M, i = 0; left > 0; i++) {
		const int64_t row = m - left, rows = rows_of_tile(left, count - i);
		t.a = block->a + row * block->rsa;
		if (strip->fresh)
			copy_tile(block, row, rows, left, strip->copied[i]);
		if (strip->copied)
			t.a = strip->copied[i];
		for (int64_t s = 0; s < strip->panels; s++) {
			t.b = strip->b + s * strip->next;
			t.c = block->c + row * t.ldc + s * PANEL;
			functions[rows](&t);
		}
		left -= rows;
	}
}

/* Up to A_TILES tiles of rows, m, by `panels` whole panels: one strip of panels after the other, so
 * that B's copy is read many times while it is near; A's copy is made for the first and serves
 * all. */
static void run_rows(const struct gemm_args *g, struct copies copies, const struct tile *block,
		     int64_t m, int64_t panels)
{
	float b[STRIP][CONTRACT_KB * PANEL] __attribute__((aligned(64)));
	float a[A_TILES][COPIED_TILE] __attribute__((aligned(64)));
	/* A transposed panel is used at once, while it is in the nearest cache. */
	const int64_t most = g->csb == 1 ? STRIP : 1;
	for (int64_t j = 0, count; j < panels; j += count) {
		count = panels - j < most ? panels - j : most;
		struct tile t = *block;
		t.b += j * PANEL * g->csb;
		t.c += j * PANEL;
		struct strip strip = {count,
				      b[0],
				      PANEL,
				      CONTRACT_KB * PANEL,
				      copies.a ? a : NULL,
				      copies.a && j == 0};
		if (g->csb != 1) {
			pack_panel(t.k, PANEL, PANEL, t.b, g->rsb, g->csb, b[0]);
		} else if (copies.b) {
			pack_strip(t.k, count, t.b, g->rsb, b);
		} else {
			strip.b = t.b;
			strip.ldb = g->rsb;
			strip.next = PANEL;
		}
		run_strip(&strip, &t, m);
	}
}

static __attribute__((noinline)) void run_copied(const struct gemm_args *g, struct copies copies,
						 struct tile *block, int64_t panels)
{
	const int64_t most = A_TILES * TILE_M;
	for (int64_t i = 0; i < g->m; i += most) {
		run_rows(g, copies, block, g->m - i < most ? g->m - i : most, panels);
		block->a += most * g->rsa;
		block->c += most * g->ldc;
	}
}

/* `n` columns of C as rows of C^T = B^T A^T, with vectors along m.  Out of line, so that run_block
 * stays short for all that do not come here. */
static __attribute__((noinline)) void run_swapped(const struct gemm_args *g,
						  const struct tile *block, int64_t n)
{
	float packed[CONTRACT_KB * PANEL] __attribute__((aligned(64)));
	float sums[SWAP_ROWS * PANEL] __attribute__((aligned(64)));
	if (is_few(g, n)) {
		run_few(g, block, n);
		return;
	}
	for (int64_t i = 0; i < g->m; i += PANEL) {
		struct tile t = {.k = block->k,
				 .rsa = g->csb,
				 .csa = g->rsb,
				 .b = block->a + i * g->rsa,
				 .ldb = g->csa,
				 .c = sums,
				 .ldc = PANEL,
				 .n = g->m - i < PANEL ? g->m - i : PANEL};
		place_panel(&t, n, g->rsa, packed);
		for (int64_t j = 0; j < n; j += SWAP_ROWS) {
			const int64_t columns = n - j < SWAP_ROWS ? n - j : SWAP_ROWS;
			t.a = block->b + j * g->csb;
			t.c = sums;
			run_panel(&t, columns);
			store_transposed(t.n, columns, sums, block->c + i * block->ldc + j,
					 block->ldc, block->accumulate);
		}
	}
}

/* Columns j .. + n - 1 of C for all rows and k of the block from p0 on.  Field by field: a tile
 * copied as a whole is read before its parts have arrived. */
static inline struct tile tile_of(const struct gemm_args *g, int64_t p0, int64_t k, int64_t j,
				  int64_t n, bool accumulate)
{
	return (struct tile){.k = k,
			     .a = g->a + p0 * g->csa,
			     .rsa = g->rsa,
			     .csa = g->csa,
			     .b = g->b + p0 * g->rsb + j * g->csb,
			     .ldb = g->rsb,
			     .c = g->c + j,
			     .ldc = g->ldc,
			     .n = n,
			     .accumulate = accumulate};
}

static void run_block(const struct gemm_args *g, int64_t p0, int64_t k, bool accumulate)
{
	float packed[CONTRACT_KB * PANEL] __attribute__((aligned(64)));
	const struct copies copies = copies_of(g, k);
	int64_t j = 0;
	if (copies.a || copies.b) {
		struct tile t = tile_of(g, p0, k, 0, PANEL, accumulate);
		j = g->n / PANEL * PANEL;
		run_copied(g, copies, &t, j / PANEL);
	}
	for (int64_t n; j < g->n; j += n) {
		const int64_t left = g->n - j;
		n = left < PANEL ? left : PANEL;
		const int64_t swapped = g->csb == 1 ? n : left;
		struct tile t = tile_of(g, p0, k, j, n, accumulate);
		if ((g->csb != 1 || n % WIDTH) && swapping_pays(g, k, swapped)) {
			run_swapped(g, &t, swapped);
			return;
		}
		place_panel(&t, g->m, g->csb, packed);
		run_panel(&t, g->m);
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
