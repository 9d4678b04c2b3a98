/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench run CONFIG --jobs N [--isa LEVEL] [--blis NAME|oracle] [--out DIR]
 *
 * Trains what is pending of an experiment, failed and damaged runs too, N at a time
 * (harness/runs/jobs.h).  Where fewer are left, each has threads of its own, so that no
 * processor is idle.  The kernels are chosen once for all of them.  Standard output gets a line
 * before and one after; standard error a line of progress with the time that is left, and at the
 * end a line for each run that failed.  INT, TERM and HUP end the runs; the same command goes on.
 */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_RUN_JOBS_H
#define SHEAFBENCH_HARNESS_COMMANDS_RUN_JOBS_H

#include "foundation/error.h"

/* argv[0] is "run".  ERROR_CHECK where a run failed; -(128 + number) after a signal. */
int command_run_jobs(int argc, char **argv, struct error *error);

#endif
