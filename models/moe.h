/* SPDX-License-Identifier: Apache-2.0 */
/* Mixture of experts with sparse dispatch: only the experts a sample routes to are computed.
 *
 * The rows of all experts stand one after another in shared buffers: expert e owns slots
 * [start[e], start[e+1]), its samples ascending.  Layer l = 0..depth of expert e on its rows:
 *   u_l = a_{l-1} W_l; (xhat, v) = LayerNorm(u_l + b_l); a_l = GELU(v)         a_{-1} = gathered x
 *   f = a_depth W_out + b_out;     y = sum over chosen e ascending of fma(w_e, f_e, y), y = +0
 * first.
 *
 * Auxiliary losses of a batch of B rows with k assignments each:
 *   L_balance = E sum_e F_e P_e, F_e = assignments to e / (B k), P_e = mean over rows of p_e
 *               (Fedus et al. 2021, eq. 4); F is not differentiated.
 *   L_overlap: models/overlap_penalty.h. */
#ifndef SHEAFBENCH_MODELS_MOE_H
#define SHEAFBENCH_MODELS_MOE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/backend.h"
#include "kernels/padic.h"
#include "models/params.h"
#include "models/router.h"

struct expert_layer {
	struct linear linear;
	struct norm norm;
};

struct expert {
	struct expert_layer *layer; /* depth + 1 of them */
	struct linear out;
};

/* One layer's part of the buffers below, shared by the experts: slots x hidden. */
struct moe_activation {
	float *xhat, *slope, *a;
	float *rstd; /* slots */
};

struct moe {
	struct router_settings router;
	int64_t in, hidden, out, layers; /* layers = depth + 1 */
	int64_t capacity;                /* rows of a batch */
	bool training;                   /* there is what a backward pass needs */
	int n_experts, k;
	struct linear gate;
	struct expert expert[ARCH_MAX_EXPERTS];

	/* All pointers from here on own what they point to (models/moe_memory.c). */
	struct expert_layer *layer; /* n_experts x layers */

	/* one batch */
	float *logits, *p, *dp; /* rows x E */
	uint8_t *chosen;        /* rows x k, ascending */
	float *w, *dw;          /* rows x k */
	int64_t *slot;          /* rows x k: the slot that holds this assignment */
	int32_t *assigned; /* rows; a control's: which simplex (random), which true expert (oracle);
			      the caller sets it before moe_forward.  NULL without a control */
	int64_t start[ARCH_MAX_EXPERTS + 1];
	float *x;                          /* slots x in */
	struct moe_activation *activation; /* layers */
	float *a;                          /* layers x slots x hidden; evaluation: 2 layers */
	float *xhat, *slope;               /* layers x slots x hidden */
	float *rstd;                       /* layers x slots */
	float *f, *df;                     /* slots x out */
	float *dh;                         /* slots x hidden, gradient scratch */
	double balance_loss, overlap_loss; /* of the last forward; overlap only when asked for */

	/* codec */
	struct padic padic;
	int32_t *x_code, *w_code, *b_code;
	bool x_given; /* x_code holds the inputs of the next moe_forward, which clears this; else
			 it encodes them (models/input_codes.h) */
	float *x_decoded;           /* rows x in, what the router's weight gradient multiplies */
	struct padic_counts counts; /* of forward passes that were not for training */
};

/* Bytes moe_open asks for; INT64_MAX: more than can be counted. */
int64_t moe_memory(const struct arch *arch, const struct router_settings *router, int64_t capacity,
		   bool training);
/* NULL: out of memory, or settings that cannot be: of a codec that padic_init refuses, of a random
 * choice among more than 256 sets of experts. */
struct moe *moe_open(const struct arch *arch, const struct router_settings *router,
		     int64_t capacity, bool training);
void moe_close(struct moe *moe);

/* y is rows x out. */
void moe_forward(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		 const float *inputs, bool for_training, float *y);
/* From d loss / d y to all parameter gradients, auxiliary losses included. */
void moe_backward(struct moe *moe, const struct backend *backend, const float *params, int64_t rows,
		  const float *inputs, const float *dy, float *grads);

/* A random control chooses among so many sets: assigned[row] is below it. */
int moe_choices(const struct moe *moe);

#endif
