/* SPDX-License-Identifier: Apache-2.0 */
/* What a run leaves in results/<experiment>/runs/<run_id>/, and reading it back.
 *
 * run.json:
 * {
 *   "schema": "sheafbench/run/3", "run_id", "experiment", "task", "arm", "variant", "size", "seed",
 *   "contract": 1, "config": {canonical config as hashed}, "data_sha256",
 *   "data": [{"role", "name", "sha256"} per file; generated: {"role", "name", "rows", "seed"}],
 *   "counts": {"total_params", "active_params", "train_flops", "forward_flops",
 *              "match_target", "match_residual"},
 *   "weights_sha256", "steps", "primary_metric", "evaluated_on": "test" | "validation",
 *   "metrics": {"test": {name: value, ...}, "validation": {...}, "train": {"loss": ...}},
 *   "bits": {"test": {name: "hex of the binary64"}, ...},
 *   "environment": {harness/runs/provenance.h},
 *   "timing": {"seconds", "samples_per_second", "peak_memory_bytes"},
 *   "files": {"metrics.jsonl", "arch.json", "model.safetensors": SHA-256 of each},
 *   "sha256": of all bytes of this file before this line
 * }
 * Everything before "environment" is exact: equal on every machine.  The last member seals the
 * file, and with "files" the folder.  Schema 2 had neither; schema 1 had neither "data" nor all of
 * "environment" either.  Such records are read like the others, without what they lack.
 *
 * metrics.jsonl: one line per epoch: {"epoch", "step", "lr", "train": {...}, "validation": {...},
 * "seconds"}. */
#ifndef SHEAFBENCH_HARNESS_RUNS_RECORD_H
#define SHEAFBENCH_HARNESS_RUNS_RECORD_H

#include "harness/experiment/experiment.h"
#include "harness/runs/provenance.h"
#include "harness/training/train.h"

/* What the record of a finished run is made of. */
struct record {
	const struct run_spec *run;
	const char *config_file; /* what the user named, for `explain` */
	const struct task *task;
	const struct provenance *provenance;
	const struct train_result *result;
	const struct model *model;
	const char *log; /* the text of metrics.jsonl */
	size_t log_size;
};

/* Writes the run's folder beside its place and puts it there at once (harness/runs/publish.h): at
 * no moment is an older record gone and the new one not there. */
int record_write(const char *results_dir, const struct record *record, struct error *error);
/* Notes in runs/<id>.failed why a run failed (one line); a later success removes it. */
void record_failure(const char *results_dir, const struct run_spec *run,
		    const struct error *reason);
/* The first line of the note, as much as fits; false, where there is none that can be read. */
bool record_read_failure(const char *results_dir, const struct run_spec *run, char *text,
			 size_t size);
/* Removes the note: the record is there and whole. */
void record_forget_failure(const char *results_dir, const struct run_spec *run);
/* Creates results_dir/<experiment>/runs. */
int record_make_runs(const char *results_dir, const char *experiment, struct error *error);
/* The same for a run.  Refuses, before training, a place where no record can be
 * put. */
int record_make_folders(const char *results_dir, const struct run_spec *run, struct error *error);

/* The folder of a run's record. */
int record_place(const char *results_dir, const struct run_spec *run, char *path, size_t size,
		 struct error *error);
/* Renames the folder of a damaged record to <id>.damaged-N and says so, and why, on standard error.
 * On failure *why is the reason of that. */
int record_set_aside(const char *results_dir, const struct run_spec *run, struct error *why);

#endif
