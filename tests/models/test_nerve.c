/* SPDX-License-Identifier: Apache-2.0 */
/* Nerves and the choice of experts by probabilities alone: simplices, top-k, ties. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/random.h"
#include "models/arch.h"
#include "models/router.h"

enum { CASES = 100000 };

static int below(struct random_stream *stream, int bound)
{
	return (int)random_below(stream, (uint64_t)bound);
}

/* Probabilities with ties, zeros, subnormals and values whose rounded sums would tie. */
static void draw_probabilities(struct random_stream *stream, int n, float *p)
{
	int kind = below(stream, 4);
	float sum = 0.0f;
	for (int e = 0; e < n; e++) {
		float u = random_unit_float(stream);
		if (kind == 0)
			p[e] = u;
		else if (kind == 1)
			p[e] = (float)below(stream, 3); /* ties */
		else if (kind == 2)
			p[e] = ldexpf(u, -below(stream, 150)); /* tiny beside large */
		else
			p[e] = 1.0f + (float)below(stream, 4) * 0x1p-23f; /* neighbours */
		sum += p[e];
	}
	for (int e = 0; kind == 0 && e < n; e++)
		p[e] /= sum;
	for (int e = 0; kind == 3 && e < n; e++)
		p[e] *= 0x1p-2f;
}

/* The definition of top-k: sorted by larger value, then smaller index. */
static void sorted_top_k(const float *p, int n, int k, uint8_t *chosen)
{
	int count = 0;
	for (int e = 0; e < n; e++) {
		int before = 0;
		for (int other = 0; other < n; other++)
			before += p[other] > p[e] || (p[other] == p[e] && other < e);
		if (before < k)
			chosen[count++] = (uint8_t)e;
	}
	assert_int_equal(count, k);
}

static void test_complete_is_top_k(void **state)
{
	(void)state;
	struct random_stream stream;
	random_open(&stream, 1, "test", "complete");
	for (int i = 0; i < CASES; i++) {
		int n = 1 + below(&stream, i % 50 ? 6 : 9), k = 1 + below(&stream, n < 4 ? n : 4);
		float p[ARCH_MAX_EXPERTS];
		uint8_t sorted[8] = {0}, top[8] = {0}, simplex[8] = {0};
		struct nerve nerve;
		draw_probabilities(&stream, n, p);
		assert_int_equal(nerve_complete(&nerve, n, k), 0);
		sorted_top_k(p, n, k, sorted);
		router_choose_top_k(p, n, k, top);
		router_choose_simplex(p, &nerve, simplex);
		assert_memory_equal(top, sorted, 8);
		assert_memory_equal(simplex, sorted, 8);
	}
}

/* Values below 2^24 units make binary64 sums exact. */
static int best_simplex(const float *p, const struct nerve *nerve)
{
	int best = 0;
	double largest = -1.0;
	for (int s = 0; s < nerve->count; s++) {
		double sum = 0.0;
		for (int i = 0; i < nerve->k; i++)
			sum += (double)p[nerve->simplex[s][i]];
		if (sum > largest) {
			largest = sum;
			best = s;
		}
	}
	return best;
}

static void test_simplex_choice(void **state)
{
	(void)state;
	struct random_stream stream;
	random_open(&stream, 1, "test", "simplex");
	for (int i = 0; i < CASES; i++) {
		int n = 2 + below(&stream, 6), k = 1 + below(&stream, n < 3 ? n : 3);
		uint8_t list[6][NERVE_MAX_K] = {{0}}, chosen[NERVE_MAX_K] = {0};
		int count = 1 + below(&stream, 6);
		for (int s = 0; s < count; s++) {
			int first = below(&stream, n);
			for (int j = 0; j < k; j++)
				list[s][j] =
				    (uint8_t)((first + j * (k == 2 ? 1 + s % (n - 1) : 1)) % n);
		}
		struct nerve nerve;
		const uint8_t(*given)[NERVE_MAX_K] = (const uint8_t(*)[NERVE_MAX_K])list;
		assert_int_equal(i % 2 ? nerve_cycle(&nerve, n, k)
				       : nerve_explicit(&nerve, n, k, given, count),
				 0);
		float p[8];
		for (int e = 0; e < n; e++)
			p[e] = (float)below(&stream, i % 3 ? 4 : 1 << 24) * 0x1p-24f;
		router_choose_simplex(p, &nerve, chosen);
		/* In the nerve, and the best of it: the first in lexicographic order on a tie. */
		assert_memory_equal(chosen, nerve.simplex[best_simplex(p, &nerve)], NERVE_MAX_K);
	}
}

static void test_tie_rules(void **state)
{
	(void)state;
	struct nerve cycle;
	uint8_t chosen[2];
	const float equal[4] = {0.25f, 0.25f, 0.25f, 0.25f};
	const float diagonal[4] = {0.4f, 0.1f, 0.4f, 0.1f};
	const float last[4] = {0.4f, 0.05f, 0.05f, 0.5f};
	assert_int_equal(nerve_cycle(&cycle, 4, 2), 0);
	router_choose_simplex(equal, &cycle, chosen);
	assert_memory_equal(chosen, "\0\1", 2);
	router_choose_simplex(diagonal, &cycle, chosen); /* 02 is forbidden; the others tie */
	assert_memory_equal(chosen, "\0\1", 2);
	router_choose_top_k(diagonal, 4, 2, chosen);
	assert_memory_equal(chosen, "\0\2", 2);
	router_choose_simplex(last, &cycle, chosen);
	assert_memory_equal(chosen, "\0\3", 2);
}

