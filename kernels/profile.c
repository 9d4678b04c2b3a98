/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/profile.h"

#include <math.h> /* fpclassify */
#include <string.h>

#include "kernels/blis_gemm.h"
#include "foundation/clock.h"

const char *const profile_op_names[PROFILE_OPS] = {
    "gemm, own",
    "gemm, own, all experts",
    "gemm, BLIS",
    "add_bias",
    "column_sum",
    "layer_norm",
    "layer_norm_backward",
    "layer_norm_gradient",
    "gelu",
    "norm_gelu",
    "norm_gelu_backward",
    "bias_gelu",
    "bias_gelu_backward",
    "multiply",
    "add",
    "axpy",
    "softmax",
    "dot",
    "squared_distance",
    "adamw",
    "elementary",
    "p-adic codec and logits",
    "gates and slots",
    "gather",
};

/* The table's functions take no context, so the wrappers find theirs here. */
static struct profile *active;
static bool counting;

#ifdef PROFILE_SUBNORMALS
enum { COUNT_SUBNORMALS = true };
#else
enum { COUNT_SUBNORMALS = false };
#endif

/* How many of n values are subnormal; NULL: none. */
static int64_t subnormals(int64_t n, const float *x)
{
	int64_t found = 0;
	if (!active->counts_subnormals || !x)
		return 0;
	for (int64_t i = 0; i < n; i++)
		found += fpclassify(x[i]) == FP_SUBNORMAL;
	return found;
}

static int64_t subnormals_of(const struct gemm_args *g)
{
	int64_t found = 0;
	for (int64_t i = 0; active->counts_subnormals && i < g->m; i++)
		found += subnormals(g->n, g->c + i * g->ldc);
	return found;
}

static int64_t subnormals_of_all(int64_t n, const struct gemm_args *g)
{
	int64_t found = 0;
	for (int64_t i = 0; i < n; i++)
		found += subnormals_of(&g[i]);
	return found;
}

static double spent_since(const struct profile *profile, double start)
{
	return clock_seconds(CLOCK_MONOTONIC) - start - profile->clock_cost;
}

static void count(struct profile *profile, enum profile_op op, double spent, double flops,
		  double bytes, int64_t subnormal)
{
	struct profile_entry *entry = &profile->op[op];
	if (!counting)
		return;
	entry->subnormals += subnormal;
	entry->calls++;
	entry->seconds = entry->seconds + (spent > 0.0 ? spent : 0.0);
	entry->flops = entry->flops + flops;
	entry->bytes = entry->bytes + bytes;
}

#define FLOATS(n) (4.0 * (double)(n))

/* WRAP(op, ENTRY, flops, floats moved, subnormal results, (parameters), (arguments)) */
#define WRAP(op, entry, flops, floats, found, parameters, arguments)                               \
	static void timed_##op parameters                                                          \
	{                                                                                          \
		double start = clock_seconds(CLOCK_MONOTONIC);                                     \
		active->wrapped->op arguments;                                                     \
		double spent = spent_since(active, start);                                         \
		count(active, entry, spent, (double)(flops), FLOATS(floats), found);               \
	}

WRAP(gemm, PROFILE_GEMM_OWN, 2 * g->m * g->n * g->k, g->m * g->k + g->k * g->n + g->m * g->n,
     subnormals_of(g), (const struct gemm_args *g), (g))
static double group_flops(int64_t n, const struct gemm_args *g)
{
	double flops = 0.0;
	for (int64_t i = 0; i < n; i++)
		flops = flops + 2.0 * (double)(g[i].m * g[i].n * g[i].k);
	return flops;
}

static double group_floats(int64_t n, const struct gemm_args *g)
{
	double floats = 0.0;
	for (int64_t i = 0; i < n; i++)
		floats = floats + (double)(g[i].m * g[i].k + g[i].k * g[i].n + g[i].m * g[i].n);
	return floats;
}

WRAP(gemm_group, PROFILE_GEMM_GROUP, group_flops(n, g), group_floats(n, g), subnormals_of_all(n, g),
     (int64_t n, const struct gemm_args *g), (n, g))
WRAP(add_bias, PROFILE_ADD_BIAS, rows *n, 2 * rows * n + n, subnormals(rows *n, y),
     (int64_t rows, int64_t n, const float *bias, float *y), (rows, n, bias, y))
WRAP(column_sum, PROFILE_COLUMN_SUM, rows *n, rows *n + n, subnormals(n, sum),
     (int64_t rows, int64_t n, int64_t ld, const float *x, float *sum), (rows, n, ld, x, sum))
