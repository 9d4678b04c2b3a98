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
#include "models/nerve.h"

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
