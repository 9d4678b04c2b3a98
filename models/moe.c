/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and forward pass of the mixture; the backward pass is moe_backward.c. */
#include "models/moe.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/profile.h"
#include "models/layers.h"

int64_t moe_memory(const struct arch *arch, int64_t capacity, bool training)
{
	int64_t slots = capacity * arch->top_k, layers = arch->expert_depth + 1;
	int64_t kept = training ? layers : 1;
	int64_t floats = capacity * (3 * arch->n_experts + 2 * arch->top_k + 2 * arch->input_dim) +
			 slots * (arch->input_dim + 2 * arch->output_dim) +
			 slots * arch->hidden_dim * (3 * kept + 1) +
			 arch->input_dim * arch->n_experts;
	return floats * 4 + capacity * arch->top_k * 9;
}

static int64_t place_linear(struct linear *linear, int64_t at, int64_t in, int64_t out)
{
	*linear = (struct linear){in, out, at, at + in * out};
	return at + in * out + out;
}

/* Offsets follow arch_tensor_at: router, then expert by expert, layer by layer. */
static void place_parameters(struct moe *moe)
{
	int64_t at = place_linear(&moe->gate, 0, moe->in, moe->n_experts);
	for (int e = 0; e < moe->n_experts; e++) {
		struct expert *expert = &moe->expert[e];
		for (int64_t l = 0; l < moe->layers; l++) {
			struct expert_layer *layer = &expert->layer[l];
			at = place_linear(&layer->linear, at, l ? moe->hidden : moe->in,
					  moe->hidden);
			layer->norm = (struct norm){moe->hidden, at, at + moe->hidden};
			at += 2 * moe->hidden;
		}
		at = place_linear(&expert->out, at, moe->hidden, moe->out);
	}
}

static void *take(int64_t count, size_t size, bool *ok)
{
	void *memory = calloc((size_t)(count ? count : 1), size);
	*ok = *ok && memory;
	return memory;
}

static float *take_floats(int64_t count, bool *ok)
{
	/* Not cleared: large batches of large networks touch only what they use. */
	float *memory = malloc((size_t)(count ? count : 1) * sizeof *memory);
	*ok = *ok && memory;
	return memory;
}

static bool take_batch(struct moe *moe, int64_t capacity, bool training)
{
	bool ok = true;
	int64_t slots = capacity * moe->k, width = slots * moe->hidden;
	moe->logits = take_floats(capacity * moe->n_experts, &ok);
	moe->p = take_floats(capacity * moe->n_experts, &ok);
	moe->dp = take_floats(capacity * moe->n_experts, &ok);
	moe->chosen = take(slots, sizeof *moe->chosen, &ok);
	moe->w = take_floats(slots, &ok);
	moe->dw = take_floats(slots, &ok);
	moe->slot = take(slots, sizeof *moe->slot, &ok);
	moe->x = take_floats(slots * moe->in, &ok);
	moe->f = take_floats(slots * moe->out, &ok);
	moe->df = take_floats(training ? slots * moe->out : 0, &ok);
	moe->dh = take_floats(training ? width : 0, &ok);
	moe->activation = take(moe->layers, sizeof *moe->activation, &ok);
	if (!ok)
		return false;
	for (int64_t l = 0; l < moe->layers; l++) {
		struct moe_activation *act = &moe->activation[l];
		/* Evaluation keeps two layers' outputs, in turns. */
		bool own = training || l < 2;
		act->a = own ? take_floats(width, &ok) : moe->activation[l % 2].a;
		act->xhat = take_floats(training ? width : 0, &ok);
		act->slope = take_floats(training ? width : 0, &ok);
		act->rstd = take_floats(training ? slots : 0, &ok);
	}
	return ok;
}

/* Without a nerve of its own a random control draws from all sets of k experts. */
static bool take_control(struct moe *moe, int64_t capacity)
{
	bool ok = true;
	if (moe->router.control == CONTROL_NONE)
		return true;
	moe->assigned = take(capacity, sizeof *moe->assigned, &ok);
	if (moe->router.kind == ROUTER_SOFTMAX_ONLY && moe->router.control == CONTROL_RANDOM)
		ok = ok && nerve_complete(&moe->router.nerve, moe->n_experts, moe->k) == 0;
	return ok;
}

int moe_choices(const struct moe *moe)
{
	return moe->router.nerve.count;
}

static bool take_codec(struct moe *moe, int64_t capacity)
{
	bool ok = true;
	if (!moe->router.codec)
		return true;
	if (padic_init(&moe->padic, &moe->router.padic, moe->in))
		return false;
	moe->x_code = take(capacity * moe->in, sizeof *moe->x_code, &ok);
	moe->w_code = take(moe->in * moe->n_experts, sizeof *moe->w_code, &ok);
	moe->b_code = take(moe->n_experts, sizeof *moe->b_code, &ok);
	moe->x_decoded = take_floats(capacity * moe->in, &ok);
	return ok;
}

