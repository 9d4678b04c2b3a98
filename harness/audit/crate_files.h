/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an experiment's folder, as a crate lists them. */
#ifndef SHEAFBENCH_HARNESS_AUDIT_CRATE_FILES_H
#define SHEAFBENCH_HARNESS_AUDIT_CRATE_FILES_H

#include <jansson.h>
#include <time.h>

#include "harness/experiment/experiment.h"

/* Appends a File entity per file to `graph` and a reference to `parts`, in ascending order of
 * names. *newest: modification time of the newest run record.  Runs that are not the plan's and
 * what only says how work went (logs, notes of failure, temporary files) are left out. */
int crate_add_files(json_t *graph, json_t *parts, const struct plan *plan, const char *results_dir,
		    time_t *newest, struct error *error);

#endif