WRAP(layer_norm, PROFILE_LAYER_NORM, 7 * rows * n, (xhat ? 3 : 2) * rows * n,
     subnormals(rows *n, y) + subnormals(rows * n, xhat),
     (int64_t rows, int64_t n, const float *x, const float *bias, const float *gamma,
      const float *beta, float *xhat, float *rstd, float *y),
     (rows, n, x, bias, gamma, beta, xhat, rstd, y))
WRAP(layer_norm_backward, PROFILE_LAYER_NORM_BACKWARD, 9 * rows * n, 3 * rows * n,
     subnormals(rows *n, dx),
     (int64_t rows, int64_t n, const float *dy, const float *xhat, const float *rstd,
      const float *gamma, float *dx),
     (rows, n, dy, xhat, rstd, gamma, dx))
WRAP(layer_norm_gradient, PROFILE_LAYER_NORM_GRADIENT, 3 * rows * n, 2 * rows * n,
     subnormals(n, dgamma) + subnormals(n, dbeta),
     (int64_t rows, int64_t n, int64_t ld, const float *dy, const float *xhat, float *dgamma,
      float *dbeta),
     (rows, n, ld, dy, xhat, dgamma, dbeta))
WRAP(gelu, PROFILE_GELU, 40 * n, (slope ? 3 : 2) * n, subnormals(n, y) + subnormals(n, slope),
     (int64_t n, const float *x, float *y, float *slope), (n, x, y, slope))
WRAP(norm_gelu, PROFILE_NORM_GELU, 47 * g->rows * g->n, (g->xhat ? 4 : 2) * g->rows * g->n,
     subnormals(g->rows * g->n, g->y) + subnormals(g->rows * g->n, g->slope),
     (const struct norm_gelu_args *g), (g))
WRAP(norm_gelu_backward, PROFILE_NORM_GELU_BACKWARD, 14 * g->rows * g->n, 4 * g->rows * g->n,
     subnormals(g->rows * g->n, g->dx) + subnormals(g->n, g->dgamma),
     (const struct norm_gelu_backward_args *g), (g))
WRAP(bias_gelu, PROFILE_BIAS_GELU, 41 * rows * n, (slope ? 3 : 2) * rows * n,
     subnormals(rows *n, y) + subnormals(rows * n, slope),
     (int64_t rows, int64_t n, const float *x, const float *bias, float *slope, float *y),
     (rows, n, x, bias, slope, y))
WRAP(bias_gelu_backward, PROFILE_BIAS_GELU_BACKWARD, 2 * rows * n, 3 * rows * n,
     subnormals(rows *n, dx) + subnormals(n, dbias),
     (int64_t rows, int64_t n, const float *dy, const float *slope, float *dx, float *dbias),
     (rows, n, dy, slope, dx, dbias))
WRAP(multiply, PROFILE_MULTIPLY, n, 3 * n, subnormals(n, z),
     (int64_t n, const float *x, const float *y, float *z), (n, x, y, z))
WRAP(add, PROFILE_ADD, n, 3 * n, subnormals(n, z),
     (int64_t n, const float *x, const float *y, float *z), (n, x, y, z))
WRAP(axpy, PROFILE_AXPY, 2 * n, 3 * n, subnormals(n, y),
     (int64_t n, float a, const float *x, float *y), (n, a, x, y))
WRAP(softmax, PROFILE_SOFTMAX, 15 * rows * n, 2 * rows * n, subnormals(rows *n, p),
     (int64_t rows, int64_t n, int64_t ld, const float *z, float *p, float *log_sum),
     (rows, n, ld, z, p, log_sum))
WRAP(adamw, PROFILE_ADAMW, 14 * n, 7 * n, subnormals(n, m) + subnormals(n, v) + subnormals(n, p),
     (int64_t n, const struct adamw_args *args, const float *g, float *m, float *v, float *p),
     (n, args, g, m, v, p))
WRAP(exp, PROFILE_ELEMENTARY, 15 * n, 2 * n, subnormals(n, y),
     (int64_t n, const float *x, float *y), (n, x, y))
WRAP(log, PROFILE_ELEMENTARY, 30 * n, 2 * n, subnormals(n, y),
     (int64_t n, const float *x, float *y), (n, x, y))
WRAP(erf, PROFILE_ELEMENTARY, 25 * n, 2 * n, subnormals(n, y),
     (int64_t n, const float *x, float *y), (n, x, y))
