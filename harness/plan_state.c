/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan finds on disk: the results folder, its cache, the state of runs. */
#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/dataset.h"
#include "harness/evaluate.h"
#include "harness/experiment.h"

const char *const run_state_names[] = {"pending", "done", "failed", NULL};

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

/* The number stands near the file's beginning; a plan of many runs reads no more of each. */
static bool has_all_metrics(const char *path)
{
	static const char key[] = "\"metrics_version\":";
	char head[512];
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	size_t size = fread(head, 1, sizeof head - 1, file);
	fclose(file);
	head[size] = '\0';
	const char *found = strstr(head, key);
	return found && strtol(found + sizeof key - 1, NULL, 10) >= METRICS_VERSION;
}

enum run_state plan_run_state(const char *results_dir, const struct run_spec *run)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof path, "%s/%s/runs/%s/run.json", results_dir,
			      run->experiment, run->run_id);
	if (length < 0 || (size_t)length >= sizeof path)
		return RUN_PENDING; /* no file can have that name */
	if (has_all_metrics(path))
		return RUN_DONE;
	snprintf(path, sizeof path, "%s/%s/runs/%s.failed", results_dir, run->experiment,
		 run->run_id);
	return exists(path) ? RUN_FAILED : RUN_PENDING;
}

/* Creates the folder and those above it. */
static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int status = mkdir(path, 0777);
		*slash = '/';
		if (status != 0 && errno != EEXIST)
			return -1;
	}
	return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : -1;
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
	int length = snprintf(cache, sizeof cache, "%s/.cache", results_dir);
	if (length < 0 || (size_t)length >= sizeof cache)
		return plan_read(plan, file_name, NULL, error);
	if (stat(cache, &info) == 0)
		return plan_read(plan, file_name, S_ISDIR(info.st_mode) ? cache : NULL, error);
	int status = plan_read(plan, file_name, NULL, error);
	if (status == 0 && make_folders(cache) == 0)
		fill_cache(plan, cache);
	return status;
}