struct moe *moe_open(const struct arch *arch, const struct router_settings *router,
		     int64_t capacity, bool training)
{
	struct moe *moe = calloc(1, sizeof *moe);
	if (!moe)
		return NULL;
	moe->router = *router;
	moe->in = arch->input_dim;
	moe->hidden = arch->hidden_dim;
	moe->out = arch->output_dim;
	moe->layers = arch->expert_depth + 1;
	moe->n_experts = (int)arch->n_experts;
	moe->k = (int)arch->top_k;
	bool ok = true;
	moe->expert = take(moe->n_experts, sizeof *moe->expert, &ok);
	for (int e = 0; ok && e < moe->n_experts; e++)
		moe->expert[e].layer = take(moe->layers, sizeof *moe->expert[e].layer, &ok);
	if (!ok || !take_batch(moe, capacity, training) || !take_codec(moe, capacity) ||
	    !take_control(moe, capacity)) {
		moe_close(moe);
		return NULL;
	}
	place_parameters(moe);
	return moe;
}

static void free_activations(struct moe *moe)
{
	for (int64_t l = 0; moe->activation && l < moe->layers; l++) {
		struct moe_activation *act = &moe->activation[l];
		if (l < 2 || act->a != moe->activation[l % 2].a)
			free(act->a);
		free(act->xhat);
		free(act->slope);
		free(act->rstd);
	}
	free(moe->activation);
}

void moe_close(struct moe *moe)
{
	if (!moe)
		return;
	for (int e = 0; moe->expert && e < moe->n_experts; e++)
		free(moe->expert[e].layer);
	free(moe->expert);
	free_activations(moe);
	void *owned[] = {moe->logits, moe->p,      moe->dp,        moe->chosen,
			 moe->w,      moe->dw,     moe->slot,      moe->x,
			 moe->f,      moe->df,     moe->dh,        moe->x_code,
			 moe->w_code, moe->b_code, moe->x_decoded, moe->assigned};
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	free(moe);
}

static void router_logits(struct moe *moe, const struct backend *backend, const float *params,
			  int64_t rows, const float *inputs, bool for_training)
{
	if (!moe->router.codec) {
		linear_forward(backend, &moe->gate, params, rows, inputs, moe->logits);
		return;
	}
	profile_enter(backend->profile);
	padic_encode_array(&moe->padic, rows * moe->in, inputs, moe->x_code, &moe->counts);
	padic_encode_array(&moe->padic, moe->in * moe->n_experts, params + moe->gate.weight,
			   moe->w_code, &moe->counts);
	padic_encode_array(&moe->padic, moe->n_experts, params + moe->gate.bias, moe->b_code,
			   &moe->counts);
	padic_logits(&moe->padic, rows, moe->in, moe->n_experts, moe->x_code, moe->w_code,
		     moe->b_code, moe->logits);
	for (int64_t i = 0; for_training && i < rows * moe->in; i++)
		moe->x_decoded[i] = padic_decode(&moe->padic, moe->x_code[i]);
	profile_leave(backend->profile, PROFILE_PADIC, 0.0);
}

static void choose_gates(struct moe *moe, int64_t row)
{
	const float *p = moe->p + row * moe->n_experts;
	uint8_t *chosen = moe->chosen + row * moe->k;
	float *w = moe->w + row * moe->k;
	if (moe->router.kind == ROUTER_SOFTMAX_ONLY)
		router_choose_top_k(p, moe->n_experts, moe->k, chosen);
	else
		router_choose_simplex(p, &moe->router.nerve, chosen);
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
	if (router->kind == ROUTER_SOFTMAX_ONLY && router->control == CONTROL_ORACLE) {
		choose_true_expert(moe, moe->assigned[row], chosen, w);
	} else {
		memcpy(chosen, router->nerve.simplex[moe->assigned[row]], (size_t)moe->k);
		for (int i = 0; i < moe->k; i++)
			w[i] = 1.0f / (float)moe->k;
	}
	for (int i = 0; i < moe->k; i++)
		p[chosen[i]] = w[i];
}

static void route(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		  const float *inputs, bool for_training)
{
	if (moe->router.control != CONTROL_NONE) {
		profile_enter(backend->profile);
		for (int64_t r = 0; r < rows; r++)
			choose_by_control(moe, r);
		return;
	}
	router_logits(moe, backend, params, rows, inputs, for_training);
	backend->table->softmax(rows, moe->n_experts, moe->n_experts, moe->logits, moe->p, NULL);
	profile_enter(backend->profile); /* until the slots are assigned */
	for (int64_t r = 0; r < rows; r++)
		choose_gates(moe, r);
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

void moe_forward(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		 const float *inputs, bool for_training, float *y)
{
	const struct kernel_table *table = backend->table;
	route(moe, backend, params, rows, inputs, for_training);
	assign_slots(moe, rows);
	moe->balance_loss = balance_loss(moe, rows);
	profile_leave(backend->profile, PROFILE_CHOICE, 0.0);
	profile_enter(backend->profile);
	for (int64_t i = 0; i < rows * moe->k; i++)
		memcpy(moe->x + moe->slot[i] * moe->in, inputs + i / moe->k * moe->in,
		       (size_t)moe->in * sizeof *moe->x);
	profile_leave(backend->profile, PROFILE_GATHER, 8.0 * (double)(rows * moe->k * moe->in));
	experts_forward(moe, backend, params, for_training);
	for (int64_t r = 0; r < rows; r++) {
		float *out = y + r * moe->out;
		memset(out, 0, (size_t)moe->out * sizeof *out);
		for (int i = 0; i < moe->k; i++)
			table->axpy(moe->out, moe->w[r * moe->k + i],
				    moe->f + moe->slot[r * moe->k + i] * moe->out, out);
	}
}
