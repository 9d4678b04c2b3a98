/* SPDX-License-Identifier: Apache-2.0 */
/* verify CONFIG: the runs of an experiment against its golden hashes, and the writing of those. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_VERIFY_GOLDEN_H
#define SHEAFBENCH_HARNESS_COMMANDS_VERIFY_GOLDEN_H

#include "foundation/error.h"
#include "harness/commands/options.h"
#include "harness/experiment/experiment.h"

/* Trains the runs again, all or those of --sample, and compares their weights; ERROR_CHECK where
 * one differs, the plan has others than the file, or the file is of another contract. */
int verify_golden(const struct plan *plan, const struct options *options, struct error *error);
/* Writes the hashes of all runs: of those that are done their records', whose weights are read and
 * hashed; the others are trained.  A hash is not replaced under the same contract. */
int verify_write(const struct plan *plan, const struct options *options, struct error *error);

#endif
