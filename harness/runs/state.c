/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan finds on disk: the results folder, its cache, the state of runs. */
#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/tasks/dataset.h"
#include "harness/tasks/dataset_hash.h"
#include "harness/training/evaluate.h"
#include "harness/experiment/experiment.h"
#include "foundation/folder.h"
#include "harness/runs/record_check.h"
#include "harness/runs/clean.h"
#include "harness/runs/file.h"
#include "kernels/contract.h"
#include "foundation/path.h"

const char *const run_state_names[] = {"pending", "done", "failed", "damaged", "newer", NULL};

const char *plan_results_dir(const char *out_option)
{
	const char *environment = getenv("SHEAFBENCH_RESULTS");
	if (out_option != NULL)
		return out_option;
	return environment != NULL && environment[0] != '\0' ? environment : "results";
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* A record that is whole may still be of another run than the plan means: copied to a wrong place,
 * or of an older schema, where less of it is sealed. */
static int check_planned(const struct run_file *file, const struct run_spec *run,
			 struct error *error)
{
	struct arch_counts counts = arch_count(&run->arch);
	if (strcmp(file->run_id, run->run_id) != 0)
		return json_file_refuse(&file->file, "run_id", error, run->run_id, "found \"%s\"",
					file->run_id);
	if (strcmp(file->task, run->task_name) != 0)
		return json_file_refuse(&file->file, "task", error, run->task_name,
					"found \"%.80s\"", file->task);
	const struct {
		const char *path;
		int64_t found, planned;
	} integers[] = {
	    {"seed", file->seed, (int64_t)run->seed},
	    {"contract", file->contract, CONTRACT_VERSION},
	    {"counts.total_params", file->total_params, counts.total_params},
	    {"counts.active_params", file->active_params, counts.active_params},
	    {"counts.forward_flops", file->forward_flops, counts.forward_flops},
	    {"counts.train_flops", file->train_flops, counts.train_flops},
	};
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
		char expected[64];
		snprintf(expected, sizeof expected, "%lld as planned",
			 (long long)integers[i].planned);
		if (integers[i].found != integers[i].planned)
			return json_file_refuse(&file->file, integers[i].path, error, expected,
						"found %lld", (long long)integers[i].found);
	}
	if (file->on_test != run->evaluate_test)
		return json_file_refuse(&file->file, "evaluated_on", error,
					run->evaluate_test ? "\"test\"" : "\"validation\"",
					"found the other part");
	return 0;
}

/* What belongs to the plan, not to the record alone. */
static int check_against_plan(const struct run_file *file, const char *folder,
			      const struct run_spec *run, bool weights, struct error *why)
{
	int status = check_planned(file, run, why);
	if (status)
		return run_check_damage(status, why);
	return weights ? run_check_model(file, folder, &run->arch, why) : 0;
}

static enum run_state check_record(const char *folder, const struct run_spec *run, bool weights,
				   struct error *why)
{
	char path[PATH_MAX];
	struct run_file file;
	if (path_make(path, sizeof path, why, "%s/run.json", folder))
		return RUN_DAMAGED;
	if (run_file_read(&file, path, why))
		return run_file_is_newer(path) ? RUN_NEWER : RUN_DAMAGED;
	int status = check_against_plan(&file, folder, run, weights, why);
	bool complete = file.metrics_version >= METRICS_VERSION;
	run_file_free(&file);
	return status ? RUN_DAMAGED : complete ? RUN_DONE : RUN_PENDING;
}

enum run_state plan_run_check(const char *results_dir, const struct run_spec *run, bool weights,
			      struct error *why)
{
	char path[PATH_MAX];
	enum run_state state = RUN_PENDING;
	/* Where no file can have that name there is none. */
	if (path_make(path, sizeof path, why, "%s/%s/runs/%s", results_dir, run->experiment,
		      run->run_id))
		return RUN_PENDING;
	if (exists(path))
		state = check_record(path, run, weights, why);
	if (state != RUN_PENDING || path_make(path, sizeof path, why, "%s/%s/runs/%s.failed",
					      results_dir, run->experiment, run->run_id))
		return state;
	return exists(path) ? RUN_FAILED : RUN_PENDING;
}

enum run_state plan_run_state(const char *results_dir, const struct run_spec *run)
{
	struct error ignored;
	return plan_run_check(results_dir, run, false, &ignored);
}

/* A cache that cannot be filled costs time at the next plan, nothing else. */
static void fill_cache(const struct plan *plan, const char *cache_dir)
{
	for (int i = 0; i < plan->task_count; i++) {
		char hex[65];
		int64_t input, output, rows;
		struct error ignored;
		if (dataset_hash(&plan->tasks[i], cache_dir, hex, &ignored) == 0)
			dataset_dims(&plan->tasks[i], cache_dir, &input, &output, &rows, &ignored);
	}
}

int plan_read_cached(struct plan *plan, const char *file_name, const char *results_dir,
		     struct error *error)
{
	char cache[PATH_MAX];
	struct stat info;
	if (path_make(cache, sizeof cache, NULL, "%s/.cache", results_dir))
		return plan_read(plan, file_name, NULL, error);
	bool there = stat(cache, &info) == 0;
	int status =
	    plan_read(plan, file_name, there && S_ISDIR(info.st_mode) ? cache : NULL, error);
	if (status != 0)
		return status;
	results_clean(results_dir, plan->name);
	if (!there && folder_make_all(cache, 0777) == 0)
		fill_cache(plan, cache);
	return 0;
}
