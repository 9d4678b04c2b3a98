/* SPDX-License-Identifier: Apache-2.0 */
/* SoftmaxOnly: T is the k largest p (ties: smaller index). */
#include "models/router.h"

void router_choose_top_k(const float *p, int n_experts, int k, uint8_t *chosen)
{
	bool taken[ARCH_MAX_EXPERTS] = {false};
	for (int i = 0; i < k; i++) {
		int best = 0;
		while (taken[best])
			best++;
		for (int e = best + 1; e < n_experts; e++)
			if (!taken[e] && p[e] > p[best])
				best = e;
		taken[best] = true;
	}
	for (int e = 0, i = 0; e < n_experts; e++)
		if (taken[e])
			chosen[i++] = (uint8_t)e;
}

static void choose(const float *p, const struct nerve *nerve, uint8_t *chosen)
{
	router_choose_top_k(p, nerve->n_experts, nerve->k, chosen);
}

const struct router router_softmax_only = {
    .choose = choose,
    .has_controls = true,
    .is_baseline = true,
};
