/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/verify.h"

#include "harness/audit/verify.h"

#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/runs/golden.h"
#include "harness/commands/options.h"
#include "harness/runs/runner.h"
#include "foundation/folder.h"
#include "foundation/path.h"

static const char usage[] =
    "verify CONFIG [--id ID | --write] [--isa LEVEL] [--blis NAME|oracle] [--out DIR], "
    "or verify --bisect A.trace B.trace";

enum { WHOLE_PLAN = 16 }; /* plans up to this size are golden as a whole */

/* What a golden file of this plan covers. */
static bool covered(const struct plan *plan, const struct run_spec *run)
{
	return plan->run_count <= WHOLE_PLAN || run->seed == (uint64_t)plan->first_seed;
}

static int retrain(const struct plan *plan, const struct backend *backend,
		   const struct run_spec *run, char hex[65], struct error *error)
{
	struct runner runner = {.plan = plan, .backend = backend};
	struct train_result result;
	int status = runner_train(&runner, run, &result, error);
	if (!status)
		memcpy(hex, result.weights_sha256, 65);
	return status;
}

/* Every run that the file should hold is in it. */
static int check_complete(const struct plan *plan, const struct golden *golden,
			  const char *file_name, struct error *error)
{
	for (int64_t i = 0; i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		if (covered(plan, run) && !golden_find(golden, run->run_id))
			return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL,
					 "every run of the config: it changed, or the data did",
					 "run %s has no golden hash", run->run_id);
	}
	return 0;
}

static int compare_all(const struct plan *plan, const struct golden *golden,
		       const struct backend *backend, const char *file_name, struct error *error)
{
	int64_t same = 0, different = 0;
	int incomplete = check_complete(plan, golden, file_name, error);
	if (incomplete)
		return incomplete;
	for (int64_t i = 0; i < golden->count; i++) {
		const struct golden_run *want = &golden->runs[i];
		const struct run_spec *run = runner_find(plan, want->run_id);
		char hex[65];
		if (!run)
			return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL,
					 "runs of the config: it changed, or the data did",
					 "golden run %s is not in the plan", want->run_id);
		int status = retrain(plan, backend, run, hex, error);
		if (status)
			return status;
		bool equal = !strcmp(hex, want->weights_sha256);
		same += equal;
		different += !equal;
		printf("%s  %s  %s  %s  seed %llu  %s\n", equal ? "same     " : "DIFFERENT",
		       run->run_id, run->task_name, run->arm, (unsigned long long)run->seed, hex);
		fflush(stdout);
	}
	printf("%lld of %lld runs have the golden bits (contract %d, level %s, BLIS %s)\n",
	       (long long)same, (long long)golden->count, CONTRACT_VERSION, backend->level,
	       backend->blis_name);
	if (different)
		return error_set(
		    error, ERROR_CHECK, file_name, 0, 0, NULL, NULL,
		    "%lld runs differ from the golden hashes; trace one here and where it "
		    "is right (run --trace) and compare with verify --bisect",
		    (long long)different);
	return 0;
}

/* Only a new contract may change a hash. */
static int may_replace(const char *file_name, const struct golden *old, const char *run_id,
		       const char *hex, struct error *error)
{
	const struct golden_run *known = golden_find(old, run_id);
	if (!known || !strcmp(known->weights_sha256, hex) || old->contract < CONTRACT_VERSION)
		return 0;
	return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL, known->weights_sha256,
			 "run %s now has weights %s under the same contract version", run_id, hex);
}

static int write_all(const struct plan *plan, const struct backend *backend, const char *file_name,
		     struct error *error)
{
	struct golden old = {0};
	int64_t count = 0;
	int status = access(file_name, F_OK) == 0 ? golden_read(&old, file_name, error) : 0;
	const struct run_spec **runs = calloc((size_t)plan->run_count + 1, sizeof *runs);
	char(*hashes)[65] = calloc((size_t)plan->run_count + 1, sizeof *hashes);
	if (!runs || !hashes)
		status = error_no_memory(error, NULL);
	for (int64_t i = 0; !status && i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		if (!covered(plan, run))
			continue;
		status = retrain(plan, backend, run, hashes[count], error);
		if (!status)
			status = may_replace(file_name, &old, run->run_id, hashes[count], error);
		runs[count++] = run;
	}
	if (!status)
		status = golden_write(file_name, runs, (const char(*)[65])hashes, count, error);
	if (!status)
		printf("%s: %lld runs\n", file_name, (long long)count);
	free(runs);
	free(hashes);
	golden_free(&old);
	return status;
}

static int verify_one(const struct plan *plan, const struct options *options, struct error *error)
{
	struct backend backend;
	int status = options_backend(options, &backend, error);
	if (status)
		return status;
	status = verify_run(plan, &backend, plan_results_dir(options->out), options->id, error);
	backend_close(&backend);
	return status;
}

static int verify_plan(const struct plan *plan, const struct options *options, struct error *error)
{
	char file_name[PATH_MAX];
	struct backend backend;
	struct golden golden;
	const char *results_dir = plan_results_dir(options->out);
	int status = path_make(file_name, sizeof file_name, error, "%s/golden/%s.json", results_dir,
			       plan->name);
	if (!status && !options->write)
		status = golden_read(&golden, file_name, error);
	if (status)
		return status;
	status = options_backend(options, &backend, error);
	if (!status && options->write) {
		char folder[PATH_MAX];
		status = path_make(folder, sizeof folder, error, "%s/golden", results_dir);
		status = status ? status : folder_make(results_dir, error);
		status = status ? status : folder_make(folder, error);
		if (!status)
			status = write_all(plan, &backend, file_name, error);
		backend_close(&backend);
		return status;
	}
	if (!status) {
		status = compare_all(plan, &golden, &backend, file_name, error);
		backend_close(&backend);
	}
	golden_free(&golden);
	return status;
}

int command_verify(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	bool bisect = false;
	for (int i = 1; i < argc; i++)
		bisect = bisect || !strcmp(argv[i], "--bisect");
	int mask = bisect ? OPTION_BISECT
			  : OPTION_ISA | OPTION_BLIS | OPTION_OUT | OPTION_WRITE | OPTION_ID;
	int status = options_read(&options, argc, argv, mask, bisect ? 2 : 1, usage, error);
	if (status)
		return status;
	if (bisect)
		return verify_bisect(options.positional[0], options.positional[1], error);
	if (options.id && options.write)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "found both --id and --write");
	status =
	    plan_read_cached(&plan, options.positional[0], plan_results_dir(options.out), error);
	if (status)
		return status;
	status =
	    options.id ? verify_one(&plan, &options, error) : verify_plan(&plan, &options, error);
	plan_free(&plan);
	return status;
}
