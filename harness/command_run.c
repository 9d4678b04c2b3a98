/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_run.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/canonical.h"
#include "harness/options.h"
#include "harness/record.h"
#include "harness/run_file.h"

static const char usage[] =
        "run CONFIG --id RUN_ID [--isa LEVEL] [--blis NAME|oracle] [--out DIR] [--force] [--quiet]";

static const struct run_spec *find_run(const struct plan *plan, const char *id)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (!strcmp(plan->runs[i].run_id, id))
			return &plan->runs[i];
	return NULL;
}

static int unknown_id(const struct plan *plan, const char *id, struct error *error)
{
	const char **ids = calloc((size_t)plan->run_count + 1, sizeof *ids);
	for (int64_t i = 0; ids && i < plan->run_count; i++)
		ids[i] = plan->runs[i].run_id;
	const char *near = ids ? error_near_name(id, ids) : NULL;
	int status = error_set(error, ERROR_INPUT, plan->file_name, 0, 0, NULL,
	                       "a run_id that `plan` lists", "no run \"%s\" in this plan%s%s", id,
	                       near ? ", near " : "", near ? near : "");
	free(ids);
	return status;
}

static const struct task *find_task(const struct plan *plan, const struct run_spec *run)
{
	for (int i = 0; i < plan->task_count; i++)
		if (!strcmp(plan->tasks[i].name, run->task_name))
			return &plan->tasks[i];
	return NULL;
}

static int print_line(const char *id, const char *weights, const char *name, double value)
{
	char number[CANONICAL_NUMBER];
	canonical_number(value, number);
	printf("%s weights_sha256=%s %s=%s\n", id, weights, name, number);
	return 0;
}

static int print_result(const struct run_spec *run, const struct task *task,
                        const struct train_result *result)
{
	const struct metrics *metrics = run->evaluate_test ? &result->test : &result->validation;
	const struct metric *primary = metrics_find(metrics, task->primary_metric);
	return print_line(run->run_id, result->weights_sha256, task->primary_metric,
	                  primary ? primary->value : 0.0);
}

static int load_data(const struct task *task, const struct run_spec *run, struct dataset *dataset,
                     struct error *error)
{
	int status = dataset_load(dataset, task, error);
	if (status)
		return status;
	if (strcmp(dataset->sha256, run->data_sha256) == 0)
		return 0;
	status = error_set(error, ERROR_INPUT, task->file_name, 0, 0, NULL,
	                   "the data that were planned", "the data changed since the plan was made");
	dataset_free(dataset);
	return status;
}

static int train_and_record(const char *results_dir, const struct plan *plan,
                            const struct run_spec *run, const struct task *task,
                            const struct backend *backend, bool progress, struct error *error)
{
	struct dataset dataset;
	struct model model;
	struct train_result result;
	char *log_text = NULL;
	size_t log_size = 0;
	int status = load_data(task, run, &dataset, error);
	if (status)
		return status;
	FILE *log = open_memstream(&log_text, &log_size);
	if (!log) {
		dataset_free(&dataset);
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	}
	status = train_run(run, task, &dataset, backend, log, progress, &model, &result, error);
	fclose(log);
	if (!status) {
		status = record_write(results_dir, run, plan->file_name, task, backend, &result,
		                      &model, log_text, log_size, error);
		model_close(&model);
	}
	if (!status)
		status = print_result(run, task, &result);
	free(log_text);
	dataset_free(&dataset);
	return status;
}

static int print_finished(const char *results_dir, const struct run_spec *run, struct error *error)
{
	char path[PATH_MAX];
	struct run_file file;
	snprintf(path, sizeof path, "%s/%s/runs/%s/run.json", results_dir, run->experiment,
	         run->run_id);
	int status = run_file_read(&file, path, error);
	if (status)
		return status;
	print_line(run->run_id, file.weights_sha256, file.primary_metric, run_file_primary(&file));
	run_file_free(&file);
	return 0;
}

static int run_one(const struct plan *plan, const struct options *options, struct error *error)
{
	const char *results_dir = plan_results_dir(options->out);
	const struct run_spec *run = find_run(plan, options->id);
	if (!run)
		return unknown_id(plan, options->id, error);
	if (!options->force && plan_run_state(results_dir, run) == RUN_DONE)
		return print_finished(results_dir, run, error);
	struct backend backend;
	int status = options_backend(options, &backend, error);
	if (status)
		return status;
	status = train_and_record(results_dir, plan, run, find_task(plan, run), &backend,
	                          !options->quiet, error);
	/* What was wrong with the input is the user's to mend, not the run's failure. */
	if (status && status != ERROR_INPUT && !record_make_folders(results_dir, run, NULL))
		record_failure(results_dir, run, error);
	backend_close(&backend);
	return status;
}

int command_run(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	int mask = OPTION_ISA | OPTION_BLIS | OPTION_OUT | OPTION_ID | OPTION_FORCE | OPTION_QUIET;
	int status = options_read(&options, argc, argv, mask, 1, usage, error);
	if (status)
		return status;
	if (!options.id)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage, "missing --id");
	status = plan_read_cached(&plan, options.positional[0], plan_results_dir(options.out), error);
	if (status)
		return status;
	status = run_one(&plan, &options, error);
	plan_free(&plan);
	return status;
}
