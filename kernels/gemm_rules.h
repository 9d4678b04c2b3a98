/* SPDX-License-Identifier: Apache-2.0 */
/* Which way GEMM takes, as data: what is copied before it is used, and where C^T is computed.
 *
 * Every way has the same bits (contract rule 1: only the order along k counts), so the rules decide
 * about time alone; what they should be depends on caches and on how far a CPU fetches ahead.  Each
 * set was measured on CPUs of its vendor: `sheafbench bench-rules` measures every way of a product
 * and says what the rules lose to the best one (docs/BENCHMARKING.md, results/gemm_rules/). */
#ifndef SHEAFBENCH_KERNELS_GEMM_RULES_H
#define SHEAFBENCH_KERNELS_GEMM_RULES_H

#include <stdint.h>

/* Strides in floats, panels of two vectors of B's columns, rows of A, elements along k. */
struct gemm_copy_rule {
	int64_t stride, panels, rows, depth; /* copied from all four on */
};

enum { GEMM_FAR_APART = 4 };

enum gemm_swap { GEMM_SWAP_BY_COST, GEMM_SWAP_ALWAYS, GEMM_SWAP_NEVER };

struct gemm_rules {
	const char *name;
	/* A, copied once for all panels: k-major; along k beside a B that is not; along k beside a
	 * B that is, too, and is transposed panel by panel. */
	struct gemm_copy_rule k_major, row_major, transposed;
	/* A panel of B whose rows are `stride` or more apart: from `rows` rows of A on.  The first
	 * that fits, the widest stride first. */
	struct {
		int64_t stride, rows;
	} far_apart[GEMM_FAR_APART];
	enum gemm_swap swap; /* C^T = B^T A^T */
};

/* Those of the CPUs that are known. */
enum { GEMM_RULES = 2 };
extern const struct gemm_rules gemm_rules_known[GEMM_RULES];
/* Those in force; any may be put in force between two products. */
extern const struct gemm_rules *gemm_rules;

/* Of this CPU's vendor, or the first. */
const struct gemm_rules *gemm_rules_of_cpu(void);

#endif
