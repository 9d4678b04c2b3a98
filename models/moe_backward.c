/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients of the mixture: sections, gates, balance loss, router; those of the overlap penalty are
 * added by models/overlap_penalty.c. */
#include <string.h>

#include "kernels/fma.h"
#include "kernels/profile.h"
#include "kernels/share.h"
#include "models/layers.h"
#include "models/moe.h"
#include "models/overlap_penalty.h"

struct sections {
	struct moe *moe;
	const struct kernel_table *own;
	const float *dy;
};

/* d loss / d f = w dy and d loss / d w = dy . f for every assignment. */
static void sections_part(const void *context, int64_t first, int64_t count)
{
	const struct sections *s = context;
	struct moe *moe = s->moe;
	for (int64_t i = first * moe->k; i < (first + count) * moe->k; i++) {
		const float *d = s->dy + i / moe->k * moe->out;
		float *df = moe->df + moe->slot[i] * moe->out;
		memset(df, 0, (size_t)moe->out * sizeof *df);
		s->own->axpy(moe->out, moe->w[i], d, df);
		moe->dw[i] = s->own->dot(moe->out, d, moe->f + moe->slot[i] * moe->out);
	}
}

static void sections_and_gates(struct moe *moe, const struct backend *backend, int64_t rows,
			       const float *dy)
{
	struct profile *profile = backend->profile;
	const struct sections sections = {moe, share_own(backend), dy};
	const int64_t numbers = moe->k * moe->out;
	profile_enter(profile);
	share_loop(backend, rows, 2 * numbers * SHARE_COPY, sections_part, &sections);
	profile_leave(profile, PROFILE_GATHER, 16.0 * (double)(rows * numbers));
	profile_results(profile, PROFILE_GATHER, rows * numbers, moe->df);
	profile_results(profile, PROFILE_GATHER, rows * moe->k, moe->dw);
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
		inner = contract_fma(dw[i], w[i], inner);
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

/* The heads of all experts: gradients of weights and biases, and of what they read, into dh. */
static void heads_backward(struct moe *moe, const struct backend *backend, const float *params,
			   float *grads)
{
	struct gemm_args product[2 * ARCH_MAX_EXPERTS];
	int n = moe->n_experts;
	int64_t h = moe->hidden;
	for (int e = 0; e < n; e++) {
		const struct linear *out = &moe->expert[e].out;
		int64_t start = moe->start[e], rows = moe->start[e + 1] - start;
		const float *df = moe->df + start * moe->out;
		const float *top = moe->activation[moe->layers - 1].a + start * h;
		product[e] = weight_gradient_args(out, rows, top, df, grads);
		product[n + e] = input_gradient_args(out, params, rows, df, moe->dh + start * h);
		backend->table->column_sum(rows, moe->out, moe->out, df, grads + out->bias);
	}
	backend_gemm_group(backend, 2 * (int64_t)n, product);
}

/* Layer by layer, the products of all experts in one call. */
static void experts_backward(struct moe *moe, const struct backend *backend, const float *params,
			     float *grads)
{
	struct gemm_args product[2 * ARCH_MAX_EXPERTS];
	int64_t h = moe->hidden;
	float *d = moe->dh;
	heads_backward(moe, backend, params, grads);
	for (int64_t l = moe->layers - 1; l >= 0; l--) {
		const struct moe_activation *act = &moe->activation[l];
		const float *below = l ? moe->activation[l - 1].a : moe->x;
		int count = 0;
		for (int e = 0; e < moe->n_experts; e++) {
			const struct expert_layer *layer = &moe->expert[e].layer[l];
			const struct linear *linear = &layer->linear;
			int64_t start = moe->start[e], rows = moe->start[e + 1] - start;
			float *de = d + start * h, *slope = act->slope + start * h;
			const struct norm_gelu_backward_args norm = {
			    .rows = rows,
			    .n = h,
			    .dy = de,
			    .slope = slope,
			    .xhat = act->xhat + start * h,
			    .rstd = act->rstd + start,
			    .gamma = params + layer->norm.weight,
			    .dx = de,
			    .dgamma = grads + layer->norm.weight,
			    .dbeta = grads + layer->norm.bias,
			    .dbias = grads + linear->bias};
			backend->table->norm_gelu_backward(&norm);
			product[count++] = weight_gradient_args(
			    linear, rows, below + start * linear->in, de, grads);
			/* The slope of this layer is used up: its memory takes the gradient
			 * below. */
			if (l)
				product[count++] =
				    input_gradient_args(linear, params, rows, de, slope);
		}
		backend_gemm_group(backend, count, product);
		d = act->slope;
	}
}

void moe_backward(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		  const float *inputs, const float *dy, float *grads)
{
	sections_and_gates(moe, backend, rows, dy);
	overlap_penalty_backward(moe, backend->table, rows);
	router_backward(moe, backend, rows, inputs, grads);
	experts_backward(moe, backend, params, grads);
}
