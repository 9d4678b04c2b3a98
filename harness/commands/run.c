/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/run.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"
#include "harness/commands/options.h"
#include "harness/commands/run_jobs.h"
#include "harness/training/profile_print.h"
#include "harness/runs/record.h"
#include "harness/runs/file.h"
#include "harness/runs/parallel.h"
#include "harness/runs/runner.h"
#include "foundation/path.h"

static const char usage[] =
    "run CONFIG --id RUN_ID [--threads N] [--isa LEVEL] [--blis NAME|oracle] [--out DIR] "
    "[--trace] [--force] [--profile] [--quiet], or --jobs N";

static int print_line(const char *id, const char *weights, const char *name, double value)
{
	char number[NUMBER_TEXT];
	number_text(value, number);
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

/* Digits and what ends them; past the end of all runs where they are too many. */
static bool read_count(const char **text, char end, int64_t *value)
{
	size_t digits = strspn(*text, "0123456789");
	if (digits == 0 || (*text)[digits] != end)
		return false;
	*value = digits > 18 ? INT64_MAX : strtoll(*text, NULL, 10);
	*text += digits + (end != '\0');
	return true;
}

/* STEP:TENSOR:ELEMENT for --flip, STEP:TENSOR:FILE for --dump. */
static int read_place(const char *option, const char *given, struct trace_place *place,
		      const char **file, struct error *error)
{
	const char *text = given;
	if (read_count(&text, ':', &place->step) && place->step > 0 &&
	    read_count(&text, ':', &place->tensor) &&
	    (file ? text[0] != '\0' : read_count(&text, '\0', &place->element))) {
		if (file)
			*file = text;
		return 0;
	}
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
			 file ? "STEP:TENSOR:FILE, numbers as in a trace"
			      : "STEP:TENSOR:ELEMENT, numbers as in a trace",
			 "%s \"%.200s\"", option, given);
}

/* What --trace, --flip and --dump ask for. */
static int read_trace(const struct options *options, const char *results_dir,
		      const struct run_spec *run, struct runner *runner, struct trace *trace,
		      char *path, size_t size, struct error *error)
{
	int status = 0;
	if (options->flip)
		status = read_place("--flip", options->flip, &trace->flip, NULL, error);
	if (!status && options->dump)
		status =
		    read_place("--dump", options->dump, &trace->dump, &trace->dump_file, error);
	if (!status && options->dump)
		status = path_check_later_target(trace->dump_file, error);
	if (options->trace || options->flip || options->dump)
		runner->trace = trace;
	if (!status)
		status = path_make(path, size, error, "%s/%s/runs/%s.trace", results_dir,
				   run->experiment, run->run_id);
	if (status || !options->trace)
		return status;
	runner->trace_file = path;
	return path_check_target(path, error);
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

/* How a run is made. */
struct job {
	const struct run_spec *run;
	const char *results_dir; /* of traces too */
	bool profiled, damaged;
	struct error damage; /* what is wrong with the record that is there */
};

/* The place of the record.  What can be refused was refused by now: nothing is moved in vain. */
static int make_place(struct job *job, struct error *error)
{
	int status = record_make_folders(job->results_dir, job->run, error);
	if (status || !job->damaged)
		return status;
	status = record_set_aside(job->results_dir, job->run, &job->damage);
	if (status)
		*error = job->damage;
	return status;
}

static int train(struct runner *runner, struct job *job, struct backend *backend,
		 struct error *error)
{
	struct profile profile;
	struct train_result result;
	int status = 0;
	if (job->profiled)
		profile_attach(&profile, backend);
	if (runner->results_dir || runner->trace_file)
		status = make_place(job, error);
	status = status ? status : runner_train(runner, job->run, &result, error);
	if (!status && job->profiled)
		profile_print(stdout, &profile);
	if (!status)
		return print_result(job->run, runner_task(runner->plan, job->run), &result);
	/* What was wrong with the input is the user's to mend, not the run's failure. */
	if (status != ERROR_INPUT && runner->results_dir)
		record_failure(runner->results_dir, job->run, error);
	return status;
}

static int run_one(const struct plan *plan, const struct options *options, struct error *error)
{
	struct backend backend;
	struct trace trace = {0};
	char trace_path[PATH_MAX];
	struct job job = {.run = runner_find(plan, options->id),
			  .results_dir = plan_results_dir(options->out),
			  .profiled = options->profile};
	struct runner runner = {plan, &backend, job.results_dir, !options->quiet,
				NULL, NULL,     options->isa,    options->blis};
	if (!job.run)
		return runner_unknown(plan, options->id, error);
	int status = read_trace(options, job.results_dir, job.run, &runner, &trace, trace_path,
				sizeof trace_path, error);
	if (status)
		return status;
	/* A changed, dumped or slowed run is an experiment on the run, not its result. */
	if (options->flip || options->dump || options->profile)
		runner.results_dir = NULL;
	else {
		enum run_state state = plan_run_check(job.results_dir, job.run, true, &job.damage);
		if (state == RUN_DONE)
			record_forget_failure(job.results_dir, job.run);
		if (state == RUN_DONE && !options->force && !options->trace)
			return print_finished(job.results_dir, job.run, error);
		job.damaged = state == RUN_DAMAGED;
		if (state == RUN_NEWER || (job.damaged && job.damage.status == ERROR_MACHINE)) {
			*error = job.damage;
			return error->status;
		}
	}
	status = options_backend(options, &backend, error);
	if (status)
		return status;
	status = train(&runner, &job, &backend, error);
	backend_close(&backend);
	return status;
}

static int run_by_id(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	int mask = OPTION_ISA | OPTION_BLIS | OPTION_OUT | OPTION_ID | OPTION_FORCE | OPTION_QUIET |
		   OPTION_TRACE | OPTION_THREADS | OPTION_FLIP | OPTION_DUMP | OPTION_PROFILE;
	int status = options_read(&options, argc, argv, mask, 1, usage, error);
	if (status)
		return status;
	if (!options.id)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "missing --id or --jobs");
	status =
	    plan_read_cached(&plan, options.positional[0], plan_results_dir(options.out), error);
	if (status)
		return status;
	status = run_one(&plan, &options, error);
	plan_free(&plan);
	return status;
}

int command_run(int argc, char **argv, struct error *error)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--jobs"))
			return command_run_jobs(argc, argv, error);
	parallel_follow();
	return run_by_id(argc, argv, error);
}
