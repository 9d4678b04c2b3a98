/* SPDX-License-Identifier: Apache-2.0 */
/* Whole training steps of the four arms (harness/bench/train_case.h).
 *
 * The hash is that of all parameters after one step with a learning rate.  The timed steps have a
 * rate of 0: the same work, but the parameters stay, and with them how the experts are loaded. */
#include "harness/bench/suite.h"
#include "harness/bench/train_case.h"

static void bench_step(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const int64_t counts[] = {TRAIN_CASE_BATCH * TRAIN_CASE_INPUTS,
				  TRAIN_CASE_BATCH * TRAIN_CASE_OUTPUTS};
	struct suite_buffers buffers; /* inputs, targets */
	struct train_case c;
	struct error error;
	if (!suite_take(&buffers, 2, counts, state, "train"))
		return;
	train_case_targets(buffers.at[1]);
	if (train_case_open(&c, row->suite->backend, row->variant, buffers.at[0], buffers.at[1],
			    &error)) {
		bench_fail(state, error.what);
		suite_give_back(&buffers);
		return;
	}
	train_case_step(&c, 0.004);
	if (!row->hashed) {
		struct suite_hash hash = {.count = 0};
		suite_hash_words(&hash, row, c.model.params, c.model.param_count);
		suite_hash_end(&hash, row);
	}
	while (bench_keep_running(state))
		train_case_step(&c, 0.0);
	suite_report(state, row, ROOF_FMA,
		     TRAIN_CASE_BATCH * (double)arch_count(&c.model.arch).train_flops);
	bench_set_items(state, TRAIN_CASE_BATCH);
	train_case_close(&c);
	suite_give_back(&buffers);
}

int suite_register_training(const struct suite *suite)
{
	for (int arm = 0; arm < TRAIN_CASE_ARMS; arm++)
		if (suite_add(suite, bench_step, NULL, arm, "train/Nano/%s", train_case_arm(arm)))
			return -1;
	return 0;
}