WRAP(sigmoid, PROFILE_ELEMENTARY, 30 * n, 2 * n, subnormals(n, y),
     (int64_t n, const float *x, float *y), (n, x, y))
WRAP(softplus, PROFILE_ELEMENTARY, 60 * n, 2 * n, subnormals(n, y),
     (int64_t n, const float *x, float *y), (n, x, y))

static float timed_dot(int64_t n, const float *x, const float *y)
{
	double start = clock_seconds(CLOCK_MONOTONIC);
	float sum = active->wrapped->dot(n, x, y);
	double spent = spent_since(active, start);
	count(active, PROFILE_DOT, spent, 2.0 * (double)n, FLOATS(2 * n), subnormals(1, &sum));
	return sum;
}

static float timed_squared_distance(int64_t n, const float *x, const float *y)
{
	double start = clock_seconds(CLOCK_MONOTONIC);
	float sum = active->wrapped->squared_distance(n, x, y);
	double spent = spent_since(active, start);
	count(active, PROFILE_SQUARED_DISTANCE, spent, 3.0 * (double)n, FLOATS(2 * n),
	      subnormals(1, &sum));
	return sum;
}

void profile_gemm(struct profile *profile, const struct blis_gemm *blis, const struct gemm_args *g)
{
	if (!blis) {
		timed_gemm(g);
		return;
	}
	double start = clock_seconds(CLOCK_MONOTONIC);
	blis_gemm_run(blis, g);
	double spent = spent_since(profile, start);
	count(profile, PROFILE_GEMM_BLIS, spent, 2.0 * (double)(g->m * g->n * g->k),
	      FLOATS(g->m * g->k + g->k * g->n + g->m * g->n), subnormals_of(g));
}

static double measure_clock(void)
{
	enum { READINGS = 2000 };
	double start = clock_seconds(CLOCK_MONOTONIC), last = start;
	for (int i = 0; i < READINGS; i++)
		last = clock_seconds(CLOCK_MONOTONIC);
	return (last - start) / READINGS;
}

void profile_attach(struct profile *profile, struct backend *backend)
{
	memset(profile, 0, sizeof *profile);
	profile->wrapped = backend->table;
	profile->table = *backend->table;
	profile->clock_cost = measure_clock();
	profile->counts_subnormals = COUNT_SUBNORMALS;
	struct kernel_table *t = &profile->table;
	t->gemm = timed_gemm;
	t->gemm_group = timed_gemm_group;
	t->add_bias = timed_add_bias;
	t->column_sum = timed_column_sum;
	t->layer_norm = timed_layer_norm;
	t->layer_norm_backward = timed_layer_norm_backward;
	t->layer_norm_gradient = timed_layer_norm_gradient;
	t->gelu = timed_gelu;
	t->norm_gelu = timed_norm_gelu;
	t->norm_gelu_backward = timed_norm_gelu_backward;
	t->bias_gelu = timed_bias_gelu;
	t->bias_gelu_backward = timed_bias_gelu_backward;
	t->multiply = timed_multiply;
	t->add = timed_add;
	t->axpy = timed_axpy;
	t->softmax = timed_softmax;
	t->dot = timed_dot;
	t->squared_distance = timed_squared_distance;
	t->adamw = timed_adamw;
	t->exp = timed_exp;
	t->log = timed_log;
	t->erf = timed_erf;
	t->sigmoid = timed_sigmoid;
	t->softplus = timed_softplus;
	active = profile;
	backend->profile = profile;
	backend->table = t;
}

void profile_begin(struct profile *profile)
{
	if (!profile)
		return;
	counting = true;
	profile->steps++;
	profile->seconds = profile->seconds - clock_seconds(CLOCK_MONOTONIC);
}

void profile_end(struct profile *profile)
{
	if (!profile)
		return;
	profile->seconds = profile->seconds + clock_seconds(CLOCK_MONOTONIC);
	counting = false;
}

void profile_enter(struct profile *profile)
{
	if (profile)
		profile->started = clock_seconds(CLOCK_MONOTONIC);
}

void profile_leave(struct profile *profile, enum profile_op op, double bytes)
{
	if (profile)
		count(profile, op, spent_since(profile, profile->started), 0.0, bytes, 0);
}

void profile_results(struct profile *profile, enum profile_op op, int64_t n, const float *results)
{
	if (profile && counting)
		profile->op[op].subnormals += subnormals(n, results);
}
