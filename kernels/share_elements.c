/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of single elements. */
#include "kernels/share_parts.h"

struct map_call {
	struct cut cut;
	void (*map)(int64_t count, const float *x, float *y);
	const float *x;
	float *y;
};

static void map_part(const void *context, int64_t index)
{
	const struct map_call *c = context;
	const struct range r = range_of(&c->cut, index);
	c->map(r.count, c->x + r.first, c->y + r.first);
}

#define MAP(op, cost)                                                                              \
	static void shared_##op(int64_t n, const float *x, float *y)                               \
	{                                                                                          \
		const struct map_call call = {cut_of(n, UNIT_ELEMENTS, n * (cost)),                \
					      share_active->own->op, x, y};                        \
		share_run(&call.cut, map_part, &call);                                             \
	}

MAP(exp, COST_EXP)
MAP(log, COST_LOG)
MAP(erf, COST_ERF)
MAP(sigmoid, COST_SIGMOID)
MAP(softplus, COST_SOFTPLUS)

struct pair_call {
	struct cut cut;
	void (*pair)(int64_t count, const float *x, const float *y, float *z);
	const float *x, *y;
	float *z;
};

static void pair_part(const void *context, int64_t index)
{
	const struct pair_call *c = context;
	const struct range r = range_of(&c->cut, index);
	c->pair(r.count, c->x + r.first, c->y + r.first, c->z + r.first);
}

#define PAIR(op)                                                                                   \
	static void shared_##op(int64_t n, const float *x, const float *y, float *z)               \
	{                                                                                          \
		const struct pair_call call = {cut_of(n, UNIT_ELEMENTS, n * COST_ADD),             \
					       share_active->own->op, x, y, z};                    \
		share_run(&call.cut, pair_part, &call);                                            \
	}

PAIR(multiply)
PAIR(add)

struct axpy_call {
	struct cut cut;
	float a;
	const float *x;
	float *y;
};

static void axpy_part(const void *context, int64_t index)
{
	const struct axpy_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->axpy(r.count, c->a, c->x + r.first, c->y + r.first);
}

static void shared_axpy(int64_t n, float a, const float *x, float *y)
{
	const struct axpy_call call = {cut_of(n, UNIT_ELEMENTS, n * COST_AXPY), a, x, y};
	share_run(&call.cut, axpy_part, &call);
}

struct gelu_call {
	struct cut cut;
	const float *x;
	float *y, *slope;
};

static void gelu_part(const void *context, int64_t index)
{
	const struct gelu_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->gelu(r.count, c->x + r.first, c->y + r.first, from(c->slope, r.first));
}

static void shared_gelu(int64_t n, const float *x, float *y, float *slope)
{
	const struct gelu_call call = {cut_of(n, UNIT_ELEMENTS, n * COST_GELU), x, y, slope};
	share_run(&call.cut, gelu_part, &call);
}

struct adamw_call {
	struct cut cut;
	const struct adamw_args *args;
	const float *g;
	float *m, *v, *p;
};

static void adamw_part(const void *context, int64_t index)
{
	const struct adamw_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->adamw(r.count, c->args, c->g + r.first, c->m + r.first, c->v + r.first,
				 c->p + r.first);
}

static void shared_adamw(int64_t n, const struct adamw_args *args, const float *g, float *m,
			 float *v, float *p)
{
	const struct adamw_call call = {cut_of(n, UNIT_ELEMENTS, n * COST_ADAMW), args, g, m, v, p};
	share_run(&call.cut, adamw_part, &call);
}

void share_elements(struct kernel_table *table)
{
	table->exp = shared_exp;
	table->log = shared_log;
	table->erf = shared_erf;
	table->sigmoid = shared_sigmoid;
	table->softplus = shared_softplus;
	table->multiply = shared_multiply;
	table->add = shared_add;
	table->axpy = shared_axpy;
	table->gelu = shared_gelu;
	table->adamw = shared_adamw;
}
