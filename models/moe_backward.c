/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients of the mixture: sections, gates, overlap penalty, balance loss, router. */
#include <math.h> /* fmaf */
#include <string.h>

#include "models/layers.h"
#include "models/moe.h"

/* d loss / d f = w dy and d loss / d w = dy . f for every assignment. */
static void sections_and_gates(struct moe *moe, const struct kernel_table *table, int64_t rows,
			       const float *dy)
{
	for (int64_t i = 0; i < rows * moe->k; i++) {
		const float *d = dy + i / moe->k * moe->out;
		float *df = moe->df + moe->slot[i] * moe->out;
		memset(df, 0, (size_t)moe->out * sizeof *df);
		table->axpy(moe->out, moe->w[i], d, df);
		moe->dw[i] = table->dot(moe->out, d, moe->f + moe->slot[i] * moe->out);
	}
}

/* lambda L_overlap: with c = lambda / (B out), for each pair i < j of a row's experts
 *   d/dw_i = c w_j |f_i - f_j|^2, d/df_i = 2 c w_i w_j (f_i - f_j), d/df_j = -d/df_i. */
static void overlap_pair(struct moe *moe, const struct kernel_table *table, float c, int64_t row,
			 int i, int j)
{
	float *w = moe->w + row * moe->k, *dw = moe->dw + row * moe->k;
	const int64_t *slot = moe->slot + row * moe->k;
	float square = moe_overlap(moe, table, row, i, j);
	dw[i] = fmaf(c * w[j], square, dw[i]);
	dw[j] = fmaf(c * w[i], square, dw[j]);
	float scale = 2.0f * c * (w[i] * w[j]);
	const float *fi = moe->f + slot[i] * moe->out, *fj = moe->f + slot[j] * moe->out;
	float *di = moe->df + slot[i] * moe->out, *dj = moe->df + slot[j] * moe->out;
	for (int64_t o = 0; o < moe->out; o++) {
		float d = fi[o] - fj[o];
		di[o] = fmaf(scale, d, di[o]);
		dj[o] = fmaf(-scale, d, dj[o]);
	}
	moe->overlap_loss = moe->overlap_loss + (double)(w[i] * w[j]) * (double)square;
}

static void overlap_penalty(struct moe *moe, const struct kernel_table *table, int64_t rows)
{
	moe->overlap_loss = 0.0;
	if (moe->router.overlap_penalty == 0.0)
		return;
	float c = (float)(moe->router.overlap_penalty / ((double)rows * (double)moe->out));
	for (int64_t r = 0; r < rows; r++)
		for (int i = 0; i < moe->k; i++)
			for (int j = i + 1; j < moe->k; j++)
				overlap_pair(moe, table, c, r, i, j);
	moe->overlap_loss = moe->overlap_loss / ((double)rows * (double)moe->out);
}

/* From gates to probabilities: identity on the chosen, or the quotient rule when renormalised. */
static void gates_to_probabilities(struct moe *moe, int64_t row)
{
	const uint8_t *chosen = moe->chosen + row * moe->k;
	const float *w = moe->w + row * moe->k, *dw = moe->dw + row * moe->k;
	const float *p = moe->p + row * moe->n_experts;
	float *dp = moe->dp + row * moe->n_experts;
	float inner = 0.0f, sum = 0.0f;
	for (int i = 0; i < moe->k; i++) {
		inner = fmaf(dw[i], w[i], inner);
		sum = sum + p[chosen[i]];
	}
	for (int i = 0; i < moe->k; i++)
		dp[chosen[i]] =
		    dp[chosen[i]] + (moe->router.renormalize ? (dw[i] - inner) / sum : dw[i]);
}

/* dz_e = p_e (dp_e - sum_j dp_j p_j), into dp. */
static void softmax_backward(struct moe *moe, const struct kernel_table *table, int64_t rows)
{
	int64_t n = moe->n_experts;
	for (int64_t r = 0; r < rows; r++) {
		float *dp = moe->dp + r * n;
		const float *p = moe->p + r * n;
		float inner = table->dot(n, dp, p);
		for (int64_t e = 0; e < n; e++)
			dp[e] = p[e] * (dp[e] - inner);
	}
}

static void router_backward(struct moe *moe, const struct backend *backend, int64_t rows,
			    const float *inputs, float *grads)
{
	int64_t n = moe->n_experts;
	if (moe->router.control != CONTROL_NONE) {
		/* No parameter of the router took part. */
		memset(grads + moe->gate.weight, 0, (size_t)(moe->in * n) * sizeof *grads);
		memset(grads + moe->gate.bias, 0, (size_t)n * sizeof *grads);
		return;
	}
	for (int64_t e = 0; e < n; e++) {
		/* balance * E * F_e / B, the same in every row. */
		double share =
		    (double)(moe->start[e + 1] - moe->start[e]) / (double)(rows * moe->k);
		float slope = (float)(moe->router.balance * (double)n * share / (double)rows);
		for (int64_t r = 0; r < rows; r++)
			moe->dp[r * n + e] = slope;
	}
	for (int64_t r = 0; r < rows; r++)
		gates_to_probabilities(moe, r);
	softmax_backward(moe, backend->table, rows);
	/* Straight through: the codec's output stands for its input. */
	const float *x = moe->router.codec ? moe->x_decoded : inputs;
	linear_weight_gradient(backend, &moe->gate, rows, x, moe->dp, grads);
}

static void expert_backward(struct moe *moe, const struct backend *backend, const float *params,
			    int e, float *grads)
{
	const struct kernel_table *table = backend->table;
	const struct expert *expert = &moe->expert[e];
	int64_t start = moe->start[e], rows = moe->start[e + 1] - start, h = moe->hidden;
	float *d = moe->dh + start * h;
	const float *df = moe->df + start * moe->out;
	const float *top = moe->activation[moe->layers - 1].a + start * h;
	linear_weight_gradient(backend, &expert->out, rows, top, df, grads);
	linear_input_gradient(backend, &expert->out, params, rows, df, d);
	for (int64_t l = moe->layers - 1; l >= 0; l--) {
		const struct expert_layer *layer = &expert->layer[l];
		const struct moe_activation *act = &moe->activation[l];
		table->norm_gelu_backward(rows, h, d, act->slope + start * h, act->xhat + start * h,
					  act->rstd + start, params + layer->norm.weight, d,
					  grads + layer->norm.weight, grads + layer->norm.bias,
					  grads + layer->linear.bias);
		const float *below =
		    l ? moe->activation[l - 1].a + start * h : moe->x + start * moe->in;
		linear_weight_product(backend, &layer->linear, rows, below, d, grads);
		/* The slope of this layer is used up: its memory takes the gradient below. */
		if (l) {
			float *next = act->slope + start * h;
			linear_input_gradient(backend, &layer->linear, params, rows, d, next);
			d = next;
		}
	}
}

void moe_backward(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		  const float *inputs, const float *dy, float *grads)
{
	sections_and_gates(moe, backend->table, rows, dy);
	overlap_penalty(moe, backend->table, rows);
	router_backward(moe, backend, rows, inputs, grads);
	for (int e = 0; e < moe->n_experts; e++)
		expert_backward(moe, backend, params, e, grads);
}
