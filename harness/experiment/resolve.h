/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room: one point of the plan, resolved to a run. */
#ifndef SHEAFBENCH_HARNESS_EXPERIMENT_RESOLVE_H
#define SHEAFBENCH_HARNESS_EXPERIMENT_RESOLVE_H

#include "harness/experiment/experiment.h"
#include "harness/experiment/file.h"

/* A task and what the plan needs to know of its data. */
struct plan_task {
	const struct task *task;
	int index; /* in the experiment's list */
	int64_t input_dim, output_dim, train_rows;
	char sha256[65];
};

/* How many values of `key` make different runs of this arm on this task: 1 for keys that the arm
 * does not use or the task overrides. */
int plan_axis_length(const struct experiment *experiment, const struct plan_task *task, int arm,
		     enum experiment_key key);

/* Whether the arm has runs on this task. */
bool plan_arm_has_task(const struct experiment *experiment, const struct plan_task *task, int arm);

/* Everything of *run but seed, run_id and canonical.  index[key] < plan_axis_length. */
int plan_resolve(const struct experiment *experiment, const struct plan_task *task, int arm,
		 const int index[KEYS], struct run_spec *run, struct error *error);

#endif
