/* SPDX-License-Identifier: Apache-2.0 */
/* A network with its parameters and the memory for one batch: MoE or Dense behind one interface.
 *
 *   model_forward(model, rows, inputs)            -> model->logits (rows x out)
 *   model_loss(model, rows, targets)              -> loss, model->probabilities, d loss / d logits
 *   model_backward(model, rows, inputs)           -> model->grads (all of them, overwritten)
 *
 * For a MoE the loss that is differentiated is task loss + balance * L_balance + lambda * L_overlap
 * (models/moe.h); model_loss returns the task loss alone and leaves the others in model->moe. */
#ifndef SHEAFBENCH_MODELS_MODEL_H
#define SHEAFBENCH_MODELS_MODEL_H

#include <stdint.h>

#include "kernels/backend.h"
#include "models/arch.h"
#include "models/dense.h"
#include "foundation/error.h"
#include "models/heads.h"
#include "models/moe.h"
#include "models/router.h"

struct model {
	const struct backend *backend; /* not owned */
	struct arch arch;
	struct heads heads;
	int64_t capacity; /* rows of a batch */
	bool training;    /* memory for gradients is there */
	int64_t param_count;
	float *params, *grads;                   /* owned arenas; grads NULL unless training */
	float *logits, *probabilities, *dlogits; /* capacity x out */
	double head_loss[HEADS_MAX];             /* of the last model_loss: sums over rows */
	struct moe *moe;                         /* owned; NULL for Dense */
	struct dense *dense;                     /* owned; NULL for MoE */
};

/* Bytes that model_open asks for, with what its caller holds beside it: the inputs and targets of a
 * batch, the optimiser's moments when training.  INT64_MAX: more than can be counted. */
int64_t model_memory(const struct arch *arch, const struct router_settings *router,
		     int64_t capacity, bool training);

/* Allocates and sets the initial parameters from arch->seed.  Refuses with ERROR_MACHINE, naming
 * the memory needed and available, what does not fit.  `router` is ignored for Dense. */
int model_open(struct model *model, const struct backend *backend, const struct arch *arch,
	       const struct router_settings *router, const struct heads *heads, int64_t capacity,
	       bool training, struct error *error);
void model_close(struct model *model);

/* rows <= capacity.  for_training keeps what model_backward needs. */
void model_forward(struct model *model, int64_t rows, const float *inputs, bool for_training);
double model_loss(struct model *model, int64_t rows, const float *targets, bool for_training);
void model_backward(struct model *model, int64_t rows, const float *inputs);

#endif
