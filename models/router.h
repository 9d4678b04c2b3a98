/* SPDX-License-Identifier: Apache-2.0 */
/* Routers: from logits to the experts a sample meets and their gates.
 *
 *   p = softmax(z), z = x W + b                     (or through the p-adic codec)
 *   T = chosen experts, k of them
 *   w_e = p_e for e in T, else 0                     (renormalize: w_e = p_e / sum_{T} p)
 *   y = sum_{e in T, ascending} w_e f_e(x)
 *
 * A router is a file (models/router_*.c) that defines its struct router, and a line in
 * models/routers.h.
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
#include "models/routers.h"

/* What decides in the router's place.
 *   random: T uniform over the simplices of the nerve; without a nerve over all sets of k experts;
 *           gates 1/k.
 *   oracle: T by the hidden expert t that made the row.  With a nerve: its simplex t in
 *           lexicographic order, gates 1/k.  Without: expert t with gate 1, and the k - 1 after it
 *           around the cycle with gate 0. */
enum router_control { CONTROL_NONE, CONTROL_RANDOM, CONTROL_ORACLE };
extern const char *const router_control_names[]; /* "none", "random", "oracle" */

struct router_settings {
	enum router_kind kind;
	struct nerve nerve;     /* ignored by a router that has none */
	double overlap_penalty; /* lambda >= 0; 0 without a nerve */
	double balance;         /* coefficient of the Switch balance loss, same in all MoE arms */
	bool renormalize;
	bool codec; /* of a router that has one; false switches it off (a control) */
	struct padic_settings padic;
	enum router_control control; /* of a router that has controls */
};

/* What a router is. */
struct router {
	/* T of one sample, k ascending experts, from its probabilities.  The nerve is that of the
	 * settings; a router without one finds n_experts and k in it and no simplices. */
	void (*choose)(const float *p, const struct nerve *nerve, uint8_t *chosen);
	/* What it has, and with it the keys that an experiment may set. */
	bool has_nerve;    /* T is one of its simplices: nerve, overlap_penalty */
	bool has_codec;    /* z comes through the p-adic codec: padic */
	bool has_controls; /* others may decide in its place: control */
	/* What its arms are compared with, and who with them (harness/tables/comparisons.h). */
	bool is_baseline;             /* all arms are compared with those of this router */
	const struct router *adds_to; /* its arms also with the first of that one; NULL: none */
};

#define ROUTER_DECLARATION(kind, description, name) extern const struct router description;
ROUTERS(ROUTER_DECLARATION)

const struct router *router_of(enum router_kind kind);

/* The k largest p, ties to the smaller index. */
void router_choose_top_k(const float *p, int n_experts, int k, uint8_t *chosen);
/* The simplex with the largest sum of p, the sum taken exactly (ties: lexicographic); on a complete
 * nerve this is the same choice. */
void router_choose_simplex(const float *p, const struct nerve *nerve, uint8_t *chosen);

#endif
