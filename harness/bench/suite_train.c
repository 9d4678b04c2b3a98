/* SPDX-License-Identifier: Apache-2.0 */
/* Whole training steps of the four arms at Nano, with the ablation's settings: forward, loss,
 * backward and AdamW on one synthetic batch of 128 rows of 16 -> 26.
 *
 * The hash is that of all parameters after one step with a learning rate.  The timed steps have a
 * rate of 0: the same work, but the parameters stay, and with them how the experts are loaded. */
#include <string.h>

#include "harness/bench/suite.h"
#include "models/model.h"
#include "models/optimiser.h"

enum { BATCH = 128, INPUTS = 16, OUTPUTS = 26, ARMS = 4 };

static const char *const arm_names[ARMS] = {"SheafPadic", "SheafOnly", "SoftmaxOnly", "Dense"};
static const enum router_kind arm_routers[ARMS] = {ROUTER_SHEAF_PADIC, ROUTER_SHEAF_ONLY,
						   ROUTER_SOFTMAX_ONLY, ROUTER_SOFTMAX_ONLY};

struct session {
	const struct backend *backend;
	struct model model;
	struct optimiser optimiser;
	struct suite_buffers buffers; /* inputs, targets */
};

/* Dense: as many parameters as SoftmaxOnly, as near as can be. */
static struct arch make_arch(int arm)
{
	struct arch moe = arch_moe(SIZE_NANO, INPUTS, OUTPUTS, arm_routers[arm], 1);
	if (strcmp(arm_names[arm], "Dense") != 0)
		return moe;
	struct arch dense = arch_dense(SIZE_NANO, INPUTS, OUTPUTS, 1, 1);
	int64_t residual;
	dense.intermediate = arch_solve_intermediate(&dense, MATCH_TOTAL_PARAMS,
						     arch_count(&moe).total_params, &residual);
	return dense;
}

static struct router_settings make_router(int arm)
{
	bool sheaf = arm_routers[arm] != ROUTER_SOFTMAX_ONLY;
	struct router_settings router = {
	    .kind = arm_routers[arm],
	    .overlap_penalty = sheaf ? 0.01 : 0.0,
	    .balance = 0.01,
	    .codec = arm_routers[arm] == ROUTER_SHEAF_PADIC,
	    .padic = {5, 6, 4, 0.04},
	};
	if (sheaf)
		nerve_cycle(&router.nerve, ARCH_EXPERTS, ARCH_TOP_K);
	return router;
}

/* One class a row. */
static void fill_targets(float *targets, const char *name)
{
	struct random_stream stream;
	random_open(&stream, 1, name, "targets");
	memset(targets, 0, sizeof(float) * BATCH * OUTPUTS);
	for (int r = 0; r < BATCH; r++)
		targets[r * OUTPUTS + (int)random_below(&stream, OUTPUTS)] = 1.0f;
}

static void step(struct session *s, double lr)
{
	model_forward(&s->model, BATCH, s->buffers.at[0], true);
	model_loss(&s->model, BATCH, s->buffers.at[1], true);
	model_backward(&s->model, BATCH, s->buffers.at[0]);
	optimiser_step(&s->optimiser, s->backend->table, &s->model.arch, lr, s->model.grads,
		       s->model.params);
}

static bool open_session(struct session *s, struct bench_state *state, const struct suite_row *row)
{
	static const struct heads heads = {
	    1, {{.name = "letter", .kind = HEAD_SOFTMAX, .width = OUTPUTS, .weight = 1.0f}}};
	const int64_t counts[] = {BATCH * INPUTS, BATCH * OUTPUTS};
	struct arch arch = make_arch(row->variant);
	struct router_settings router = make_router(row->variant);
	struct error error;
	s->backend = row->suite->backend;
	if (!suite_take(&s->buffers, 2, counts, state, "train"))
		return false;
	fill_targets(s->buffers.at[1], "train");
	if (model_open(&s->model, s->backend, &arch, &router, &heads, BATCH, true, &error)) {
		bench_fail(state, error.what);
		suite_give_back(&s->buffers);
		return false;
	}
	if (optimiser_open(&s->optimiser, s->model.param_count, 0.9, 0.999, 1e-8, 0.1)) {
		bench_fail(state, "out of memory");
		model_close(&s->model);
		suite_give_back(&s->buffers);
		return false;
	}
	return true;
}

static void bench_step(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	struct session s;
	if (!open_session(&s, state, row))
		return;
	step(&s, 0.004);
	if (!row->hashed) {
		struct suite_hash hash = {.count = 0};
		suite_hash_words(&hash, row, s.model.params, s.model.param_count);
		suite_hash_end(&hash, row);
	}
	while (bench_keep_running(state))
		step(&s, 0.0);
	suite_report(state, row, ROOF_FMA, BATCH * (double)arch_count(&s.model.arch).train_flops);
	bench_set_items(state, BATCH);
	optimiser_close(&s.optimiser);
	model_close(&s.model);
	suite_give_back(&s.buffers);
}

int suite_register_training(const struct suite *suite)
{
	for (int arm = 0; arm < ARMS; arm++)
		if (suite_add(suite, bench_step, NULL, arm, "train/Nano/%s", arm_names[arm]))
			return -1;
	return 0;
}
