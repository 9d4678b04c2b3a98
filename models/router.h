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
 *
 * Controls replace z and p: the caller says which T a row meets, p is the gates themselves, and the
 * router's parameters, still there so that arms have equal counts, compute nothing.
 * Definitions: docs/ROUTERS.md. */
#ifndef SHEAFBENCH_MODELS_ROUTER_H
#define SHEAFBENCH_MODELS_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/padic.h"
#include "models/arch.h"

/* The nerve of the cover by experts, kept as its simplices with exactly k vertices. */
enum nerve_kind { NERVE_COMPLETE, NERVE_CYCLE, NERVE_EXPLICIT, NERVE_SHUFFLED };
extern const char *const nerve_kind_names[]; /* "complete", "cycle", "explicit", "shuffled" */

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
/* As many simplices as the cycle has, drawn from all by the stream (seed, "nerve", "shuffled"):
 * the first of the shuffled list, again until they are not the cycle's.  -1 also where the cycle
 * has every simplex, so that there is no other set. */
int nerve_shuffled(struct nerve *nerve, int n_experts, int k, uint64_t seed);
bool nerve_has(const struct nerve *nerve, const uint8_t *chosen); /* k ascending vertices */

/* What decides in the router's place.
 *   random: T uniform over the simplices of the nerve (SoftmaxOnly: over all k experts), gates 1/k.
 *   oracle: T by the hidden expert t that made the row.  SheafOnly: simplex t of the nerve in
 *           lexicographic order, gates 1/k.  SoftmaxOnly: expert t with gate 1, and the k - 1 after
 *           it around the cycle with gate 0. */
enum router_control { CONTROL_NONE, CONTROL_RANDOM, CONTROL_ORACLE };
extern const char *const router_control_names[]; /* "none", "random", "oracle" */

struct router_settings {
	enum router_kind kind;
	struct nerve nerve;     /* ignored by SoftmaxOnly, which has no nerve */
	double overlap_penalty; /* lambda >= 0; SoftmaxOnly: 0 */
	double balance;         /* coefficient of the Switch balance loss, same in all MoE arms */
	bool renormalize;
	bool codec; /* SheafPadic: false switches the codec off (a control) */
	struct padic_settings padic;
	enum router_control control; /* not of SheafPadic, whose codec would have nothing to do */
};

/* T for one sample: k ascending expert indices. */
void router_choose_top_k(const float *p, int n_experts, int k, uint8_t *chosen);
void router_choose_simplex(const float *p, const struct nerve *nerve, uint8_t *chosen);

#endif
