/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/plan.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* sysconf */

#include "harness/experiment/experiment.h"
#include "harness/forecast/forecast.h"
#include "harness/commands/options.h"
#include "foundation/json_memory.h"

static const char usage[] = "plan CONFIG [--json | --pending] [--jobs N] [--out DIR]";

struct plan_options {
	const char *config, *out;
	bool json, pending;
	int jobs; /* 0: not given */
};

enum { JOBS_MAX = 4096 };

/* How many runs go at a time. */
static int read_jobs(const char *text, int *jobs, struct error *error)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || value < 1 || value > JOBS_MAX)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "a number from 1 to 4096",
				 "--jobs \"%.80s\"", text);
	*jobs = (int)value;
	return 0;
}

static int default_jobs(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online < 1 ? 1 : online > JOBS_MAX ? JOBS_MAX : (int)online;
}

static int read_options(int argc, char **argv, struct plan_options *options, struct error *error)
{
	struct options read;
	int mask = OPTION_JSON | OPTION_PENDING | OPTION_JOBS | OPTION_OUT;
	int status = options_read(&read, argc, argv, mask, 1, usage, error);
	if (status)
		return status;
	if (read.json && read.pending)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "found both --json and --pending");
	*options = (struct plan_options){read.positional[0], read.out, read.json, read.pending, 0};
	return read.jobs ? read_jobs(read.jobs, &options->jobs, error) : 0;
}

static int64_t parameters(const struct run_spec *run)
{
	return arch_count(&run->arch).total_params;
}

/* The arm's column: "Arm" or "Arm key=value ...". */
static int arm_width(const struct run_spec *run)
{
	return (int)(strlen(run->arm) + (run->variant[0] != '\0') + strlen(run->variant));
}

static void print_lines(const struct plan *plan, const enum run_state *states)
{
	int task_width = 0, widest = 0;
	for (int64_t i = 0; i < plan->run_count; i++) {
		int task = (int)strlen(plan->runs[i].task_name), arm = arm_width(&plan->runs[i]);
		task_width = task > task_width ? task : task_width;
		widest = arm > widest ? arm : widest;
	}
	for (int64_t i = 0; i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		printf("%s  %-*s  %s%s%s%*s  %-6s  %5" PRIu64 "  %10" PRId64 "  %s\n", run->run_id,
		       task_width, run->task_name, run->arm, run->variant[0] != '\0' ? " " : "",
		       run->variant, widest - arm_width(run), "", arch_size_names[run->size],
		       run->seed, parameters(run), run_state_names[states[i]]);
	}
}

static void print_pending(const struct plan *plan, const enum run_state *states)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (states[i] != RUN_DONE)
			puts(plan->runs[i].run_id);
}

static int print_json(const struct plan *plan, const enum run_state *states,
		      const struct forecast *forecast, struct error *error)
{
	json_t *list = json_array();
	int failed = list == NULL;
	for (int64_t i = 0; !failed && i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		json_t *entry = json_pack(
		    "{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "run_id", run->run_id, "task",
		    run->task_name, "arm", run->arm, "variant", run->variant, "size",
		    arch_size_names[run->size], "seed", (json_int_t)run->seed, "parameters",
		    (json_int_t)parameters(run), "state", run_state_names[states[i]]);
		if (forecast && states[i] != RUN_DONE)
			json_object_set_new(entry, "predicted_seconds",
					    json_real(forecast->seconds[i]));
		failed = json_array_append_new(list, entry); /* refuses NULL */
	}
	char *text = failed ? NULL : json_dumps(list, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
	json_decref(list);
	if (text == NULL || json_memory_failed()) {
		free(text);
		return json_memory_refuse(NULL, error);
	}
	puts(text);
	free(text);
	return 0;
}

static void print_summary(const struct plan *plan, const enum run_state *states,
			  const struct forecast *forecast, int jobs)
{
	int64_t counts[] = {[RUN_PENDING] = 0,
			    [RUN_DONE] = 0,
			    [RUN_FAILED] = 0,
			    [RUN_DAMAGED] = 0,
			    [RUN_NEWER] = 0};
	char left[48];
	for (int64_t i = 0; i < plan->run_count; i++)
		counts[states[i]]++;
	fprintf(stderr,
		"%" PRId64 " runs, %" PRId64 " done, %" PRId64 " failed, %" PRId64 " pending",
		plan->run_count, counts[RUN_DONE], counts[RUN_FAILED], counts[RUN_PENDING]);
	if (counts[RUN_DAMAGED] > 0)
		fprintf(stderr, ", %" PRId64 " damaged", counts[RUN_DAMAGED]);
	if (forecast) {
		forecast_clock(forecast->total, left, sizeof left);
		fprintf(stderr, "; predicted %s, %d at a time", left, jobs);
	}
	fputc('\n', stderr);
}

static int print_states(const struct plan *plan, const enum run_state *states,
			const struct plan_options *options, const char *results_dir,
			struct error *error)
{
	struct forecast made;
	const struct forecast *forecast = NULL;
	int status = 0, jobs = options->jobs ? options->jobs : default_jobs();
	bool left = false;
	for (int64_t i = 0; i < plan->run_count; i++)
		left = left || states[i] != RUN_DONE;
	/* Lists for scripts cost no measurement. */
	if (left && !options->pending && forecast_make(&made, plan, states, results_dir, jobs))
		forecast = &made;
	if (options->json)
		status = print_json(plan, states, forecast, error);
	else if (options->pending)
		print_pending(plan, states);
	else
		print_lines(plan, states);
	/* The summary comes after all that it sums up, and only then. */
	if (status == 0 && fflush(stdout) == 0 && !ferror(stdout))
		print_summary(plan, states, forecast, jobs);
	if (forecast)
		forecast_free(&made);
	return status;
}

static int print_plan(const struct plan *plan, const struct plan_options *options,
		      const char *results_dir, struct error *error)
{
	enum run_state *states = calloc((size_t)plan->run_count + 1, sizeof *states);
	if (states == NULL)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < plan->run_count; i++) {
		struct error why;
		states[i] = plan_run_check(results_dir, &plan->runs[i], true, &why);
		if (states[i] == RUN_NEWER) {
			free(states);
			*error = why;
			return why.status;
		}
		if (states[i] == RUN_DAMAGED)
			error_print(stderr, &why);
	}
	int status = print_states(plan, states, options, results_dir, error);
	free(states);
	return status;
}

int command_plan(int argc, char **argv, struct error *error)
{
	struct plan_options options = {0};
	struct plan plan;
	int status = read_options(argc, argv, &options, error);
	if (status != 0)
		return status;
	const char *results_dir = plan_results_dir(options.out);
	status = plan_read_cached(&plan, options.config, results_dir, error);
	if (status != 0)
		return status;
	status = print_plan(&plan, &options, results_dir, error);
	plan_free(&plan);
	return status;
}
