/* SPDX-License-Identifier: Apache-2.0 */
/* Routers: from logits to the experts a sample meets and their gates.
 *
 *   p = softmax(z), z = x W + b                     (SheafPadic: through the p-adic codec)
 *   T = chosen experts, k of them
 *   w_e = p_e for e in T, else 0                     (renormalize: w_e = p_e / sum_{T} p)
 *   y = sum_{e in T, ascending} w_e f_e(x)
 *
 * SoftmaxOnly: T = the k largest p (ties: smaller index).
 * SheafOnly, SheafPadic: T = the simplex of the nerve with k vertices and the largest sum of p, the
 * sum taken exactly (ties: lexicographic); on a complete nerve this is the same choice.
 * Definitions: docs/ROUTERS.md. */
#ifndef SHEAFBENCH_MODELS_ROUTER_H
#define SHEAFBENCH_MODELS_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/padic.h"
#include "models/arch.h"

/* The nerve of the cover by experts, kept as its simplices with exactly k vertices. */
enum nerve_kind { NERVE_COMPLETE, NERVE_CYCLE, NERVE_EXPLICIT };
extern const char *const nerve_kind_names[]; /* "complete", "cycle", "explicit" */

enum { NERVE_MAX_SIMPLICES = 256, NERVE_MAX_K = 8 };

struct nerve {
	enum nerve_kind kind;
	int n_experts, k;
	int count;
	uint8_t simplex[NERVE_MAX_SIMPLICES]
		       [NERVE_MAX_K]; /* vertices ascending; rows lexicographic, distinct */
};

/* All k-subsets / the n windows of k consecutive experts around the cycle.  Return 0, or -1 when
 * that is not possible (k > n, too many simplices). */
int nerve_complete(struct nerve *nerve, int n_experts, int k);
int nerve_cycle(struct nerve *nerve, int n_experts, int k);
/* From a list of simplices (any order, may repeat); every one must have k distinct vertices < n. */
int nerve_explicit(struct nerve *nerve, int n_experts, int k,
		   const uint8_t (*simplices)[NERVE_MAX_K], int count);

struct router_settings {
	enum router_kind kind;
	struct nerve nerve;     /* ignored by SoftmaxOnly, which has no nerve */
	double overlap_penalty; /* lambda >= 0; SoftmaxOnly: 0 */
	double balance;         /* coefficient of the Switch balance loss, same in all MoE arms */
	bool renormalize;
	bool codec; /* SheafPadic: false switches the codec off (a control) */
	struct padic_settings padic;
};

/* T for one sample: k ascending expert indices. */
void router_choose_top_k(const float *p, int n_experts, int k, uint8_t *chosen);
void router_choose_simplex(const float *p, const struct nerve *nerve, uint8_t *chosen);

#endif
