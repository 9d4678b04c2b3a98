/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products: m or n of each is cut, k never. */
#include "kernels/blis_gemm.h"
#include "kernels/share_parts.h"

/* Rows and columns of C that stay together: what our own kernels hold in registers, and no strip of
 * BLIS's is narrower. */
enum { TILE_ROWS = 12, TILE_COLUMNS = 32, BLIS_ROWS = 96, BLIS_COLUMNS = 96 };
/* Each packs what it shares with the others, so fewer of them. */
enum { BLIS_PARTS_EACH = 2 };

static int64_t cost_of(const struct gemm_args *g)
{
	if (g->m == 0 || g->n == 0)
		return 0;
	return g->m * g->n * g->k * COST_MULTIPLY_ADD +
	       (g->m * g->k + g->k * g->n + g->m * g->n) * COST_OPERAND;
}

/* The product of some columns or rows of C alone. */
static struct gemm_args columns_of(struct gemm_args g, struct range r)
{
	g.b += r.first * g.csb;
	g.c += r.first;
	g.n = r.count;
	return g;
}

static struct gemm_args rows_of(struct gemm_args g, struct range r)
{
	g.a += r.first * g.rsa;
	g.c += r.first * g.ldc;
	g.m = r.count;
	return g;
}

/* Part `index` of `parts`: along n where it has the units, as every part along m would pack all of
 * B anew; else along the longer side. */
static struct gemm_args part_of(const struct gemm_args *g, int64_t parts, int64_t index,
				int64_t unit_rows, int64_t unit_columns)
{
	const int64_t rows = units_of(g->m, unit_rows), columns = units_of(g->n, unit_columns);
	if (columns >= parts || columns >= rows) {
		const struct cut cut = {g->n, unit_columns, parts};
		return columns_of(*g, range_of(&cut, index));
	}
	const struct cut cut = {g->m, unit_rows, parts};
	return rows_of(*g, range_of(&cut, index));
}

static int64_t larger(int64_t x, int64_t y)
{
	return x > y ? x : y;
}

struct group_call {
	int64_t count;
	const struct gemm_args *args;
	int64_t each; /* picoseconds of a part, about */
};

/* Parts of one product of a group; none where nothing is to be written. */
static int64_t parts_in_group(const struct group_call *c, const struct gemm_args *g)
{
	const int64_t units = larger(units_of(g->m, TILE_ROWS), units_of(g->n, TILE_COLUMNS));
	const int64_t parts = cost_of(g) / c->each;
	if (g->m == 0 || g->n == 0)
		return 0;
	return parts < 1 ? 1 : parts > units ? units : parts;
}

static void group_part(const void *context, int64_t index)
{
	const struct group_call *c = context;
	const struct gemm_args *g = c->args;
	int64_t parts = parts_in_group(c, g);
	while (index >= parts) {
		index -= parts;
		parts = parts_in_group(c, ++g);
	}
	const struct gemm_args part = part_of(g, parts, index, TILE_ROWS, TILE_COLUMNS);
	share_active->own->gemm(&part);
}

/* The products of all experts are one piece of work: parts are worth about the same, whatever the
 * products' sizes are. */
static void shared_gemm_group(int64_t count, const struct gemm_args *args)
{
	int64_t cost = 0, units = 0, parts = 0;
	for (int64_t i = 0; i < count; i++) {
		cost += cost_of(&args[i]);
		units += larger(units_of(args[i].m, TILE_ROWS), units_of(args[i].n, TILE_COLUMNS));
	}
	const int64_t wanted = team_parts(share_active->team, units, cost, PARTS_EACH);
	if (wanted == 1) {
		share_active->own->gemm_group(count, args);
		return;
	}
	const struct group_call call = {count, args, larger(cost / wanted, 1)};
	for (int64_t i = 0; i < count; i++)
		parts += parts_in_group(&call, &args[i]);
	team_run(share_active->team, parts, group_part, &call);
}

static void shared_gemm(const struct gemm_args *args)
{
	shared_gemm_group(1, args);
}

void share_products(struct kernel_table *table)
{
	table->gemm = shared_gemm;
	table->gemm_group = shared_gemm_group;
}

struct blis_call {
	int64_t parts;
	const struct blis_gemm *blis;
	const struct gemm_args *args;
};

static void blis_part(const void *context, int64_t index)
{
	const struct blis_call *c = context;
	const struct gemm_args part = part_of(c->args, c->parts, index, BLIS_ROWS, BLIS_COLUMNS);
	blis_gemm_run_part(c->blis, &part);
}

void share_blis(const struct blis_gemm *blis, const struct gemm_args *args)
{
	const int64_t units = larger(units_of(args->m, BLIS_ROWS), units_of(args->n, BLIS_COLUMNS));
	const struct blis_call call = {
	    team_parts(share_active->team, units, cost_of(args), BLIS_PARTS_EACH), blis, args};
	team_run(share_active->team, call.parts, blis_part, &call);
}
