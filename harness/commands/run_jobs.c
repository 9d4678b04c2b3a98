/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/run_jobs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/commands/options.h"
#include "harness/commands/outlook.h"
#include "harness/commands/progress.h"
#include "harness/runs/jobs.h"
#include "harness/runs/record.h"
#include "foundation/leftovers.h"

static const char usage[] = "run CONFIG --jobs N [--isa LEVEL] [--blis NAME|oracle] [--out DIR]";

/* Whether what was printed has arrived: without it nothing more is done, and main says why. */
static bool arrived(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}

/* The kernels are chosen once for all runs, to which the environment hands them down.  What cannot
 * be chosen ends here, before anything is written: every run would fail of it. */
static int choose_kernels(const struct options *options, struct error *error)
{
	struct backend backend;
	int status = options_backend(options, &backend, error);
	if (!status)
		backend_close(&backend);
	return status;
}

/* What is left of the plan, each with the work it is expected to be; all alike where that could not
 * be predicted. */
static int list_jobs(struct jobs *jobs, const struct plan *plan, const struct outlook *outlook,
		     struct error *error)
{
	jobs->list = calloc((size_t)outlook->left, sizeof *jobs->list);
	if (!jobs->list)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < plan->run_count; i++) {
		const struct run_spec *run = &plan->runs[i];
		if (outlook->states[i] == RUN_DONE)
			continue;
		const double work = outlook->predicted ? outlook->forecast.seconds[i] : 1.0;
		jobs->list[jobs->count++] = (struct job){.run = run, .work = work};
		jobs->work += work;
	}
	return 0;
}

static int print_end(const struct jobs *jobs, double seconds, struct error *error)
{
	char clock[48];
	const int64_t lost = jobs_lost(jobs);
	forecast_clock(seconds, clock, sizeof clock);
	printf("%s: %" PRId64 " runs trained, %" PRId64 " failed, %s\n", jobs->experiment,
	       jobs->trained, jobs->failed, clock);
	if (!arrived())
		return 0;
	jobs_print_failures(stderr, jobs);
	if (lost > 0)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "%" PRId64 " runs that were trained are no longer in %s/%s/runs; "
				 "the same command trains them again",
				 lost, jobs->results_dir, jobs->experiment);
	if (jobs->failed > 0)
		return error_set(error, ERROR_CHECK, jobs->experiment, 0, 0, NULL, NULL,
				 "%" PRId64 " of %" PRId64
				 " runs failed; the same command tries them again",
				 jobs->failed, jobs->count);
	return 0;
}

static int train(struct jobs *jobs, const struct plan *plan, const struct outlook *outlook,
		 struct error *error)
{
	struct progress progress;
	int status = list_jobs(jobs, plan, outlook, error);
	if (status)
		return status;
	progress_start(&progress, outlook->predicted ? outlook->forecast.total : 0.0);
	status = jobs_train(jobs, progress_show, &progress, error);
	progress_end(&progress, status != 0);
	if (!status)
		status = print_end(jobs, progress_seconds(&progress), error);
	free(jobs->list);
	return status;
}

/* A run that could not look at its record once more failed, and is done all the same. */
static void forget_failures(const struct plan *plan, const struct outlook *outlook,
			    const char *results_dir)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (outlook->states[i] == RUN_DONE)
			record_forget_failure(results_dir, &plan->runs[i]);
}

static int train_left(struct jobs *jobs, const struct plan *plan, struct error *error)
{
	struct outlook outlook;
	int status = outlook_open(&outlook, plan, jobs->results_dir, jobs->at_a_time, true, error);
	if (status)
		return status;
	forget_failures(plan, &outlook, jobs->results_dir);
	printf("%s: %s", plan->name, outlook.left ? "" : "nothing to train (");
	outlook_print(stdout, &outlook, plan);
	puts(outlook.left ? "" : ")");
	if (outlook.left == 0)
		leftovers_clean_scratch();
	else if (arrived())
		status = train(jobs, plan, &outlook, error);
	outlook_close(&outlook);
	return status;
}

int command_run_jobs(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	struct jobs jobs = {0};
	int mask = OPTION_ISA | OPTION_BLIS | OPTION_OUT | OPTION_JOBS;
	int status = options_read(&options, argc, argv, mask, 1, usage, error);
	status = status ? status : options_jobs(&options, &jobs.at_a_time, error);
	status = status ? status : choose_kernels(&options, error);
	if (status)
		return status;
	jobs.config = options.positional[0];
	jobs.results_dir = plan_results_dir(options.out);
	jobs.isa = options.isa;
	jobs.blis = options.blis;
	jobs.out = options.out;
	status = plan_read_cached(&plan, jobs.config, jobs.results_dir, error);
	if (status)
		return status;
	jobs.experiment = plan.name;
	status = train_left(&jobs, &plan, error);
	plan_free(&plan);
	return status;
}
