/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the mixture, and where its parameters stand in the arena. */
#include "models/moe.h"

#include <stdlib.h>

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
