/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/gemm_ways.h"

#include <stdlib.h>
#include <string.h>

#include "foundation/clock.h"
#include "foundation/large_pages.h"
#include "harness/bench/suite.h"
#include "kernels/gemm_rules.h"

/* Turns of a way, and what each lasts at least.  What counts is the third fastest: other load on
 * the machine only slows, and the fastest is as much an accident. */
enum { TURNS = 11, COUNTS = 2 };
static const double turn_seconds = 0.005;

#define ALWAYS                                                                                     \
	{                                                                                          \
		.stride = 0                                                                        \
	}
#define NEVER                                                                                      \
	{                                                                                          \
		.stride = INT64_MAX                                                                \
	}
#define A_ALWAYS .k_major = ALWAYS, .row_major = ALWAYS, .transposed = ALWAYS
#define A_NEVER .k_major = NEVER, .row_major = NEVER, .transposed = NEVER
#define B_ALWAYS .far_apart = {{0, 1}}

static const struct gemm_rules alone[GEMM_WAYS - GEMM_RULES] = {
    {"in place", A_NEVER, .swap = GEMM_SWAP_NEVER},
    {"copy A", A_ALWAYS, .swap = GEMM_SWAP_NEVER},
    {"copy B", A_NEVER, B_ALWAYS, .swap = GEMM_SWAP_NEVER},
    {"copy both", A_ALWAYS, B_ALWAYS, .swap = GEMM_SWAP_NEVER},
    {"swapped", A_NEVER, .swap = GEMM_SWAP_ALWAYS},
    {"copy A, swapped", A_ALWAYS, .swap = GEMM_SWAP_ALWAYS},
    {"copy B, swapped", A_NEVER, B_ALWAYS, .swap = GEMM_SWAP_ALWAYS},
    {"copy both, swapped", A_ALWAYS, B_ALWAYS, .swap = GEMM_SWAP_ALWAYS},
};

static const struct gemm_rules *rules_of(int way)
{
	return way < GEMM_RULES ? &gemm_rules_known[way] : &alone[way - GEMM_RULES];
}

const char *gemm_way_name(int way)
{
	return rules_of(way)->name;
}

/* Columns that fill all vectors of any level, of a B that lies along them, are never swapped, and a
 * transposed B is always copied. */
static bool has_way(const struct gemm_args *g, int way)
{
	const struct gemm_rules *rules = rules_of(way);
	const bool swaps = rules->swap != GEMM_SWAP_NEVER;
	const bool copies_b = rules->far_apart[0].rows > 0;
	return way < GEMM_RULES ||
	       ((!swaps || g->csb != 1 || g->n % 16 != 0) && (!copies_b || g->csb == 1));
}

struct operands {
	float *a, *b, *c, *expected;
	size_t size; /* bytes of c */
};

static float *matrix(int64_t rows, int64_t columns, const char *name)
{
	const size_t page = (size_t)2 << 20, size = (size_t)(rows * columns) * sizeof(float);
	float *x = aligned_alloc(page, (size + page) / page * page);
	if (!x)
		return NULL;
	large_pages_ask(x, size);
	if (name)
		suite_fill(x, rows * columns, "gemm_ways", name);
	else
		memset(x, 0, size);
	return x;
}

static bool open_operands(struct operands *o, const struct gemm_args *g)
{
	o->size = (size_t)(g->m * g->n) * sizeof(float);
	o->a = matrix(g->m, g->k, "a");
	o->b = matrix(g->k, g->n, "b");
	o->c = matrix(g->m, g->n, NULL);
	o->expected = malloc(o->size);
	return o->a && o->b && o->c && o->expected;
}

static void close_operands(struct operands *o)
{
	free(o->a);
	free(o->b);
	free(o->c);
	free(o->expected);
}

/* Every way once: its bits, and how often a turn of it computes the product. */
static bool try_ways(const struct kernel_table *table, const struct gemm_args *g,
		     const struct operands *o, int64_t *repeats)
{
	for (int way = 0; way < GEMM_WAYS; way++) {
		if (!has_way(g, way))
			continue;
		gemm_rules = rules_of(way);
		table->gemm(g);
		if (way == 0)
			memcpy(o->expected, o->c, o->size);
		else if (memcmp(o->expected, o->c, o->size) != 0)
			return false;
		memset(o->c, 0, o->size);
	}
	const double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
	*repeats = 0;
	do {
		table->gemm(g);
		++*repeats;
	} while (clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start < turn_seconds);
	return true;
}

static int ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

static void take_turns(const struct kernel_table *table, const struct gemm_args *g, int64_t repeats,
		       struct gemm_ways *ways)
{
	double seconds[GEMM_WAYS][TURNS];
	for (int turn = 0; turn < TURNS; turn++)
		for (int i = 0; i < GEMM_WAYS; i++) {
			/* Another way begins each turn, so that a drift of the clock meets all. */
			const int way = (i + turn) % GEMM_WAYS;
			if (!has_way(g, way))
				continue;
			gemm_rules = rules_of(way);
			const double start = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
			for (int64_t r = 0; r < repeats; r++)
				table->gemm(g);
			seconds[way][turn] = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - start;
		}
	for (int way = 0; way < GEMM_WAYS; way++) {
		if (!has_way(g, way))
			continue;
		qsort(seconds[way], TURNS, sizeof *seconds[way], ascending);
		ways->nanoseconds[way] = 1e9 * seconds[way][COUNTS] / (double)repeats;
		if (ways->nanoseconds[way] < ways->nanoseconds[ways->best])
			ways->best = way;
	}
}

int gemm_ways_measure(const struct kernel_table *table, const struct gemm_args *args,
		      struct gemm_ways *ways, struct error *error)
{
	const struct gemm_rules *in_force = gemm_rules;
	struct gemm_args g = *args;
	struct operands operands;
	int64_t repeats;
	int status = 0;
	*ways = (struct gemm_ways){.in_force = (int)(in_force - gemm_rules_known)};
	if (!open_operands(&operands, &g)) {
		close_operands(&operands);
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	}
	g.a = operands.a;
	g.b = operands.b;
	g.c = operands.c;
	if (try_ways(table, &g, &operands, &repeats))
		take_turns(table, &g, repeats, ways);
	else
		status = error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				   "%s gives other bits than %s", gemm_rules->name,
				   gemm_rules_known[0].name);
	gemm_rules = in_force;
	close_operands(&operands);
	return status;
}
