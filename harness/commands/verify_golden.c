/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/verify_golden.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <math.h>   /* ceil */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/commands/progress.h"
#include "harness/runs/file.h"
#include "harness/runs/golden.h"
#include "harness/runs/runner.h"
#include "kernels/contract.h"
#include "kernels/random.h"
#include "foundation/csv_table.h" /* csv_number */
#include "foundation/folder.h"
#include "foundation/path.h"

static int golden_path(char *path, size_t size, const struct plan *plan,
		       const struct options *options, struct error *error)
{
	return path_make(path, size, error, "%s/golden/%s.json", plan_results_dir(options->out),
			 plan->name);
}

static int train_one(const struct plan *plan, const struct backend *backend,
		     const struct run_spec *run, char hex[65], struct error *error)
{
	struct runner runner = {.plan = plan, .backend = backend};
	struct train_result result;
	int status = runner_train(&runner, run, &result, error);
	if (!status)
		memcpy(hex, result.weights_sha256, 65);
	return status;
}

/* The file is of this contract, and has the runs of the plan and no others. */
static int check_runs(const struct plan *plan, const struct golden *golden, const char *file_name,
		      struct error *error)
{
	char changes[256];
	contract_changes(golden->contract, changes, sizeof changes);
	if (golden->contract != CONTRACT_VERSION)
		return error_set(error, ERROR_CHECK, file_name, 0, 0, "contract",
				 "golden hashes of this program's contract",
				 "found contract %" PRId64 "; this program computes contract %s",
				 golden->contract, changes);
	for (int64_t i = 0; i < golden->count; i++)
		if (!runner_find(plan, golden->runs[i].run_id))
			return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL,
					 "runs of the config: it changed, or the data did",
					 "golden run %s is not in the plan",
					 golden->runs[i].run_id);
	for (int64_t i = 0; i < plan->run_count; i++)
		if (!golden_find(golden, plan->runs[i].run_id))
			return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL,
					 "every run of the config: it changed, or the data did",
					 "run %s has no golden hash", plan->runs[i].run_id);
	return 0;
}

/* How many runs "8" or "2.5%" of --sample are; all without it. */
static int read_sample(const struct options *options, int64_t runs, int64_t *count,
		       struct error *error)
{
	const char *text = options->sample;
	char word[32];
	double value;
	*count = runs;
	if (!text)
		return 0;
	size_t length = strlen(text);
	bool share = text[length - 1] == '%';
	snprintf(word, sizeof word, "%.*s", (int)(length - share), text);
	if (length >= sizeof word || csv_number(word, &value) || !(value > 0.0) ||
	    value > (share ? 100.0 : (double)runs) || (!share && value != floor(value)))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
				 "a share as 5%, or a number of runs from 1 on, at most those "
				 "there are",
				 "--sample \"%.80s\" of %" PRId64 " runs", text, runs);
	*count = (int64_t)ceil(share ? value / 100.0 * (double)runs : value);
	return 0;
}

static int read_sample_seed(const struct options *options, uint64_t *seed, struct error *error)
{
	const char *text = options->sample_seed;
	char *end;
	*seed = 1;
	if (!text)
		return 0;
	if (!options->sample)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "--sample beside it",
				 "--sample-seed alone");
	*seed = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || strlen(text) > 18)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "a number, 0 or more",
				 "--sample-seed \"%.80s\"", text);
	return 0;
}

/* Whether run i of the plan is drawn: bytes, free() them; NULL: no memory. */
static bool *draw(const struct plan *plan, int64_t count, uint64_t seed)
{
	struct random_stream stream;
	bool *drawn = calloc((size_t)plan->run_count + 1, sizeof *drawn);
	int64_t *order = calloc((size_t)plan->run_count + 1, sizeof *order);
	for (int64_t i = 0; order && i < plan->run_count; i++)
		order[i] = i;
	random_open(&stream, seed, "verify", plan->name);
	if (order)
		random_shuffle(&stream, order, plan->run_count);
	for (int64_t i = 0; drawn && order && i < count; i++)
		drawn[order[i]] = true;
	bool failed = !order;
	free(order);
	if (failed)
		free(drawn);
	return failed ? NULL : drawn;
}

static int compare_drawn(const struct plan *plan, const struct golden *golden, const bool *drawn,
			 const struct backend *backend, struct jobs *jobs, struct error *error)
{
	struct progress progress;
	progress_start(&progress, 0.0);
	for (int64_t i = 0; i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		char hex[65];
		if (!drawn[i])
			continue;
		int status = train_one(plan, backend, run, hex, error);
		if (status)
			return status;
		bool same = !strcmp(hex, golden_find(golden, run->run_id)->weights_sha256);
		jobs->trained += same;
		jobs->failed += !same;
		jobs->work_done = jobs->work_done + 1.0;
		progress_end(&progress, false);
		printf("%s  %s  %s  %s  seed %" PRIu64 "  %s\n", same ? "same     " : "DIFFERENT",
		       run->run_id, run->task_name, run->arm, run->seed, hex);
		fflush(stdout);
		if (jobs->work_done < jobs->work)
			progress_show(&progress, jobs);
	}
	progress_end(&progress, false);
	return 0;
}

