/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that are left of a plan, trained side by side: each in a process of this program,
 * `run CONFIG --id ID --quiet`, that GNU Parallel starts (harness/runs/parallel.h).  EXEC_WRAPPER,
 * if it is set, holds the words that stand before the program, as `qemu-aarch64 -L /sysroot`. */
#ifndef SHEAFBENCH_HARNESS_RUNS_JOBS_H
#define SHEAFBENCH_HARNESS_RUNS_JOBS_H

#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/experiment/experiment.h"
#include "foundation/error.h"

enum job_state { JOB_LEFT, JOB_TRAINED, JOB_FAILED };

struct job {
	const struct run_spec *run;
	double work; /* what it is expected to take, in seconds or any other unit */
	enum job_state state;
};

struct jobs {
	const char *config, *results_dir, *experiment;
	const char *isa, *blis, *out; /* options that the runs are given; NULL: not given */
	int at_a_time;
	struct job *list;
	int64_t count, trained, failed;
	double work, work_done; /* of all, and of those that have ended */
};

/* What is told about every second, and whenever a run has ended. */
typedef void jobs_watch(void *context, const struct jobs *jobs);

/* Trains all of them, in order.  Why one failed is noted (record_failure): by itself, else with its
 * exit code and the last line of what it said, or the signal.  Returns 0, whatever became of the
 * runs; ERROR_MACHINE where the folders or GNU Parallel cannot be had, or that ended before its
 * time; -(128 + number) after a signal that asks to stop (foundation/interrupt.h), the runs being
 * ended and nothing noted about them. */
int jobs_train(struct jobs *jobs, jobs_watch *watch, void *context, struct error *error);

/* Threads of the run at `index` of `count` that are left, where `at_a_time` may go at once on so
 * many processors: one as a rule; of fewer runs than that each has its share of what would be idle.
 */
int jobs_threads(int at_a_time, int64_t count, int64_t index, long processors);

/* How many that were trained have no record any more. */
int64_t jobs_lost(const struct jobs *jobs);
/* A line for each that failed: its id, and why. */
void jobs_print_failures(FILE *out, const struct jobs *jobs);

#endif
