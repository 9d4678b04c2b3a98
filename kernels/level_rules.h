/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules in force (kernels/gemm_rules.h) say of a product.  Of level_gemm.c alone. */
#ifndef SHEAFBENCH_KERNELS_LEVEL_RULES_H
#define SHEAFBENCH_KERNELS_LEVEL_RULES_H

#include "kernels/gemm_rules.h"
#include "kernels/level_few.h"

enum {
	/* What an element costs that goes through a transposed block, in multiply-adds. */
	PACK_COST = SIMD_WIDTH == 16 ? 5 : 2,
	STORE_COST = 5,
};

/* Whether copying a panel pays for `rows` rows of A. */
static bool packing_pays(int64_t rows, int64_t stride)
{
	for (int i = 0; i < GEMM_FAR_APART && gemm_rules->far_apart[i].rows > 0; i++)
		if (stride >= gemm_rules->far_apart[i].stride)
			return rows >= gemm_rules->far_apart[i].rows;
	return false;
}

static bool copy_pays(const struct gemm_copy_rule *rule, const struct gemm_args *g, int64_t k,
		      int64_t stride)
{
	const int64_t panels = g->n / PANEL;
	return panels > 0 && stride >= rule->stride && panels >= rule->panels &&
	       g->m >= rule->rows && k >= rule->depth;
}

/* Which operands of a product are copied by the block. */
struct copies {
	bool a, b;
};

static struct copies copies_of(const struct gemm_args *g, int64_t k)
{
	struct copies copies = {false, g->csb == 1 && g->n >= PANEL && packing_pays(g->m, g->rsb)};
	if (g->rsa == 1)
		copies.a = copy_pays(&gemm_rules->k_major, g, k, g->csa);
	else if (g->csa == 1)
		copies.a = copy_pays(g->csb == 1 ? &gemm_rules->row_major : &gemm_rules->transposed,
				     g, k, g->rsa);
	return copies;
}

/* Whole vectors. */
static int64_t whole(int64_t count)
{
	return (count + WIDTH - 1) / WIDTH * WIDTH;
}

/* Whether run_swapped leaves so many lanes fewer idle, or copies so much less, that it outweighs
 * what it adds. */
static bool swapping_pays(const struct gemm_args *g, int64_t k, int64_t n)
{
	int64_t straight = g->m * whole(n) * k, swapped = n * whole(g->m) * k;
	if (gemm_rules->swap != GEMM_SWAP_BY_COST)
		return gemm_rules->swap == GEMM_SWAP_ALWAYS;
	if (g->csb != 1)
		straight += PACK_COST * whole(n) * k;
	if (g->rsa != 1)
		swapped += (is_few(g, n) ? FEW_COST : PACK_COST) * whole(g->m) * k;
	return swapped + STORE_COST * whole(g->m) * whole(n) < straight;
}

#endif
