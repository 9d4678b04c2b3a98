/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_run.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/canonical.h"
#include "harness/options.h"
#include "harness/profile_print.h"
#include "harness/record.h"
#include "harness/run_file.h"
#include "harness/runner.h"
#include "models/path.h"

static const char usage[] =
    "run CONFIG --id RUN_ID [--isa LEVEL] [--blis NAME|oracle] [--out DIR] [--trace] [--force] "
    "[--profile] [--quiet]";

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

/* STEP:TENSOR:rest, for --flip and --dump. */
static int read_place(const char *option, const char *text, struct trace_place *place,
		      const char **rest, struct error *error)
{
	char *end = NULL;
	place->step = strtoll(text, &end, 10);
	if (end != text && *end == ':' && place->step > 0) {
		const char *tensor = end + 1;
		place->tensor = strtoll(tensor, &end, 10);
		if (end != tensor && *end == ':' && place->tensor >= 0 && end[1]) {
			*rest = end + 1;
			return 0;
		}
	}
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
			 "STEP:TENSOR:ELEMENT or STEP:TENSOR:FILE, numbers as in a trace",
			 "%s \"%s\"", option, text);
}

/* What --trace, --flip and --dump ask for. */
static int read_trace(const struct options *options, const char *results_dir,
		      const struct run_spec *run, struct runner *runner, struct trace *trace,
		      char *path, size_t size, struct error *error)
{
	const char *rest;
	int status = 0;
	if (options->flip &&
	    !(status = read_place("--flip", options->flip, &trace->flip, &rest, error)))
		trace->flip.element = strtoll(rest, NULL, 10);
	if (!status && options->dump)
		status =
		    read_place("--dump", options->dump, &trace->dump, &trace->dump_file, error);
	if (options->trace || options->flip || options->dump)
		runner->trace = trace;
	if (options->trace)
		runner->trace_file = path;
	return status ? status
		      : path_make(path, size, error, "%s/%s/runs/%s.trace", results_dir,
				  run->experiment, run->run_id);
}

static int print_finished(const char *results_dir, const struct run_spec *run, struct error *error)
{
	char path[PATH_MAX];
	struct run_file file;
	int status = path_make(path, sizeof path, error, "%s/%s/runs/%s/run.json", results_dir,
			       run->experiment, run->run_id);
	status = status ? status : run_file_read(&file, path, error);
	if (status)
		return status;
	print_line(run->run_id, file.weights_sha256, file.primary_metric, run_file_primary(&file));
	run_file_free(&file);
	return 0;
}

static int run_one(const struct plan *plan, const struct options *options, struct error *error)
{
	const char *results_dir = plan_results_dir(options->out);
	const struct run_spec *run = runner_find(plan, options->id);
	struct backend backend;
	struct train_result result;
	struct trace trace = {0};
	char trace_path[PATH_MAX];
	struct runner runner = {plan, &backend, results_dir,  !options->quiet,
				NULL, NULL,     options->isa, options->blis};
	if (!run)
		return runner_unknown(plan, options->id, error);
	int status = read_trace(options, results_dir, run, &runner, &trace, trace_path,
				sizeof trace_path, error);
	if (status)
		return status;
	/* A changed, dumped or slowed run is an experiment on the run, not its result. */
	if (options->flip || options->dump || options->profile)
		runner.results_dir = NULL;
	else {
		enum run_state state = plan_run_check(results_dir, run, true, error);
		if (state == RUN_DONE)
			record_forget_failure(results_dir, run);
		if (state == RUN_DONE && !options->force && !options->trace)
			return print_finished(results_dir, run, error);
		if (state == RUN_DAMAGED)
			status = error->status == ERROR_MACHINE
				     ? error->status
				     : record_set_aside(results_dir, run, error);
		if (status)
			return status;
	}
	status = options_backend(options, &backend, error);
	if (status)
		return status;
	struct profile profile;
	if (options->profile)
		profile_attach(&profile, &backend);
	if (runner.results_dir || runner.trace_file)
		status = record_make_folders(results_dir, run, error);
	status = status ? status : runner_train(&runner, run, &result, error);
	if (!status && options->profile)
		profile_print(stdout, &profile);
	if (!status)
		status = print_result(run, runner_task(plan, run), &result);
	/* What was wrong with the input is the user's to mend, not the run's failure. */
	else if (status != ERROR_INPUT && runner.results_dir)
		record_failure(results_dir, run, error);
	backend_close(&backend);
	return status;
}

int command_run(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	int mask = OPTION_ISA | OPTION_BLIS | OPTION_OUT | OPTION_ID | OPTION_FORCE | OPTION_QUIET |
		   OPTION_TRACE | OPTION_FLIP | OPTION_DUMP | OPTION_PROFILE;
	int status = options_read(&options, argc, argv, mask, 1, usage, error);
	if (status)
		return status;
	if (!options.id)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage, "missing --id");
	status =
	    plan_read_cached(&plan, options.positional[0], plan_results_dir(options.out), error);
	if (status)
		return status;
	status = run_one(&plan, &options, error);
	plan_free(&plan);
	return status;
}
