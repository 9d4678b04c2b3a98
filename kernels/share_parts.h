/* SPDX-License-Identifier: Apache-2.0 */
/* Private to kernels/share*.c: where an op is cut, and what its parts are worth. */
#ifndef SHEAFBENCH_KERNELS_SHARE_PARTS_H
#define SHEAFBENCH_KERNELS_SHARE_PARTS_H

#include "kernels/kernels.h"
#include "kernels/team.h"

struct blis_gemm;

struct share {
	struct team *team;
	const struct kernel_table *own; /* computes the parts */
	struct kernel_table table;      /* the wrappers */
};

/* The table's functions take no context, so the wrappers find theirs here. */
extern struct share *share_active;

/* Put their wrappers into a table. */
void share_rows(struct kernel_table *table);
void share_columns(struct kernel_table *table);
void share_elements(struct kernel_table *table);
void share_padic(struct kernel_table *table);
void share_products(struct kernel_table *table);
/* A blis_cut (kernels/blis_gemm.h). */
void share_blis(const struct blis_gemm *blis, const struct gemm_args *args);

/* What an element takes one core, in picoseconds: the faster of the CPUs of results/throughput,
 * where it lies in the cache.  Decides only what is worth sharing. */
enum share_cost {
	COST_ADD_BIAS = 50,
	COST_COLUMN_SUM = 40,
	COST_LAYER_NORM = 200,
	COST_LAYER_NORM_BACKWARD = 180,
	COST_LAYER_NORM_GRADIENT = 80,
	COST_GELU = 700,
	COST_ADD = 100,
	COST_AXPY = 80,
	COST_SOFTMAX = 1000,
	COST_ADAMW = 300,
	COST_EXP = 350,
	COST_LOG = 2000,
	COST_ERF = 600,
	COST_SIGMOID = 1400,
	COST_SOFTPLUS = 2700,
	COST_PADIC_ENCODE = 1500,
	COST_PADIC_DECODE = 150,
	COST_PADIC_PRODUCT = 100, /* an input times a weight */
	COST_MULTIPLY_ADD = 15,   /* of a product */
	COST_OPERAND = 50,        /* an element of A, B or C */
};

enum {
	PARTS_EACH = 4, /* at most for a thread, so that one that is held up is waited for less */
	UNIT_ROWS = 4,  /* rows that layer_norm takes side by side */
	UNIT_COLUMNS = 32,  /* whole vectors and lines of the cache, as a rule */
	UNIT_ELEMENTS = 64, /* the same */
	UNIT_LOGITS = 16,   /* rows, each of few experts: what is written apart lies apart */
};

/* `total` rows, columns or elements in parts of whole units, the last with what is left. */
struct cut {
	int64_t total, unit, parts;
};

struct range {
	int64_t first, count;
};

static inline int64_t units_of(int64_t total, int64_t unit)
{
	return (total + unit - 1) / unit;
}

static inline struct cut cut_of(int64_t total, int64_t unit, int64_t picoseconds)
{
	const int64_t units = units_of(total, unit);
	return (struct cut){total, unit,
			    team_parts(share_active->team, units, picoseconds, PARTS_EACH)};
}

static inline struct range range_of(const struct cut *cut, int64_t index)
{
	const int64_t units = units_of(cut->total, cut->unit);
	const int64_t first = units * index / cut->parts * cut->unit;
	const int64_t end =
	    index + 1 == cut->parts ? cut->total : units * (index + 1) / cut->parts * cut->unit;
	return (struct range){first, end - first};
}

static inline void share_run(const struct cut *cut, team_part *part, const void *context)
{
	team_run(share_active->team, cut->parts, part, context);
}

/* x + at, or NULL where there is no x. */
static inline float *from(float *x, int64_t at)
{
	return x ? x + at : NULL;
}

#endif
