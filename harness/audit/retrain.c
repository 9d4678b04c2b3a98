/* SPDX-License-Identifier: Apache-2.0 */
/* verify CONFIG --id ID: one run against what is recorded of it. */
#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/audit/verify.h"
#include "harness/experiment/identity.h"
#include "harness/runs/golden.h"
#include "harness/runs/record_check.h"
#include "harness/runs/file.h"
#include "harness/runs/runner.h"
#include "kernels/contract.h"
#include "foundation/path.h"

/* The weights that are expected, and who says so; the record before the golden hash. */
struct expectation {
	struct run_file file; /* file.run_id "" : no record */
	char recorded[PATH_MAX], golden[65];
};

static int read_golden(struct expectation *want, const struct plan *plan, const char *results_dir,
		       const char *id, struct error *error)
{
	char path[PATH_MAX];
	struct golden golden;
	int status =
	    path_make(path, sizeof path, error, "%s/golden/%s.json", results_dir, plan->name);
	if (status || access(path, F_OK) != 0)
		return status;
	status = golden_read(&golden, path, error);
	if (status)
		return status;
	const struct golden_run *run = golden_find(&golden, id);
	if (run)
		memcpy(want->golden, run->weights_sha256, sizeof want->golden);
	golden_free(&golden);
	return 0;
}

/* The planned run that had this id under an earlier contract, and which that was. */
static int find_earlier(const struct plan *plan, const char *id, const struct run_spec **run,
			int64_t *contract, struct error *error)
{
	*run = NULL;
	for (int64_t v = CONTRACT_VERSION - 1; v > 0; v--)
		for (int64_t i = 0; i < plan->run_count; i++) {
			char earlier[17];
			int status = canonical_id_under(&plan->runs[i], v, earlier, error);
			if (status)
				return status;
			if (strcmp(earlier, id) != 0)
				continue;
			*run = &plan->runs[i];
			*contract = v;
			return 0;
		}
	return 0;
}

/* What is damaged is a difference: between what was recorded and what is there. */
static int read_record(struct expectation *want, const char *folder, const struct run_spec *run,
		       struct error *error)
{
	int status = run_file_read(&want->file, want->recorded, error);
	if (!status)
		status = run_check_weights(&want->file, folder, &run->arch, error);
	if (status != ERROR_INPUT)
		return status;
	printf("DAMAGED    %s\n", error->file);
	error->status = ERROR_CHECK;
	return ERROR_CHECK;
}

static int read_expectation(struct expectation *want, const struct plan *plan,
			    const char *results_dir, const struct run_spec *run, const char *id,
			    struct error *error)
{
	int status = read_golden(want, plan, results_dir, id, error);
	if (status)
		return status;
	char folder[PATH_MAX];
	status = path_make(folder, sizeof folder, error, "%s/%s/runs/%s", results_dir,
			   run->experiment, id);
	if (!status)
		status =
		    path_make(want->recorded, sizeof want->recorded, error, "%s/run.json", folder);
	if (status)
		return status;
	if (access(folder, F_OK) == 0)
		return read_record(want, folder, run, error);
	if (want->golden[0])
		return 0;
	return error_set(error, ERROR_INPUT, want->recorded, 0, 0, NULL,
			 "a finished run, or one with a golden hash",
			 "nothing to compare run %s with", id);
}

static bool same(const char *source, const char *expected, const char *found)
{
	bool equal = !strcmp(expected, found);
	printf("%s  weights  %s  %s\n", equal ? "same     " : "DIFFERENT", expected, source);
	return equal;
}

/* Metrics are compared bit by bit: evaluation is under the contract too. */
static int count_metrics(const struct expectation *want, const struct metrics *found)
{
	int different = 0;
	for (int64_t i = 0; i < want->file.metric_count; i++) {
		const struct metric *metric = &want->file.metric[i];
		const struct metric *now = metrics_find(found, metric->name);
		if (now && !memcmp(&now->value, &metric->value, sizeof now->value))
			continue;
		printf("DIFFERENT  %s\n", metric->name);
		different++;
	}
	return different;
}

/* `contract`: that under which what is wanted was made. */
static int compare(const struct expectation *want, const struct run_spec *run, int64_t contract,
		   const struct train_result *result, struct error *error)
{
	bool equal = true, earlier = contract != CONTRACT_VERSION;
	int metrics = 0;
	char changes[256];
	contract_changes(contract, changes, sizeof changes);
	printf("run        %s  %s  %s  seed %llu\nnow        weights  %s\n", run->run_id,
	       run->task_name, run->arm, (unsigned long long)run->seed, result->weights_sha256);
	if (earlier)
		printf("contract   %lld then; since then %s\n", (long long)contract, changes);
	if (want->file.run_id[0]) {
		equal = same(want->recorded, want->file.weights_sha256, result->weights_sha256);
		metrics =
		    count_metrics(want, run->evaluate_test ? &result->test : &result->validation);
		if (!metrics)
			printf("same       all %lld metrics\n", (long long)want->file.metric_count);
	}
	if (want->golden[0])
		equal = same("golden", want->golden, result->weights_sha256) && equal;
	if (equal && !metrics)
		return 0;
	return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL,
			 earlier ? "the same bits, but for what the contract changed"
				 : "the same bits",
			 "run %s now differs in %s", run->run_id, equal ? "metrics" : "weights");
}

int verify_run(const struct plan *plan, const struct backend *backend, const char *results_dir,
	       const char *id, struct error *error)
{
	struct expectation want = {0};
	struct train_result result;
	struct runner runner = {.plan = plan, .backend = backend};
	const struct run_spec *run = runner_find(plan, id);
	int64_t contract = CONTRACT_VERSION;
	int status = run ? 0 : find_earlier(plan, id, &run, &contract, error);
	if (status || !run)
		return status ? status : runner_unknown(plan, id, error);
	status = read_expectation(&want, plan, results_dir, run, id, error);
	status = status ? status : runner_train(&runner, run, &result, error);
	status = status ? status : compare(&want, run, contract, &result, error);
	if (want.file.run_id[0])
		run_file_free(&want.file);
	return status;
}
