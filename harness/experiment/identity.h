/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical text of a resolved run, of which its id is the hash: one JSON object, keys sorted
 * by bytes, no white space, integers in decimal, reals as number_text writes them.  It holds
 * every value that can change the run's bits and nothing else: no display names, no file paths. */
#ifndef SHEAFBENCH_HARNESS_EXPERIMENT_IDENTITY_H
#define SHEAFBENCH_HARNESS_EXPERIMENT_IDENTITY_H

#include "harness/experiment/experiment.h"
#include "foundation/error.h"
#include "models/heads.h"

/* Fills run->canonical (owned by the run) and run->run_id from its other fields. */
int canonical_run(struct run_spec *run, const struct heads *heads, struct error *error);

/* The id that the run had under another version of the contract.  ERROR_MACHINE: no memory. */
int canonical_id_under(const struct run_spec *run, int64_t contract, char id[17],
		       struct error *error);

#endif
