/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic gradient of the reference, in binary64, one row at a time. */
#include <math.h>
#include <string.h>

#include "tests/models/reference_model.h"

static void linear_backward(const struct reference_linear *l, const double *params, const double *x,
			    const double *dy, double *dx, double *grads)
{
	for (int64_t o = 0; o < l->out; o++)
		grads[l->bias + o] += dy[o];
	for (int64_t i = 0; i < l->in; i++) {
		double sum = 0.0;
		for (int64_t o = 0; o < l->out; o++) {
			grads[l->weight + i * l->out + o] += x[i] * dy[o];
			sum += dy[o] * params[l->weight + i * l->out + o];
		}
		if (dx)
			dx[i] = sum;
	}
}

/* d: from the gradient of the output to that of the input. */
static void norm_backward(const struct reference_norm *norm, const double *params,
			  const struct reference_layer *layer, double *d, double *grads)
{
	double g[REFERENCE_WIDTH], mean = 0.0, inner = 0.0, n = (double)norm->width;
	for (int64_t j = 0; j < norm->width; j++) {
		grads[norm->weight + j] += d[j] * layer->xhat[j];
		grads[norm->bias + j] += d[j];
		g[j] = d[j] * params[norm->weight + j];
		mean += g[j] / n;
		inner += g[j] * layer->xhat[j] / n;
	}
	for (int64_t j = 0; j < norm->width; j++)
		d[j] = layer->rstd * (g[j] - mean - layer->xhat[j] * inner);
}

static void gelu_backward(int64_t n, const double *v, double *d)
{
	for (int64_t i = 0; i < n; i++) {
		double cdf = 0.5 * (1.0 + erf(v[i] * 0.70710678118654752440));
		double pdf = 0.39894228040143267794 * exp(-0.5 * v[i] * v[i]);
		d[i] *= cdf + v[i] * pdf;
	}
}

static void expert_backward(const struct reference *r, const double *params, int e,
			    const struct reference_pass *pass, const double *df, double *grads)
{
	const struct reference_net *net = &r->net[e];
	double d[REFERENCE_WIDTH];
	linear_backward(&net->out, params, pass->top, df, d, grads);
	for (int64_t l = r->arch.expert_depth; l >= 0; l--) {
		double below[REFERENCE_WIDTH];
		gelu_backward(r->arch.hidden_dim, pass->layer[l].v, d);
		norm_backward(&net->norm[l], params, &pass->layer[l], d, grads);
		linear_backward(&net->linear[l], params, pass->layer[l].in, d, below, grads);
		memcpy(d, below, sizeof d);
	}
}

static void dense_backward(const struct reference *r, const double *params, int64_t row,
			   const struct reference_pass *pass, const double *dy, double *grads)
{
	const struct reference_net *net = &r->net[0];
	double dx[REFERENCE_WIDTH], inputs[REFERENCE_WIDTH];
	linear_backward(&net->out, params, pass->top, dy, dx, grads);
	for (int64_t b = r->arch.expert_depth - 1; b >= 0; b--) {
		const struct reference_layer *layer = &pass->layer[b];
		double da[REFERENCE_WIDTH], d[REFERENCE_WIDTH];
		linear_backward(&net->down[b], params, layer->a, dx, da, grads);
		gelu_backward(r->arch.intermediate, layer->v, da);
		linear_backward(&net->up[b], params, layer->normed, da, d, grads);
		norm_backward(&net->norm[b], params, layer, d, grads);
		for (int64_t j = 0; j < r->arch.hidden_dim; j++)
			dx[j] += d[j];
	}
	for (int64_t i = 0; i < r->arch.input_dim; i++)
		inputs[i] = (double)r->inputs[row * r->arch.input_dim + i];
	linear_backward(&net->linear[0], params, inputs, dx, NULL, grads);
}

/* The overlap penalty of one row: into dw and df. */
static void overlap_backward(const struct reference *r, const struct reference_row *row, double *dw,
			     double (*df)[REFERENCE_WIDTH])
{
	double c = r->router.overlap_penalty / ((double)r->rows * (double)r->arch.output_dim);
	for (int64_t i = 0; i < r->arch.top_k; i++)
		for (int64_t j = 0; j < r->arch.top_k; j++)
			for (int64_t o = 0; i != j && o < r->arch.output_dim; o++) {
				double d = row->pass[i].f[o] - row->pass[j].f[o];
				dw[i] += c * row->w[j] * d * d;
				df[i][o] += 2.0 * c * row->w[i] * row->w[j] * d;
			}
}

/* From gates and the balance loss to the router's parameters. */
static void router_backward(const struct reference *r, const double *params, int64_t row,
			    const struct reference_row *out, const double *dw, double *grads)
{
	int64_t n = r->arch.n_experts, k = r->arch.top_k;
	const uint8_t *chosen = r->chosen + row * k;
	double dp[ARCH_MAX_EXPERTS], dz[ARCH_MAX_EXPERTS], inner = 0.0, sum = 0.0, mean = 0.0;
	for (int64_t e = 0; e < n; e++)
		dp[e] = r->router.balance * (double)n * r->share[e] / (double)r->rows;
	for (int64_t i = 0; i < k; i++) {
		inner += dw[i] * out->w[i];
		sum += out->p[chosen[i]];
	}
	for (int64_t i = 0; i < k; i++)
		dp[chosen[i]] += r->router.renormalize ? (dw[i] - inner) / sum : dw[i];
	for (int64_t e = 0; e < n; e++)
		mean += dp[e] * out->p[e];
	for (int64_t e = 0; e < n; e++)
		dz[e] = out->p[e] * (dp[e] - mean);
	linear_backward(&r->gate, params, r->router_input + row * r->arch.input_dim, dz, NULL,
			grads);
}

static void moe_backward_row(const struct reference *r, const double *params, int64_t row,
			     const struct reference_row *out, const double *dy, double *grads)
{
	double dw[REFERENCE_K] = {0}, df[REFERENCE_K][REFERENCE_WIDTH];
	for (int64_t i = 0; i < r->arch.top_k; i++)
		for (int64_t o = 0; o < r->arch.output_dim; o++) {
			dw[i] += dy[o] * out->pass[i].f[o];
			df[i][o] = dy[o] * out->w[i];
		}
	overlap_backward(r, out, dw, df);
	router_backward(r, params, row, out, dw, grads);
	for (int64_t i = 0; i < r->arch.top_k; i++)
		expert_backward(r, params, r->chosen[row * r->arch.top_k + i], &out->pass[i], df[i],
				grads);
}

void reference_gradient(const struct reference *r, const double *params, double *grads)
{
	memset(grads, 0, (size_t)r->params * sizeof *grads);
	for (int64_t row = 0; row < r->rows; row++) {
		struct reference_row out;
		double dy[REFERENCE_WIDTH] = {0};
		reference_forward_row(r, params, row, &out);
		reference_task_row(r, row, out.y, dy);
		if (r->arch.model_kind == MODEL_DENSE)
			dense_backward(r, params, row, &out.pass[0], dy, grads);
		else
			moe_backward_row(r, params, row, &out, dy, grads);
	}
}