static int compare_sample(const struct plan *plan, const struct golden *golden,
			  const char *file_name, const struct options *options, struct error *error)
{
	struct backend backend;
	struct jobs jobs = {.experiment = plan->name};
	uint64_t seed = 1;
	int status = read_sample(options, plan->run_count, &jobs.count, error);
	status = status ? status : read_sample_seed(options, &seed, error);
	status = status ? status : check_runs(plan, golden, file_name, error);
	status = status ? status : options_backend(options, &backend, error);
	if (status)
		return status;
	bool *drawn = draw(plan, jobs.count, seed);
	jobs.work = (double)jobs.count;
	status = drawn ? compare_drawn(plan, golden, drawn, &backend, &jobs, error)
		       : error_no_memory(error, NULL);
	free(drawn);
	if (!status) {
		if (jobs.count < plan->run_count)
			printf("sample %s, seed %" PRIu64 ": %" PRId64 " of %" PRId64 " runs\n",
			       options->sample, seed, jobs.count, plan->run_count);
		printf("%" PRId64 " of %" PRId64
		       " runs have the golden bits (contract %d, level %s, BLIS %s)\n",
		       jobs.trained, jobs.count, CONTRACT_VERSION, backend.level,
		       backend.blis_name);
	}
	backend_close(&backend);
	if (status || jobs.failed == 0)
		return status;
	return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL, NULL,
			 "%" PRId64 " runs differ from the golden hashes; trace one here and where "
			 "it is right (run --trace) and compare with verify --bisect",
			 jobs.failed);
}

int verify_golden(const struct plan *plan, const struct options *options, struct error *error)
{
	char file_name[PATH_MAX];
	struct golden golden;
	int status = golden_path(file_name, sizeof file_name, plan, options, error);
	status = status ? status : golden_read(&golden, file_name, error);
	if (status)
		return status;
	status = compare_sample(plan, &golden, file_name, options, error);
	golden_free(&golden);
	return status;
}

/* Only a new contract may change a hash. */
static int may_replace(const char *file_name, const struct golden *old,
		       const struct golden_run *run, struct error *error)
{
	const struct golden_run *known = golden_find(old, run->run_id);
	if (!known || !strcmp(known->weights_sha256, run->weights_sha256) ||
	    old->contract < CONTRACT_VERSION)
		return 0;
	return error_set(error, ERROR_CHECK, file_name, 0, 0, NULL, known->weights_sha256,
			 "run %s now has weights %s under the same contract version", run->run_id,
			 run->weights_sha256);
}

/* The hash that its record has, where it is done; *trained counts the others. */
static int find_hash(const struct plan *plan, const struct backend *backend,
		     const char *results_dir, const struct run_spec *run, char hex[65],
		     int64_t *trained, struct error *error)
{
	struct run_file file;
	enum run_state state = plan_run_check(results_dir, run, true, error);
	if (state >= RUN_DAMAGED) /* named, not trained over */
		return error->status;
	if (state != RUN_DONE) {
		++*trained;
		return train_one(plan, backend, run, hex, error);
	}
	int status = run_file_read_planned(&file, results_dir, run, error);
	if (status)
		return status;
	memcpy(hex, file.weights_sha256, 65);
	run_file_free(&file);
	return 0;
}

static int fill(struct golden *made, const struct plan *plan, const struct options *options,
		const char *file_name, int64_t *trained, struct error *error)
{
	struct golden old = {0};
	struct backend backend;
	int status = access(file_name, F_OK) == 0 ? golden_read(&old, file_name, error) : 0;
	status = status ? status : options_backend(options, &backend, error);
	if (status) {
		golden_free(&old);
		return status;
	}
	for (int64_t i = 0; !status && i < plan->run_count; i++) {
		struct golden_run *run = &made->runs[made->count++];
		memcpy(run->run_id, plan->runs[i].run_id, sizeof run->run_id);
		status = find_hash(plan, &backend, plan_results_dir(options->out), &plan->runs[i],
				   run->weights_sha256, trained, error);
		status = status ? status : may_replace(file_name, &old, run, error);
	}
	backend_close(&backend);
	golden_free(&old);
	return status;
}

static int make_folder(const char *results_dir, struct error *error)
{
	char folder[PATH_MAX];
	int status = path_make(folder, sizeof folder, error, "%s/golden", results_dir);
	status = status ? status : folder_make(results_dir, error);
	return status ? status : folder_make(folder, error);
}

int verify_write(const struct plan *plan, const struct options *options, struct error *error)
{
	char file_name[PATH_MAX];
	struct golden made = {.contract = CONTRACT_VERSION};
	int64_t trained = 0;
	int status = golden_path(file_name, sizeof file_name, plan, options, error);
	status = status ? status : make_folder(plan_results_dir(options->out), error);
	if (status)
		return status;
	made.runs = calloc((size_t)plan->run_count + 1, sizeof *made.runs);
	status = made.runs ? fill(&made, plan, options, file_name, &trained, error)
			   : error_no_memory(error, NULL);
	status = status ? status : golden_write(file_name, &made, error);
	if (!status)
		printf("%s: %" PRId64 " runs, %" PRId64 " of their records, %" PRId64 " trained\n",
		       file_name, made.count, made.count - trained, trained);
	golden_free(&made);
	return status;
}
