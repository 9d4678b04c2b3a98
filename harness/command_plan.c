/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/experiment.h"

static const char usage[] = "plan CONFIG [--json | --pending] [--out DIR]";

struct plan_options {
	const char *config, *out;
	bool json, pending;
};

static int refuse_argument(const char *argument, struct error *error)
{
	static const char *const names[] = {"--json", "--pending", "--out", NULL};
	const char *near_name = error_near_name(argument, names);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
			 "unexpected argument \"%s\"%s%s", argument,
			 near_name != NULL ? ", near " : "", near_name != NULL ? near_name : "");
}

static int read_options(int argc, char **argv, struct plan_options *options, struct error *error)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			options->json = true;
		else if (strcmp(argv[i], "--pending") == 0)
			options->pending = true;
		else if (strcmp(argv[i], "--out") == 0 && options->out == NULL && i + 1 < argc &&
			 argv[i + 1][0] != '\0')
			options->out = argv[++i];
		else if (argv[i][0] == '-' || options->config != NULL)
			return refuse_argument(argv[i], error);
		else
			options->config = argv[i];
	}
	if (options->config == NULL)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "missing experiment file");
	if (options->json && options->pending)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "found both --json and --pending");
	return 0;
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

static int print_json(const struct plan *plan, const enum run_state *states, struct error *error)
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
		failed = json_array_append_new(list, entry); /* refuses NULL */
	}
	char *text = failed ? NULL : json_dumps(list, JSON_INDENT(2));
	json_decref(list);
	if (text == NULL)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	puts(text);
	free(text);
	return 0;
}

static void print_summary(const struct plan *plan, const enum run_state *states)
{
	int64_t counts[] = {[RUN_PENDING] = 0, [RUN_DONE] = 0, [RUN_FAILED] = 0};
	for (int64_t i = 0; i < plan->run_count; i++)
		counts[states[i]]++;
	fprintf(stderr,
		"%" PRId64 " runs, %" PRId64 " done, %" PRId64 " failed, %" PRId64 " pending\n",
		plan->run_count, counts[RUN_DONE], counts[RUN_FAILED], counts[RUN_PENDING]);
}

static int print_plan(const struct plan *plan, const struct plan_options *options,
		      const char *results_dir, struct error *error)
{
	enum run_state *states = calloc((size_t)plan->run_count + 1, sizeof *states);
	int status = 0;
	if (states == NULL)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	for (int64_t i = 0; i < plan->run_count; i++)
		states[i] = plan_run_state(results_dir, &plan->runs[i]);
	if (options->json)
		status = print_json(plan, states, error);
	else if (options->pending)
		print_pending(plan, states);
	else
		print_lines(plan, states);
	if (status == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		status = error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				   "cannot write to standard output: %s", strerror(errno));
	if (status == 0)
		print_summary(plan, states);
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
