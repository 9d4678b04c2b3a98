/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that are made again, and compared with what is recorded of them. */
#ifndef SHEAFBENCH_HARNESS_AUDIT_VERIFY_H
#define SHEAFBENCH_HARNESS_AUDIT_VERIFY_H

#include "foundation/error.h"
#include "harness/experiment/experiment.h"
#include "kernels/backend.h"

/* Trains the run again; ERROR_CHECK where weights or metrics are not those of its record, or the
 * weights not those of its golden hash.  The id may be that of an earlier contract, whose record is
 * compared with what the run is now, and what the contract changed is said. */
int verify_run(const struct plan *plan, const struct backend *backend, const char *results_dir,
	       const char *id, struct error *error);
/* Prints the first step, tensor and element in which two traced runs differ, and returns
 * ERROR_CHECK; 0 where none does. */
int verify_bisect(const char *a, const char *b, struct error *error);

#endif
