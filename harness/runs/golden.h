/* SPDX-License-Identifier: Apache-2.0 */
/* Golden hashes: results/golden/<experiment>.json, {"schema": "sheafbench/golden/2", "contract": 2,
 * "weights_sha256": {run_id: hash}}, of every run of the experiment.  Schema 1 is read too; there
 * "runs" has an object for each id, with the task, arm, variant and seed beside the hash. */
#ifndef SHEAFBENCH_HARNESS_RUNS_GOLDEN_H
#define SHEAFBENCH_HARNESS_RUNS_GOLDEN_H

#include <stdint.h>

#include "harness/experiment/experiment.h"

struct golden {
	int64_t contract;
	struct golden_run {
		char run_id[17];
		char weights_sha256[65];
	} * runs; /* owned */
	int64_t count;
};

/* 0, ERROR_INPUT with the place in the file, or ERROR_MACHINE.  Free with golden_free. */
int golden_read(struct golden *golden, const char *file_name, struct error *error);
void golden_free(struct golden *golden);
/* NULL: not among them. */
const struct golden_run *golden_find(const struct golden *golden, const char *run_id);
/* Writes schema 2, atomically. */
int golden_write(const char *file_name, const struct golden *golden, struct error *error);

#endif
