/* SPDX-License-Identifier: Apache-2.0 */
#include "models/nerve.h"

#include <string.h> /* memcmp, memcpy, memset */

#include "kernels/random.h"
#include "models/arch.h" /* ARCH_MAX_EXPERTS */

const char *const nerve_kind_names[] = {"complete", "cycle", "explicit", "shuffled", NULL};

static int insert_simplex(struct nerve *nerve, const uint8_t *simplex)
{
	int at = 0;
	while (at < nerve->count && memcmp(nerve->simplex[at], simplex, NERVE_MAX_K) < 0)
		at++;
	if (at < nerve->count && memcmp(nerve->simplex[at], simplex, NERVE_MAX_K) == 0)
		return 0;
	if (nerve->count == NERVE_MAX_SIMPLICES)
		return -1;
	memmove(nerve->simplex[at + 1], nerve->simplex[at],
		(size_t)(nerve->count - at) * NERVE_MAX_K);
	memcpy(nerve->simplex[at], simplex, NERVE_MAX_K);
	nerve->count++;
	return 0;
}

static int nerve_open(struct nerve *nerve, enum nerve_kind kind, int n_experts, int k)
{
	if (n_experts < 1 || n_experts > ARCH_MAX_EXPERTS || k < 1 || k > n_experts ||
	    k > NERVE_MAX_K)
		return -1;
	memset(nerve, 0, sizeof *nerve);
	nerve->kind = kind;
	nerve->n_experts = n_experts;
	nerve->k = k;
	return 0;
}

int nerve_complete(struct nerve *nerve, int n_experts, int k)
{
	struct nerve made;
	if (nerve_open(&made, NERVE_COMPLETE, n_experts, k))
		return -1;
	uint8_t simplex[NERVE_MAX_K] = {0};
	for (int i = 0; i < k && i < NERVE_MAX_K; i++)
		simplex[i] = (uint8_t)i;
	for (;;) {
		if (insert_simplex(&made, simplex))
			return -1;
		int i = k - 1; /* the last vertex that can still move up */
		while (i >= 0 && simplex[i] == n_experts - k + i)
			i--;
		if (i < 0)
			break;
		simplex[i]++;
		for (int j = i + 1; j < k; j++)
			simplex[j] = (uint8_t)(simplex[j - 1] + 1);
	}
	*nerve = made;
	return 0;
}

static void sort_vertices(uint8_t *simplex, int k)
{
	for (int i = 1; i < k; i++)
		for (int j = i; j > 0 && simplex[j - 1] > simplex[j]; j--) {
			uint8_t vertex = simplex[j];
			simplex[j] = simplex[j - 1];
			simplex[j - 1] = vertex;
		}
}

int nerve_cycle(struct nerve *nerve, int n_experts, int k)
{
	struct nerve made;
	if (nerve_open(&made, NERVE_CYCLE, n_experts, k))
		return -1;
	for (int start = 0; start < n_experts; start++) {
		uint8_t simplex[NERVE_MAX_K] = {0};
		for (int i = 0; i < k; i++)
			simplex[i] = (uint8_t)((start + i) % n_experts);
		sort_vertices(simplex, k);
		if (insert_simplex(&made, simplex))
			return -1;
	}
	*nerve = made;
	return 0;
}

int nerve_explicit(struct nerve *nerve, int n_experts, int k,
		   const uint8_t (*simplices)[NERVE_MAX_K], int count)
{
	struct nerve made;
	if (nerve_open(&made, NERVE_EXPLICIT, n_experts, k) || count < 1)
		return -1;
	for (int s = 0; s < count; s++) {
		uint8_t simplex[NERVE_MAX_K] = {0};
		memcpy(simplex, simplices[s], (size_t)k);
		sort_vertices(simplex, k);
		for (int i = 0; i < k; i++)
			if (simplex[i] >= n_experts || (i && simplex[i] == simplex[i - 1]))
				return -1;
		if (insert_simplex(&made, simplex))
			return -1;
	}
	*nerve = made;
	return 0;
}

int nerve_shuffled(struct nerve *nerve, int n_experts, int k, uint64_t seed)
{
	struct nerve all, cycle, made;
	struct random_stream stream;
	int64_t order[NERVE_MAX_SIMPLICES];
	if (nerve_complete(&all, n_experts, k) || nerve_cycle(&cycle, n_experts, k) ||
	    cycle.count == all.count)
		return -1;
	random_open(&stream, seed, "nerve", "shuffled");
	do {
		if (nerve_open(&made, NERVE_SHUFFLED, n_experts, k))
			return -1;
		for (int s = 0; s < all.count; s++)
			order[s] = s;
		random_shuffle(&stream, order, all.count);
		for (int s = 0; s < cycle.count; s++)
			insert_simplex(&made, all.simplex[order[s]]);
	} while (memcmp(made.simplex, cycle.simplex, sizeof made.simplex) == 0);
	*nerve = made;
	return 0;
}

bool nerve_has(const struct nerve *nerve, const uint8_t *chosen)
{
	for (int s = 0; s < nerve->count; s++)
		if (memcmp(nerve->simplex[s], chosen, (size_t)nerve->k) == 0)
			return true;
	return false;
}

bool nerve_has_edge(const struct nerve *nerve, int64_t i, int64_t j)
{
	for (int s = 0; s < nerve->count; s++) {
		bool has_i = false, has_j = false;
		for (int v = 0; v < nerve->k; v++) {
			has_i = has_i || nerve->simplex[s][v] == i;
			has_j = has_j || nerve->simplex[s][v] == j;
		}
		if (has_i && has_j)
			return true;
	}
	return false;
}