static void test_nerves(void **state)
{
	(void)state;
	struct nerve nerve;
	assert_int_equal(nerve_complete(&nerve, 4, 2), 0);
	assert_int_equal(nerve.count, 6);
	assert_int_equal(nerve_complete(&nerve, 10, 5), 0);
	assert_int_equal(nerve.count, 252);
	for (int s = 1; s < nerve.count; s++)
		assert_true(memcmp(nerve.simplex[s - 1], nerve.simplex[s], NERVE_MAX_K) < 0);
	static const uint8_t ring[4][2] = {{0, 1}, {0, 3}, {1, 2}, {2, 3}};
	assert_int_equal(nerve_cycle(&nerve, 4, 2), 0);
	assert_int_equal(nerve.count, 4);
	for (int s = 0; s < 4; s++)
		assert_memory_equal(nerve.simplex[s], ring[s], 2);
	assert_int_equal(nerve_cycle(&nerve, 2, 2), 0);
	assert_int_equal(nerve.count, 1);
	static const uint8_t repeated[3][NERVE_MAX_K] = {{3, 2}, {1, 0}, {2, 3}};
	assert_int_equal(nerve_explicit(&nerve, 4, 2, repeated, 3), 0);
	assert_int_equal(nerve.count, 2);
	assert_memory_equal(nerve.simplex[0], "\0\1", 2);
	assert_memory_equal(nerve.simplex[1], "\2\3", 2);
	/* Refused, and what was there stays. */
	static const uint8_t same[1][NERVE_MAX_K] = {{1, 1}}, outside[1][NERVE_MAX_K] = {{1, 4}};
	assert_int_equal(nerve_explicit(&nerve, 4, 2, same, 1), -1);
	assert_int_equal(nerve_explicit(&nerve, 4, 2, outside, 1), -1);
	assert_int_equal(nerve_explicit(&nerve, 4, 2, repeated, 0), -1);
	assert_int_equal(nerve_complete(&nerve, 11, 5), -1);
	assert_int_equal(nerve_complete(&nerve, 3, 4), -1);
	assert_int_equal(nerve_complete(&nerve, 3, 0), -1);
	assert_int_equal(nerve_cycle(&nerve, 17, 2), -1);
	assert_int_equal(nerve_cycle(&nerve, 16, 9), -1);
	assert_int_equal(nerve.count, 2);
}

/* As many simplices as the cycle, all of them possible, never the cycle, another set by seed. */
static void test_shuffled_nerve(void **state)
{
	(void)state;
	int different = 0;
	for (uint64_t seed = 0; seed < 300; seed++) {
		int n = 5 + (int)(seed % 4), k = 2 + (int)(seed % 2);
		struct nerve nerve, again, next, cycle, complete;
		assert_int_equal(nerve_shuffled(&nerve, n, k, seed), 0);
		assert_int_equal(nerve_shuffled(&again, n, k, seed), 0);
		assert_memory_equal(&nerve, &again, sizeof nerve);
		assert_int_equal(nerve_cycle(&cycle, n, k), 0);
		assert_int_equal(nerve_complete(&complete, n, k), 0);
		assert_int_equal(nerve.count, cycle.count);
		assert_memory_not_equal(nerve.simplex, cycle.simplex, sizeof nerve.simplex);
		for (int s = 0; s < nerve.count; s++) {
			assert_true(nerve_has(&complete, nerve.simplex[s]));
			assert_true(nerve_has(&nerve, nerve.simplex[s]));
			assert_true(s == 0 || memcmp(nerve.simplex[s - 1], nerve.simplex[s],
						     NERVE_MAX_K) < 0);
		}
		assert_int_equal(nerve_shuffled(&next, n, k, seed + 1), 0);
		different += memcmp(nerve.simplex, next.simplex, sizeof nerve.simplex) != 0;
	}
	assert_true(different > 200);
	struct nerve nerve;
	assert_int_equal(nerve_shuffled(&nerve, 3, 2, 1), -1);  /* the cycle is complete */
	assert_int_equal(nerve_shuffled(&nerve, 11, 5, 1), -1); /* too many to draw from */
}

/* Around the cycle an expert meets those at most k - 1 further on, in the complete nerve any. */
static void test_edges(void **state)
{
	(void)state;
	for (int n = 4; n <= 8; n++)
		for (int k = 2; k < n; k++) {
			struct nerve cycle, complete;
			assert_int_equal(nerve_cycle(&cycle, n, k), 0);
			assert_int_equal(nerve_complete(&complete, n, k), 0);
			for (int i = 0; i < n; i++)
				for (int j = 0; j < n; j++) {
					int far = (j - i + n) % n;
					assert_int_equal(nerve_has_edge(&cycle, i, j),
							 far < k || n - far < k);
					assert_true(nerve_has_edge(&complete, i, j));
				}
			assert_false(nerve_has_edge(&complete, 0, n));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_complete_is_top_k), cmocka_unit_test(test_simplex_choice),
	    cmocka_unit_test(test_tie_rules),         cmocka_unit_test(test_nerves),
	    cmocka_unit_test(test_shuffled_nerve),    cmocka_unit_test(test_edges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
