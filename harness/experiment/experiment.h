/* SPDX-License-Identifier: Apache-2.0 */
/* An experiment file (schema sheafbench/experiment/1) and the plan it expands to: one run per point
 * of tasks x arms x seeds x every list under size, train and router.  Format: docs/CONFIGS.md. */
#ifndef SHEAFBENCH_HARNESS_EXPERIMENT_EXPERIMENT_H
#define SHEAFBENCH_HARNESS_EXPERIMENT_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/tasks/task.h"
#include "models/arch.h"
#include "foundation/error.h"
#include "foundation/json_file.h"
#include "models/router.h"

enum { PLAN_NAME = 128 };

enum schedule { SCHEDULE_COSINE, SCHEDULE_CONSTANT };
extern const char *const schedule_names[]; /* "cosine", "constant" */

struct train_settings {
	int64_t epochs, batch_size;
	double lr, weight_decay;
	enum schedule schedule;
	double warmup;                /* fraction of all steps, linear from 0 to lr */
	double beta1, beta2, epsilon; /* AdamW */
	int64_t max_steps; /* 0: all; otherwise training stops after so many steps (size Tiny, Full
			      demos) */
};

/* One run, fully resolved: everything that can change its bits is in here. */
struct run_spec {
	char run_id[17]; /* 16 hex digits: SHA-256 of `canonical`, cut */
	char experiment[PLAN_NAME];
	char task_name[64];
	char arm[PLAN_NAME];
	char variant[256]; /* "" or those swept keys that this arm uses (size apart, which has its
			      own field), e.g. "router.padic.p=3 router.padic.digits=4" */
	enum arch_size size;
	uint64_t seed;
	struct arch arch; /* dims resolved from the task, Dense intermediate solved */
	int64_t match_target, match_residual; /* Dense: what was matched (params or FLOPs) and by
						 how much missed; else 0 */
	struct router_settings router;        /* kind equals arch.router_kind; for Dense unused */
	struct train_settings train;          /* epochs and batch size after the task's own */
	bool evaluate_test; /* false: evaluate_on is "validation" (tuning); the test part is never
			       touched */
	char data_sha256[65];
	int64_t train_rows; /* of the data set, before the validation cut */
	char *canonical;    /* owned: canonical JSON that the id is the hash of */
};

struct plan {
	char name[PLAN_NAME];
	char *file_name;
	struct task *tasks; /* owned */
	int task_count;
	struct run_spec
	    *runs; /* owned; order: task, variant, seed, arm (so that arms stay side by side) */
	int64_t run_count;
	int64_t first_seed, seed_count;
};

/* Reads, checks everything (tasks' files and hashes, archs included) and expands.  Nothing is
 * written except the data-hash cache under `cache_dir` (NULL: none). */
int plan_read(struct plan *plan, const char *file_name, const char *cache_dir, struct error *error);
void plan_free(struct plan *plan);

/* plan_read with the cache in `results_dir`/.cache; what killed processes left in the folders of
 * the experiment is cleaned up (foundation/leftovers.h).  A cache that does not exist yet is
 * created, and filled, only once the whole experiment was found good. */
int plan_read_cached(struct plan *plan, const char *file_name, const char *results_dir,
		     struct error *error);

/* The results folder: --out DIR, else SHEAFBENCH_RESULTS, else "results". */
const char *plan_results_dir(const char *out_option);

/* State of a run on disk.  results/<experiment>/runs/<id>/ holds a whole record of this run
 * (harness/runs/file.h), with all the metrics of this version (METRICS_VERSION) = done; something
 * else is there = damaged, or newer where a later version of this program wrote it, whose it stays;
 * <id>.failed (one line: the reason) beside it = failed; else pending.  Nothing can be read of what
 * is damaged or newer (>= RUN_DAMAGED). */
enum run_state { RUN_PENDING, RUN_DONE, RUN_FAILED, RUN_DAMAGED, RUN_NEWER };
extern const char *const run_state_names[]; /* "pending", "done", "failed", "damaged", "newer" */
enum run_state plan_run_state(const char *results_dir, const struct run_spec *run);
/* The same; with `weights` a record is damaged too where model.safetensors is not what the run
 * trained, byte by byte.  *why says what is damaged. */
enum run_state plan_run_check(const char *results_dir, const struct run_spec *run, bool weights,
			      struct error *why);

#endif
