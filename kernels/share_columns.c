/* SPDX-License-Identifier: Apache-2.0 */
/* Ops with sums over rows: each column's sums are in one part, its rows ascending. */
#include "kernels/share_parts.h"

static struct cut cut_columns(int64_t rows, int64_t n, int64_t cost)
{
	return cut_of(n, UNIT_COLUMNS, rows * n * cost);
}

struct column_sum_call {
	struct cut cut;
	int64_t rows, ld;
	const float *x;
	float *sum;
};

static void column_sum_part(const void *context, int64_t index)
{
	const struct column_sum_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->column_sum(c->rows, r.count, c->ld, c->x + r.first, c->sum + r.first);
}

static void shared_column_sum(int64_t rows, int64_t n, int64_t ld, const float *x, float *sum)
{
	const struct column_sum_call call = {cut_columns(rows, n, COST_COLUMN_SUM), rows, ld, x,
					     sum};
	share_run(&call.cut, column_sum_part, &call);
}

struct layer_norm_gradient_call {
	struct cut cut;
	int64_t rows, ld;
	const float *dy, *xhat;
	float *dgamma, *dbeta;
};

static void layer_norm_gradient_part(const void *context, int64_t index)
{
	const struct layer_norm_gradient_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->layer_norm_gradient(c->rows, r.count, c->ld, c->dy + r.first,
					       c->xhat + r.first, c->dgamma + r.first,
					       c->dbeta + r.first);
}

static void shared_layer_norm_gradient(int64_t rows, int64_t n, int64_t ld, const float *dy,
				       const float *xhat, float *dgamma, float *dbeta)
{
	const struct layer_norm_gradient_call call = {
	    cut_columns(rows, n, COST_LAYER_NORM_GRADIENT), rows, ld, dy, xhat, dgamma, dbeta};
	share_run(&call.cut, layer_norm_gradient_part, &call);
}

/* Some columns of z = x * y, all three rows of n. */
static void multiply_columns(int64_t rows, int64_t n, struct range columns, const float *x,
			     const float *y, float *z)
{
	for (int64_t r = 0; r < rows; r++) {
		const int64_t at = r * n + columns.first;
		share_active->own->multiply(columns.count, x + at, y + at, z + at);
	}
}

struct bias_gelu_backward_call {
	struct cut cut;
	int64_t rows, n;
	const float *dy, *slope;
	float *dx, *dbias;
};

static void bias_gelu_backward_part(const void *context, int64_t index)
{
	const struct bias_gelu_backward_call *c = context;
	const struct range r = range_of(&c->cut, index);
	multiply_columns(c->rows, c->n, r, c->dy, c->slope, c->dx);
	share_active->own->column_sum(c->rows, r.count, c->n, c->dx + r.first, c->dbias + r.first);
}

static void shared_bias_gelu_backward(int64_t rows, int64_t n, const float *dy, const float *slope,
				      float *dx, float *dbias)
{
	const struct bias_gelu_backward_call call = {
	    cut_columns(rows, n, COST_ADD + COST_COLUMN_SUM), rows, n, dy, slope, dx, dbias};
	if (call.cut.parts == 1)
		share_active->own->bias_gelu_backward(rows, n, dy, slope, dx, dbias);
	else
		share_run(&call.cut, bias_gelu_backward_part, &call);
}

struct norm_gelu_backward_call {
	struct cut cut;
	const struct norm_gelu_backward_args *args;
};

static void norm_gelu_backward_part(const void *context, int64_t index)
{
	const struct norm_gelu_backward_call *c = context;
	const struct norm_gelu_backward_args *g = c->args;
	const struct range r = range_of(&c->cut, index);
	multiply_columns(g->rows, g->n, r, g->dy, g->slope, g->dx);
	share_active->own->layer_norm_gradient(g->rows, r.count, g->n, g->dx + r.first,
					       g->xhat + r.first, g->dgamma + r.first,
					       g->dbeta + r.first);
}

/* Sums of rows need whole rows and sums of columns whole columns: the sequence that defines the op,
 * three times shared. */
static void shared_norm_gelu_backward(const struct norm_gelu_backward_args *g)
{
	const struct norm_gelu_backward_call call = {
	    cut_columns(g->rows, g->n, COST_ADD + COST_LAYER_NORM_GRADIENT), g};
	if (call.cut.parts == 1) {
		share_active->own->norm_gelu_backward(g);
		return;
	}
	const struct kernel_table *shared = &share_active->table;
	share_run(&call.cut, norm_gelu_backward_part, &call);
	shared->layer_norm_backward(g->rows, g->n, g->dx, g->xhat, g->rstd, g->gamma, g->dx);
	shared->column_sum(g->rows, g->n, g->n, g->dx, g->dbias);
}

void share_columns(struct kernel_table *table)
{
	table->column_sum = shared_column_sum;
	table->layer_norm_gradient = shared_layer_norm_gradient;
	table->bias_gelu_backward = shared_bias_gelu_backward;
	table->norm_gelu_backward = shared_norm_gelu_backward;
}
