/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/plan.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/experiment/experiment.h"
#include "harness/commands/options.h"
#include "harness/commands/outlook.h"
#include "foundation/json_memory.h"

static const char usage[] = "plan CONFIG [--json | --pending] [--jobs N] [--out DIR]";

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

static int print_json(const struct plan *plan, const struct outlook *outlook, struct error *error)
{
	json_t *list = json_array();
	int failed = list == NULL;
	for (int64_t i = 0; !failed && i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		json_t *entry = json_pack(
		    "{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "run_id", run->run_id, "task",
		    run->task_name, "arm", run->arm, "variant", run->variant, "size",
		    arch_size_names[run->size], "seed", (json_int_t)run->seed, "parameters",
		    (json_int_t)parameters(run), "state", run_state_names[outlook->states[i]]);
		if (outlook->predicted && outlook->states[i] != RUN_DONE)
			json_object_set_new(entry, "predicted_seconds",
					    json_real(outlook->forecast.seconds[i]));
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

static int print_outlook(const struct plan *plan, const struct options *options,
			 const struct outlook *outlook, struct error *error)
{
	int status = 0;
	if (options->json)
		status = print_json(plan, outlook, error);
	else if (options->pending)
		print_pending(plan, outlook->states);
	else
		print_lines(plan, outlook->states);
	/* The summary comes after all that it sums up, and only then. */
	if (status == 0 && fflush(stdout) == 0 && !ferror(stdout)) {
		outlook_print(stderr, outlook, plan);
		fputc('\n', stderr);
	}
	return status;
}

static int print_plan(const struct plan *plan, const struct options *options, int jobs,
		      const char *results_dir, struct error *error)
{
	struct outlook outlook;
	/* Lists for scripts cost no measurement. */
	int status = outlook_open(&outlook, plan, results_dir, jobs, !options->pending, error);
	if (status)
		return status;
	status = print_outlook(plan, options, &outlook, error);
	outlook_close(&outlook);
	return status;
}

int command_plan(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	int jobs;
	int mask = OPTION_JSON | OPTION_PENDING | OPTION_JOBS | OPTION_OUT;
	int status = options_read(&options, argc, argv, mask, 1, usage, error);
	if (!status && options.json && options.pending)
		status = error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				   "found both --json and --pending");
	status = status ? status : options_jobs(&options, &jobs, error);
	if (status)
		return status;
	const char *results_dir = plan_results_dir(options.out);
	status = plan_read_cached(&plan, options.positional[0], results_dir, error);
	if (status)
		return status;
	status = print_plan(&plan, &options, jobs, results_dir, error);
	plan_free(&plan);
	return status;
}
