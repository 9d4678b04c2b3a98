/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench plan CONFIG [--json] [--out DIR] [--pending] [--jobs N]: the runs of an experiment.
 *
 *   (default)   a line per run: run_id, task, arm and variant, size, seed, parameters, state
 *   --json      an array of objects with these fields; where a run is not done and it could be
 *               measured also predicted_seconds
 *   --pending   the run_ids of runs that are not done (failed and damaged ones too), one per line
 *   --jobs N    how many runs will go at a time, for the prediction; default: processors
 *   --out DIR   the results folder; see plan_results_dir
 *
 * A summary goes to standard error, with the predicted time (harness/forecast/forecast.h) unless
 * --pending; before it a line per damaged record.
 */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_PLAN_H
#define SHEAFBENCH_HARNESS_COMMANDS_PLAN_H

#include "foundation/error.h"

/* argv[0] is "plan".  Nothing is printed to stdout, or written, for a refused input. */
int command_plan(int argc, char **argv, struct error *error);

#endif
