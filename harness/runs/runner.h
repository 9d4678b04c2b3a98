/* SPDX-License-Identifier: Apache-2.0 */
/* From a planned run to its result: load, train, record. */
#ifndef SHEAFBENCH_HARNESS_RUNS_RUNNER_H
#define SHEAFBENCH_HARNESS_RUNS_RUNNER_H

#include <stdbool.h>

#include "harness/experiment/experiment.h"
#include "harness/training/train.h"

/* Nothing of it is owned. */
struct runner {
	const struct plan *plan;
	const struct backend *backend;
	const char *results_dir; /* NULL: nothing is recorded */
	bool progress;
	struct trace *trace;    /* NULL: none */
	const char *trace_file; /* NULL: none; written whole at the end by rename */
	const char *isa, *blis; /* as asked for, for the trace's header; NULL: auto */
};

/* Loads the data, trains and, with a results_dir, records the run (harness/runs/record.h), whose
 * provenance is gathered before training; the trace is there whole or not at all.  ERROR_INPUT: the
 * data are damaged or not the plan's; ERROR_CHECK: training diverged; else ERROR_MACHINE. */
int runner_train(const struct runner *runner, const struct run_spec *run,
		 struct train_result *result, struct error *error);

/* ERROR_INPUT where the data that were loaded are not what the run was planned with: its hash, and
 * the dims that its network has. */
int runner_check_data(const struct dataset *dataset, const struct task *task,
		      const struct run_spec *run, struct error *error);

/* The plan's entry with that id (NULL: none), and a run's task. */
const struct run_spec *runner_find(const struct plan *plan, const char *id);
const struct task *runner_task(const struct plan *plan, const struct run_spec *run);
/* ERROR_INPUT naming the nearest id. */
int runner_unknown(const struct plan *plan, const char *id, struct error *error);

#endif
