/* SPDX-License-Identifier: Apache-2.0 */
/* Forward pass of the mixture; its memory is moe_memory.c, the backward pass moe_backward.c. */
#include "models/moe.h"

#include <string.h>

#include "kernels/profile.h"
#include "kernels/share.h"
#include "models/layers.h"

int moe_choices(const struct moe *moe)
{
	return moe->router.nerve.count;
}

/* z through the codec.  What it did is counted where someone asks: in evaluation. */
static void codec_logits(struct moe *moe, const struct backend *backend, const float *params,
			 int64_t rows, const float *inputs, bool for_training)
{
	const struct kernel_table *table = backend->table;
	const struct padic *padic = &moe->padic;
	const int64_t numbers = rows * moe->in, weights = moe->in * moe->n_experts;
	const float *w = params + moe->gate.weight, *b = params + moe->gate.bias;
	if (!moe->x_given)
		table->padic_encode(padic, numbers, inputs, moe->x_code);
	moe->x_given = false;
	table->padic_encode(padic, weights, w, moe->w_code);
	table->padic_encode(padic, moe->n_experts, b, moe->b_code);
	table->padic_logits(padic, rows, moe->in, moe->n_experts, moe->x_code, moe->w_code,
			    moe->b_code, moe->logits);
	if (for_training) {
		table->padic_decode(padic, numbers, moe->x_code, moe->x_decoded);
		return;
	}
	padic_count(padic, numbers, inputs, moe->x_code, &moe->counts);
	padic_count(padic, weights, w, moe->w_code, &moe->counts);
	padic_count(padic, moe->n_experts, b, moe->b_code, &moe->counts);
}

static void router_logits(struct moe *moe, const struct backend *backend, const float *params,
			  int64_t rows, const float *inputs, bool for_training)
{
	if (!moe->router.codec) {
		linear_forward(backend, &moe->gate, params, rows, inputs, moe->logits);
		return;
	}
	profile_enter(backend->profile);
	codec_logits(moe, backend, params, rows, inputs, for_training);
	profile_leave(backend->profile, PROFILE_PADIC, 0.0);
}

static void choose_gates(struct moe *moe, int64_t row)
{
	const float *p = moe->p + row * moe->n_experts;
	uint8_t *chosen = moe->chosen + row * moe->k;
	float *w = moe->w + row * moe->k;
	router_of(moe->router.kind)->choose(p, &moe->router.nerve, chosen);
	float sum = 0.0f;
	for (int i = 0; i < moe->k; i++) {
		w[i] = p[chosen[i]];
		sum = sum + w[i];
	}
	for (int i = 0; moe->router.renormalize && i < moe->k; i++)
		w[i] = w[i] / sum;
}

/* Expert `first` and the k - 1 after it around the cycle, ascending; the first has the gate. */
static void choose_true_expert(struct moe *moe, int first, uint8_t *chosen, float *w)
{
	int n = moe->n_experts;
	for (int e = 0, i = 0; e < n; e++)
		if ((e - first + n) % n < moe->k) {
			w[i] = e == first ? 1.0f : 0.0f;
			chosen[i++] = (uint8_t)e;
		}
}

/* The gates are the probabilities, all others are 0; there are no logits. */
static void choose_by_control(struct moe *moe, int64_t row)
{
	float *p = moe->p + row * moe->n_experts, *w = moe->w + row * moe->k;
	uint8_t *chosen = moe->chosen + row * moe->k;
	const struct router_settings *router = &moe->router;
	memset(p, 0, (size_t)moe->n_experts * sizeof *p);
	memset(moe->logits + row * moe->n_experts, 0, (size_t)moe->n_experts * sizeof *p);
	if (!router_of(router->kind)->has_nerve && router->control == CONTROL_ORACLE) {
		choose_true_expert(moe, moe->assigned[row], chosen, w);
	} else {
		memcpy(chosen, router->nerve.simplex[moe->assigned[row]], (size_t)moe->k);
		for (int i = 0; i < moe->k; i++)
			w[i] = 1.0f / (float)moe->k;
	}
	for (int i = 0; i < moe->k; i++)
		p[chosen[i]] = w[i];
}

static void choose_part(const void *context, int64_t first, int64_t count)
{
	struct moe *moe = *(struct moe *const *)context;
	const bool control = moe->router.control != CONTROL_NONE;
	for (int64_t r = first; r < first + count; r++)
		(control ? choose_by_control : choose_gates)(moe, r);
}

static void choose(struct moe *moe, const struct backend *backend, int64_t rows)
{
	const int64_t compared = moe->n_experts * moe->k, added = moe->router.nerve.count * moe->k;
	share_loop(backend, rows, compared * SHARE_COMPARE + added * SHARE_ADD_EXACT, choose_part,
		   &moe);
}

static void route(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		  const float *inputs, bool for_training)
{
	if (moe->router.control != CONTROL_NONE) {
		profile_enter(backend->profile);
		choose(moe, backend, rows);
		return;
	}
	router_logits(moe, backend, params, rows, inputs, for_training);
	backend->table->softmax(rows, moe->n_experts, moe->n_experts, moe->logits, moe->p, NULL);
	profile_enter(backend->profile); /* until the slots are assigned */
	choose(moe, backend, rows);
}

