/* SPDX-License-Identifier: Apache-2.0 */
/* Golden hashes: results/golden/<experiment>.json, {"schema": "sheafbench/golden/1", "contract": 1,
 * "runs": {run_id: {"task", "arm", "seed", "weights_sha256"}}}. */
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
/* Writes atomically; hashes[i] belongs to runs[i]. */
int golden_write(const char *file_name, const struct run_spec *const *runs,
		 const char (*hashes)[65], int64_t count, struct error *error);

#endif
