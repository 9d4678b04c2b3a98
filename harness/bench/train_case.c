/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/train_case.h"

#include <string.h>

#include "kernels/random.h"
#include "models/matched_width.h"

enum { DENSE = ROUTER_KINDS };

const char *train_case_arm(int arm)
{
	return arm == DENSE ? model_kind_names[MODEL_DENSE] : router_kind_names[arm];
}

/* Dense: as many parameters as a mixture, as near as can be. */
static struct arch make_arch(int arm)
{
	enum router_kind router = arm == DENSE ? ARCH_ROUTER : (enum router_kind)arm;
	struct arch moe = arch_moe(SIZE_NANO, TRAIN_CASE_INPUTS, TRAIN_CASE_OUTPUTS, router, 1);
	if (arm != DENSE)
		return moe;
	struct arch dense = arch_dense(SIZE_NANO, TRAIN_CASE_INPUTS, TRAIN_CASE_OUTPUTS, 1, 1);
	int64_t residual;
	dense.intermediate = matched_intermediate(&dense, MATCH_TOTAL_PARAMS,
						  arch_count(&moe).total_params, &residual);
	return dense;
}

/* Nothing of it counts for Dense. */
static struct router_settings make_router(enum router_kind kind)
{
	const struct router *of_kind = router_of(kind);
	struct router_settings router = {
	    .kind = kind,
	    .overlap_penalty = of_kind->has_nerve ? 0.01 : 0.0,
	    .balance = 0.01,
	    .codec = of_kind->has_codec,
	    .padic = padic_default,
	};
	if (of_kind->has_nerve)
		nerve_cycle(&router.nerve, ARCH_EXPERTS, ARCH_TOP_K);
	return router;
}

void train_case_targets(float *targets)
{
	struct random_stream stream;
	random_open(&stream, 1, "train", "targets");
	memset(targets, 0, sizeof(float) * TRAIN_CASE_BATCH * TRAIN_CASE_OUTPUTS);
	for (int r = 0; r < TRAIN_CASE_BATCH; r++)
		targets[r * TRAIN_CASE_OUTPUTS + (int)random_below(&stream, TRAIN_CASE_OUTPUTS)] =
		    1.0f;
}

static bool open_codes(struct train_case *c)
{
	const struct moe *moe = c->model.moe;
	for (int64_t r = 0; r < TRAIN_CASE_BATCH; r++)
		c->index[r] = r;
	return !moe || !moe->router.codec ||
	       input_codes_open(&c->codes, &moe->padic, c->backend->table, TRAIN_CASE_BATCH,
				TRAIN_CASE_INPUTS, c->inputs);
}

int train_case_open(struct train_case *c, const struct backend *backend, int arm,
		    const float *inputs, const float *targets, struct error *error)
{
	static const struct heads heads = {1,
					   {{.name = "letter",
					     .kind = HEAD_SOFTMAX,
					     .width = TRAIN_CASE_OUTPUTS,
					     .weight = 1.0f}}};
	struct arch arch = make_arch(arm);
	struct router_settings router = make_router(arch.router_kind);
	*c = (struct train_case){.backend = backend, .inputs = inputs, .targets = targets};
	int status =
	    model_open(&c->model, backend, &arch, &router, &heads, TRAIN_CASE_BATCH, true, error);
	if (status)
		return status;
	if (open_codes(c) &&
	    !optimiser_open(&c->optimiser, c->model.param_count, 0.9, 0.999, 1e-8, 0.1))
		return 0;
	input_codes_close(&c->codes);
	model_close(&c->model);
	return error_no_memory(error, NULL);
}

void train_case_close(struct train_case *c)
{
	optimiser_close(&c->optimiser);
	input_codes_close(&c->codes);
	model_close(&c->model);
}

void train_case_step(struct train_case *c, double lr)
{
	input_codes_give(&c->codes, &c->model, c->index, TRAIN_CASE_BATCH);
	model_forward(&c->model, TRAIN_CASE_BATCH, c->inputs, true);
	model_loss(&c->model, TRAIN_CASE_BATCH, c->targets, true);
	model_backward(&c->model, TRAIN_CASE_BATCH, c->inputs);
	optimiser_step(&c->optimiser, c->backend->table, &c->model.arch, lr, c->model.grads,
		       c->model.params);
}