/* Slots in expert order, samples ascending within an expert. */
static void assign_slots(struct moe *moe, int64_t rows)
{
	int64_t count[ARCH_MAX_EXPERTS] = {0};
	for (int64_t i = 0; i < rows * moe->k; i++)
		count[moe->chosen[i]]++;
	moe->start[0] = 0;
	for (int e = 0; e < moe->n_experts; e++)
		moe->start[e + 1] = moe->start[e] + count[e];
	int64_t next[ARCH_MAX_EXPERTS];
	memcpy(next, moe->start, sizeof next);
	for (int64_t i = 0; i < rows * moe->k; i++)
		moe->slot[i] = next[moe->chosen[i]]++;
}

static double balance_loss(const struct moe *moe, int64_t rows)
{
	double loss = 0.0;
	for (int e = 0; e < moe->n_experts; e++) {
		double mean = 0.0;
		for (int64_t r = 0; r < rows; r++)
			mean = mean + (double)moe->p[r * moe->n_experts + e];
		double share =
		    (double)(moe->start[e + 1] - moe->start[e]) / (double)(rows * moe->k);
		loss = loss + share * (mean / (double)rows);
	}
	return (double)moe->n_experts * loss;
}

static int64_t expert_rows(const struct moe *moe, int e)
{
	return moe->start[e + 1] - moe->start[e];
}

/* Layer by layer, the products of all experts in one call. */
static void experts_forward(struct moe *moe, const struct backend *backend, const float *params,
			    bool for_training)
{
	struct gemm_args product[ARCH_MAX_EXPERTS];
	const struct kernel_table *table = backend->table;
	int64_t h = moe->hidden, width = moe->in;
	const float *below = moe->x;
	for (int64_t l = 0; l < moe->layers; l++) {
		struct moe_activation *act = &moe->activation[l];
		for (int e = 0; e < moe->n_experts; e++)
			product[e] = product_args(
			    &moe->expert[e].layer[l].linear, params, expert_rows(moe, e),
			    below + moe->start[e] * width, act->a + moe->start[e] * h);
		backend_gemm_group(backend, moe->n_experts, product);
		for (int e = 0; e < moe->n_experts; e++) {
			const struct expert_layer *layer = &moe->expert[e].layer[l];
			int64_t start = moe->start[e];
			float *a = act->a + start * h;
			const struct norm_gelu_args norm = {
			    .rows = expert_rows(moe, e),
			    .n = h,
			    .x = a,
			    .bias = params + layer->linear.bias,
			    .gamma = params + layer->norm.weight,
			    .beta = params + layer->norm.bias,
			    .xhat = for_training ? act->xhat + start * h : NULL,
			    .slope = for_training ? act->slope + start * h : NULL,
			    .rstd = for_training ? act->rstd + start : NULL,
			    .y = a};
			table->norm_gelu(&norm);
		}
		below = act->a;
		width = h;
	}
	for (int e = 0; e < moe->n_experts; e++)
		product[e] =
		    product_args(&moe->expert[e].out, params, expert_rows(moe, e),
				 below + moe->start[e] * h, moe->f + moe->start[e] * moe->out);
	backend_gemm_group(backend, moe->n_experts, product);
	for (int e = 0; e < moe->n_experts; e++)
		table->add_bias(expert_rows(moe, e), moe->out, params + moe->expert[e].out.bias,
				moe->f + moe->start[e] * moe->out);
}

/* Rows on their way to the experts and back. */
struct passage {
	const struct moe *moe;
	const struct kernel_table *own;
	const float *inputs;
	float *y;
};

static void scatter_part(const void *context, int64_t first, int64_t count)
{
	const struct passage *p = context;
	const struct moe *moe = p->moe;
	for (int64_t i = first * moe->k; i < (first + count) * moe->k; i++)
		memcpy(moe->x + moe->slot[i] * moe->in, p->inputs + i / moe->k * moe->in,
		       (size_t)moe->in * sizeof *moe->x);
}

static void combine_part(const void *context, int64_t first, int64_t count)
{
	const struct passage *p = context;
	const struct moe *moe = p->moe;
	for (int64_t r = first; r < first + count; r++) {
		float *out = p->y + r * moe->out;
		memset(out, 0, (size_t)moe->out * sizeof *out);
		for (int i = 0; i < moe->k; i++)
			p->own->axpy(moe->out, moe->w[r * moe->k + i],
				     moe->f + moe->slot[r * moe->k + i] * moe->out, out);
	}
}

void moe_forward(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		 const float *inputs, bool for_training, float *y)
{
	struct profile *profile = backend->profile;
	const struct passage passage = {moe, share_own(backend), inputs, y};
	const int64_t sent = moe->k * moe->in, returned = moe->k * moe->out;
	route(moe, backend, params, rows, inputs, for_training);
	assign_slots(moe, rows);
	moe->balance_loss = balance_loss(moe, rows);
	profile_leave(profile, PROFILE_CHOICE, 0.0);
	profile_enter(profile);
	share_loop(backend, rows, sent * SHARE_COPY, scatter_part, &passage);
	profile_leave(profile, PROFILE_GATHER, 8.0 * (double)(rows * sent));
	experts_forward(moe, backend, params, for_training);
	profile_enter(profile);
	share_loop(backend, rows, returned * SHARE_COPY, combine_part, &passage);
	profile_leave(profile, PROFILE_GATHER, 12.0 * (double)(rows * returned));
	profile_results(profile, PROFILE_GATHER, rows * moe->out, y);
}
