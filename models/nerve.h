/* SPDX-License-Identifier: Apache-2.0 */
/* The nerve of the cover by experts: which k experts may meet in one sample, kept as its simplices
 * with exactly k vertices. */
#ifndef SHEAFBENCH_MODELS_NERVE_H
#define SHEAFBENCH_MODELS_NERVE_H

#include <stdbool.h>
#include <stdint.h>

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
/* Whether some simplex has both experts. */
bool nerve_has_edge(const struct nerve *nerve, int64_t i, int64_t j);

#endif
