/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of whole rows: each row's sums are in one part. */
#include "kernels/share_parts.h"

static struct cut cut_rows(int64_t rows, int64_t n, int64_t cost)
{
	return cut_of(rows, UNIT_ROWS, rows * n * cost);
}

struct add_bias_call {
	struct cut cut;
	int64_t n;
	const float *bias;
	float *y;
};

static void add_bias_part(const void *context, int64_t index)
{
	const struct add_bias_call *c = context;
	const struct range r = range_of(&c->cut, index);
	share_active->own->add_bias(r.count, c->n, c->bias, c->y + r.first * c->n);
}

static void shared_add_bias(int64_t rows, int64_t n, const float *bias, float *y)
{
	const struct add_bias_call call = {cut_rows(rows, n, COST_ADD_BIAS), n, bias, y};
	share_run(&call.cut, add_bias_part, &call);
}

struct layer_norm_call {
	struct cut cut;
	int64_t n;
	const float *x, *bias, *gamma, *beta;
	float *xhat, *rstd, *y;
};

static void layer_norm_part(const void *context, int64_t index)
{
	const struct layer_norm_call *c = context;
	const struct range r = range_of(&c->cut, index);
	const int64_t at = r.first * c->n;
	share_active->own->layer_norm(r.count, c->n, c->x + at, c->bias, c->gamma, c->beta,
				      from(c->xhat, at), from(c->rstd, r.first), c->y + at);
}

static void shared_layer_norm(int64_t rows, int64_t n, const float *x, const float *bias,
			      const float *gamma, const float *beta, float *xhat, float *rstd,
			      float *y)
{
	const struct layer_norm_call call = {
	    cut_rows(rows, n, COST_LAYER_NORM), n, x, bias, gamma, beta, xhat, rstd, y};
	share_run(&call.cut, layer_norm_part, &call);
}

struct layer_norm_backward_call {
	struct cut cut;
	int64_t n;
	const float *dy, *xhat, *rstd, *gamma;
	float *dx;
};

static void layer_norm_backward_part(const void *context, int64_t index)
{
	const struct layer_norm_backward_call *c = context;
	const struct range r = range_of(&c->cut, index);
	const int64_t at = r.first * c->n;
	share_active->own->layer_norm_backward(r.count, c->n, c->dy + at, c->xhat + at,
					       c->rstd + r.first, c->gamma, c->dx + at);
}

static void shared_layer_norm_backward(int64_t rows, int64_t n, const float *dy, const float *xhat,
				       const float *rstd, const float *gamma, float *dx)
{
	const struct layer_norm_backward_call call = {
	    cut_rows(rows, n, COST_LAYER_NORM_BACKWARD), n, dy, xhat, rstd, gamma, dx};
	share_run(&call.cut, layer_norm_backward_part, &call);
}

struct norm_gelu_call {
	struct cut cut;
	const struct norm_gelu_args *args;
};

static void norm_gelu_part(const void *context, int64_t index)
{
	const struct norm_gelu_call *c = context;
	const struct range r = range_of(&c->cut, index);
	struct norm_gelu_args args = *c->args;
	const int64_t at = r.first * args.n;
	args.rows = r.count;
	args.x += at;
	args.xhat = from(args.xhat, at);
	args.slope = from(args.slope, at);
	args.rstd = from(args.rstd, r.first);
	args.y += at;
	share_active->own->norm_gelu(&args);
}

static void shared_norm_gelu(const struct norm_gelu_args *args)
{
	const struct norm_gelu_call call = {
	    cut_rows(args->rows, args->n, COST_LAYER_NORM + COST_GELU), args};
	share_run(&call.cut, norm_gelu_part, &call);
}

struct bias_gelu_call {
	struct cut cut;
	int64_t n;
	const float *x, *bias;
	float *slope, *y;
};

static void bias_gelu_part(const void *context, int64_t index)
{
	const struct bias_gelu_call *c = context;
	const struct range r = range_of(&c->cut, index);
	const int64_t at = r.first * c->n;
	share_active->own->bias_gelu(r.count, c->n, c->x + at, c->bias, from(c->slope, at),
				     c->y + at);
}

static void shared_bias_gelu(int64_t rows, int64_t n, const float *x, const float *bias,
			     float *slope, float *y)
{
	const struct bias_gelu_call call = {
	    cut_rows(rows, n, COST_ADD_BIAS + COST_GELU), n, x, bias, slope, y};
	share_run(&call.cut, bias_gelu_part, &call);
}

struct softmax_call {
	struct cut cut;
	int64_t n, ld;
	const float *z;
	float *p, *log_sum;
};

static void softmax_part(const void *context, int64_t index)
{
	const struct softmax_call *c = context;
	const struct range r = range_of(&c->cut, index);
	const int64_t at = r.first * c->ld;
	share_active->own->softmax(r.count, c->n, c->ld, c->z + at, c->p + at,
				   from(c->log_sum, r.first));
}

static void shared_softmax(int64_t rows, int64_t n, int64_t ld, const float *z, float *p,
			   float *log_sum)
{
	const struct softmax_call call = {cut_rows(rows, n, COST_SOFTMAX), n, ld, z, p, log_sum};
	share_run(&call.cut, softmax_part, &call);
}

void share_rows(struct kernel_table *table)
{
	table->add_bias = shared_add_bias;
	table->layer_norm = shared_layer_norm;
	table->layer_norm_backward = shared_layer_norm_backward;
	table->norm_gelu = shared_norm_gelu;
	table->bias_gelu = shared_bias_gelu;
	table->softmax = shared_softmax;
}
