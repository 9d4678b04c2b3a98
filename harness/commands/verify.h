/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench verify CONFIG [--isa LEVEL] [--blis NAME|oracle] [--write] [--out DIR]
 *     Retrains every run that results/golden/<name>.json lists and compares the weights' hashes;
 *     exit 1 and a line per difference when there is one.  --write makes the file from the first
 * seed of the plan (all seeds of a plan of at most 16 runs); it refuses to change a hash unless the
 *     contract's version changed.
 * sheafbench verify CONFIG --id ID [--isa LEVEL] [--blis NAME|oracle] [--out DIR]
 *     Retrains that run and compares weights and metrics with its record, and with its golden hash
 *     if it has one.  Nothing is written.
 * All of these take --threads N, as `run` does.
 * sheafbench verify --bisect A.trace B.trace
 *     The first step, tensor and element in which two traced runs differ, both values as hex and
 *     decimal: finds the tensor by hash, makes both runs again up to that step and compares
 * elements. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_VERIFY_H
#define SHEAFBENCH_HARNESS_COMMANDS_VERIFY_H

#include "foundation/error.h"

int command_verify(int argc, char **argv, struct error *error);

#endif
