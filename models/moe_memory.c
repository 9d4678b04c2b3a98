/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the mixture, and where its parameters stand in the arena. */
#include "models/moe.h"

#include <stdlib.h>
#include <string.h>

#include "models/buffers.h"

/* Offsets follow arch_tensor_at: router, then expert by expert, layer by layer. */
static void place_parameters(struct moe *moe)
{
	int64_t at = linear_place(&moe->gate, 0, moe->in, moe->n_experts);
	for (int e = 0; e < moe->n_experts; e++) {
		struct expert *expert = &moe->expert[e];
		for (int64_t l = 0; l < moe->layers; l++) {
			struct expert_layer *layer = &expert->layer[l];
			at = linear_place(&layer->linear, at, l ? moe->hidden : moe->in,
					  moe->hidden);
			at = norm_place(&layer->norm, at, moe->hidden);
		}
		at = linear_place(&expert->out, at, moe->hidden, moe->out);
	}
}

static void set_dims(struct moe *moe, const struct arch *arch, const struct router_settings *router,
		     int64_t capacity, bool training)
{
	*moe = (struct moe){
	    .router = *router,
	    .in = arch->input_dim,
	    .hidden = arch->hidden_dim,
	    .out = arch->output_dim,
	    .layers = arch->expert_depth + 1,
	    .capacity = capacity,
	    .training = training,
	    .n_experts = (int)arch->n_experts,
	    .k = (int)arch->top_k,
	};
}

/* Evaluation keeps the outputs of two layers, in turns. */
static int64_t kept_layers(const struct moe *moe)
{
	return moe->training || moe->layers < 2 ? moe->layers : 2;
}

enum { MOE_BUFFERS = 22 };

/* All that the dims of *moe ask for. */
static void list_buffers(struct moe *moe, struct buffer row[MOE_BUFFERS])
{
	const bool codec = moe->router.codec, control = moe->router.control != CONTROL_NONE;
	const int64_t rows = moe->capacity, slots = rows * moe->k, n = moe->n_experts;
	/* What only the backward pass, the codec or a control needs. */
	const int64_t trained = moe->training ? rows : 0, trained_slots = trained * moe->k;
	const int64_t trained_width = trained_slots * moe->hidden;
	const int64_t coded = codec ? rows : 0, coded_parameters = codec ? n : 0;
	const struct buffer all[] = {
	    BUFFER(moe->layer, n * moe->layers, true),
	    BUFFER(moe->activation, moe->layers, true),
	    BUFFER(moe->logits, rows * n, false),
	    BUFFER(moe->p, rows * n, false),
	    BUFFER(moe->dp, trained * n, false),
	    BUFFER(moe->chosen, slots, true),
	    BUFFER(moe->w, slots, false),
	    BUFFER(moe->dw, trained_slots, false),
	    BUFFER(moe->slot, slots, true),
	    BUFFER(moe->assigned, control ? rows : 0, true),
	    BUFFER(moe->x, slots * moe->in, false),
	    BUFFER(moe->a, kept_layers(moe) * slots * moe->hidden, false),
	    BUFFER(moe->xhat, moe->layers * trained_width, false),
	    BUFFER(moe->slope, moe->layers * trained_width, false),
	    BUFFER(moe->rstd, moe->layers * trained_slots, false),
	    BUFFER(moe->f, slots * moe->out, false),
	    BUFFER(moe->df, trained_slots * moe->out, false),
	    BUFFER(moe->dh, trained_width, false),
	    BUFFER(moe->x_code, coded * moe->in, true),
	    BUFFER(moe->w_code, coded_parameters * moe->in, true),
	    BUFFER(moe->b_code, coded_parameters, true),
	    BUFFER(moe->x_decoded, codec ? trained * moe->in : 0, false),
	};
	_Static_assert(sizeof all == MOE_BUFFERS * sizeof *row, "every row is there");
	memcpy(row, all, sizeof all);
}

/* The layers' parts of what all of them share. */
static void divide_layers(struct moe *moe)
{
	const int64_t slots = moe->capacity * moe->k, width = slots * moe->hidden;
	for (int e = 0; e < moe->n_experts; e++)
		moe->expert[e].layer = moe->layer + e * moe->layers;
	for (int64_t l = 0; l < moe->layers; l++) {
		struct moe_activation *act = &moe->activation[l];
		act->a = moe->a + l % kept_layers(moe) * width;
		if (!moe->training)
			continue;
		act->xhat = moe->xhat + l * width;
		act->slope = moe->slope + l * width;
		act->rstd = moe->rstd + l * slots;
	}
}

int64_t moe_memory(const struct arch *arch, const struct router_settings *router, int64_t capacity,
		   bool training)
{
	struct buffer row[MOE_BUFFERS];
	struct moe moe;
	set_dims(&moe, arch, router, capacity, training);
	list_buffers(&moe, row);
	const int64_t bytes = buffers_bytes(row, MOE_BUFFERS);
	return bytes < INT64_MAX ? bytes + (int64_t)sizeof moe : bytes;
}

/* False: settings that cannot be. */
static bool open_router(struct moe *moe)
{
	const struct router_settings *router = &moe->router;
	if (router->codec && padic_init(&moe->padic, &router->padic, moe->in))
		return false;
	if (router_of(router->kind)->has_nerve)
		return true;
	moe->router.nerve = (struct nerve){.n_experts = moe->n_experts, .k = moe->k};
	/* Without a nerve a random control draws from all sets of k experts. */
	return router->control != CONTROL_RANDOM ||
	       nerve_complete(&moe->router.nerve, moe->n_experts, moe->k) == 0;
}

struct moe *moe_open(const struct arch *arch, const struct router_settings *router,
		     int64_t capacity, bool training)
{
	struct buffer row[MOE_BUFFERS];
	struct moe *moe = malloc(sizeof *moe);
	if (!moe)
		return NULL;
	set_dims(moe, arch, router, capacity, training);
	list_buffers(moe, row);
	if (!open_router(moe) || !buffers_take(row, MOE_BUFFERS)) {
		moe_close(moe);
		return NULL;
	}
	divide_layers(moe);
	place_parameters(moe);
	return moe;
}

void moe_close(struct moe *moe)
{
	struct buffer row[MOE_BUFFERS];
	if (!moe)
		return;
	list_buffers(moe, row);
	buffers_free(row, MOE_BUFFERS);
	free(moe);
}
