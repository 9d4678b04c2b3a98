/* SPDX-License-Identifier: Apache-2.0 */
/* Where a result comes from: program, libraries, machine.  In run.json of schema 2 it is the object
 * `environment`, after everything that is exact.
 *
 *   version                        of sheafbench; older records have none
 *   architecture, cpu, features    what the system says; "unknown" when it does not name its CPU
 *   isa, blis, choice, warning     kernels in use, why these, and what was replaced ("": nothing)
 *   threads                        that shared the ops; older records have none
 *   contract_check                 "passed": level and BLIS against the oracle, before and after
 *   compiler, flags, level_flags   of the build
 *   commit, dirty, diff_sha256     of the source tree; "unknown", null, null without git
 *   source_sha256                  of all build inputs
 *   executable_sha256              of the program
 *   libraries                      {name: version}
 *   shared_libraries               {file name: SHA-256} of everything that is loaded
 *
 * The diff of a tree that differs from its commit is in <experiment>/provenance/<hash>.diff. */
#ifndef SHEAFBENCH_HARNESS_RUNS_PROVENANCE_H
#define SHEAFBENCH_HARNESS_RUNS_PROVENANCE_H

#include <jansson.h>

#include "harness/experiment/experiment.h"
#include "kernels/backend.h"
#include "foundation/error.h"
#include "foundation/json_file.h"

/* The environment of this process; hashes are cached in `cache_dir` (NULL: none).  What cannot be
 * found out is ERROR_MACHINE naming it.  *environment is a new reference. */
int provenance_gather(json_t **environment, const struct backend *backend, const char *cache_dir,
		      struct error *error);

/* Saves the diff of a dirty build under results_dir/<experiment>/provenance/, once. */
int provenance_save_diff(const char *results_dir, const char *experiment, struct error *error);

/* The level and BLIS in use against the oracle once more: a library that changed the rounding mode
 * during training is found here. */
int provenance_check_contract(const struct backend *backend, struct error *error);

/* -1 where a field is missing or has no value, the first such one's name in `name`; else 0. */
int provenance_missing(const json_t *environment, char *name, size_t size);

/* Refuses a run.json whose environment lacks a field. */
int provenance_check_file(const struct json_file *file, struct error *error);

/* What a run's record says of where it comes from. */
struct provenance {
	json_t *environment, *data; /* owned */
};

/* All of it, before training, so that what is missing costs no run; saves the diff too.  On failure
 * *provenance stays as it was. */
int provenance_open(struct provenance *provenance, const char *results_dir,
		    const struct run_spec *run, const struct task *task,
		    const struct backend *backend, struct error *error);
void provenance_close(struct provenance *provenance); /* zeroed: does nothing */

/* The files or generator of a task's data as [{"role", "name", "sha256"} ...], new reference.
 * ERROR_INPUT when they are no longer those of `data_sha256`. */
int provenance_data(json_t **data, const struct task *task, const char *data_sha256,
		    const char *cache_dir, struct error *error);

#endif
