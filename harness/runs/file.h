/* SPDX-License-Identifier: Apache-2.0 */
/* What a finished run left, read back (format: harness/runs/record.h): run.json and metrics.jsonl.
 */
#ifndef SHEAFBENCH_HARNESS_RUNS_FILE_H
#define SHEAFBENCH_HARNESS_RUNS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/training/evaluate.h" /* struct metric */
#include "harness/experiment/experiment.h"
#include "foundation/error.h"
#include "foundation/json_file.h"

struct run_file {
	struct json_file file; /* owned; the whole document, for what has no field here */
	char run_id[17];
	char data_sha256[65], weights_sha256[65];
	/* Owned by the document.  config_file is "" in files that lack it. */
	const char *experiment, *config_file, *task, *arm, *variant, *primary_metric;
	enum arch_size size;
	int64_t seed, contract, steps;
	int64_t metrics_version; /* 0 in files that lack it */
	int64_t total_params, active_params, forward_flops, train_flops;
	int64_t match_target, match_residual;
	bool on_test; /* else metrics are those of the validation part */
	struct metric
	    *metric; /* owned; of the part the run was evaluated on, in the file's order */
	int64_t metric_count;
	double train_loss;
	double seconds, samples_per_second; /* timing */
	int64_t peak_memory;                /* bytes */
};

/* Refuses what is missing, of a wrong type or out of range, a metric whose decimal and bits differ,
 * a primary metric that is not among the metrics, an id that is not the hash of the config; keys it
 * does not know are kept.  Records of schema 3 are sealed: every byte of run.json, metrics.jsonl
 * and arch.json is as it was written, or the record is refused.  Of older ones the folder's name
 * and the epochs of metrics.jsonl are checked.  The weights are not read
 * (harness/runs/record_check.h). On failure *run stays as it was. */
int run_file_read(struct run_file *run, const char *file_name, struct error *error);
/* That of a run of a plan, results_dir/EXPERIMENT/runs/ID/run.json. */
int run_file_read_planned(struct run_file *run, const char *results_dir,
			  const struct run_spec *spec, struct error *error);
/* Whether a record that could not be read is so because a later version of this program wrote it.
 */
bool run_file_is_newer(const char *file_name);
void run_file_free(struct run_file *run);
/* NULL: no metric of that name. */
const struct metric *run_file_metric(const struct run_file *run, const char *name);
double run_file_primary(const struct run_file *run); /* the primary metric's value */

/* One metric of the validation part by epoch. */
struct run_log {
	double *values; /* owned; values[e - 1] of epoch e */
	int64_t epochs; /* 0: the run has no validation part */
};

/* Reads `metric` of the validation part from metrics.jsonl; epochs must count up from 1.  Free with
 * run_log_free. */
int run_log_read(struct run_log *log, const char *file_name, const char *metric,
		 struct error *error);
/* Every line an epoch, counted from 1, the last one at the run's last step. */
int run_log_check(const char *file_name, int64_t steps, struct error *error);
void run_log_free(struct run_log *log);

#endif
