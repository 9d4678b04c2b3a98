/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench run CONFIG --jobs N: what is pending, N at a time (harness/commands/run_jobs.h).
 *
 * sheafbench run CONFIG --id RUN_ID [--threads N] [--isa LEVEL] [--blis NAME|oracle] [--out DIR]
 * [--trace] [--force] [--quiet]
 *
 * Trains one run of the plan and leaves it in the results folder.  The last line of the output is
 * `RUN_ID weights_sha256=HEX metric=VALUE`.  A finished run is not trained again unless --force
 * or --trace, which leaves runs/<id>.trace beside the run (harness/training/trace.h).
 *
 * --threads N shares each step among N threads; weights and metrics are the same for every N.
 *
 * For finding differences (verify --bisect): --flip STEP:TENSOR:ELEMENT moves one element by one
 * ulp, --dump STEP:TENSOR:FILE writes one tensor; neither records a result.  A place that the run
 * does not have is refused with what it has. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_RUN_H
#define SHEAFBENCH_HARNESS_COMMANDS_RUN_H

#include "foundation/error.h"

int command_run(int argc, char **argv, struct error *error);

#endif
