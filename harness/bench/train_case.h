/* SPDX-License-Identifier: Apache-2.0 */
/* One training step of an arm of the ablation at Nano: forward, loss, backward and AdamW on one
 * synthetic batch of 128 rows of 16 -> 26, with the ablation's settings. */
#ifndef SHEAFBENCH_HARNESS_BENCH_TRAIN_CASE_H
#define SHEAFBENCH_HARNESS_BENCH_TRAIN_CASE_H

#include "foundation/error.h"
#include "models/input_codes.h"
#include "models/model.h"
#include "models/optimiser.h"

enum {
	TRAIN_CASE_BATCH = 128,
	TRAIN_CASE_INPUTS = 16,
	TRAIN_CASE_OUTPUTS = 26,
	TRAIN_CASE_ARMS = ROUTER_KINDS + 1 /* a mixture with each router, and Dense */
};

const char *train_case_arm(int arm);

struct train_case {
	const struct backend *backend;
	struct model model;
	struct optimiser optimiser;
	const float *inputs, *targets; /* not owned: BATCH x INPUTS, BATCH x OUTPUTS */
	struct input_codes codes;      /* of the inputs, as a training keeps them */
	int64_t index[TRAIN_CASE_BATCH];
};

/* Sets one class a row. */
void train_case_targets(float *targets);
/* Parameters start from seed 1.  The inputs are final. */
int train_case_open(struct train_case *c, const struct backend *backend, int arm,
		    const float *inputs, const float *targets, struct error *error);
void train_case_close(struct train_case *c);
/* lr 0 does the same work and leaves the parameters, and with them how the experts are loaded. */
void train_case_step(struct train_case *c, double lr);

#endif
