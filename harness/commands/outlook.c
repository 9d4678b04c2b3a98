/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/outlook.h"

#include <inttypes.h>
#include <stdlib.h>

static int read_states(struct outlook *outlook, const struct plan *plan, const char *results_dir,
		       struct error *error)
{
	for (int64_t i = 0; i < plan->run_count; i++) {
		struct error why;
		enum run_state state = plan_run_check(results_dir, &plan->runs[i], true, &why);
		if (state == RUN_NEWER) {
			*error = why;
			return why.status;
		}
		if (state == RUN_DAMAGED)
			error_print(stderr, &why);
		outlook->states[i] = state;
		outlook->left += state != RUN_DONE;
	}
	return 0;
}

int outlook_open(struct outlook *outlook, const struct plan *plan, const char *results_dir,
		 int jobs, bool forecast, struct error *error)
{
	*outlook = (struct outlook){.jobs = jobs};
	outlook->states = calloc((size_t)plan->run_count + 1, sizeof *outlook->states);
	if (!outlook->states)
		return error_no_memory(error, NULL);
	int status = read_states(outlook, plan, results_dir, error);
	if (status) {
		outlook_close(outlook);
		return status;
	}
	if (forecast && outlook->left > 0)
		outlook->predicted =
		    forecast_make(&outlook->forecast, plan, outlook->states, results_dir, jobs);
	return 0;
}

void outlook_close(struct outlook *outlook)
{
	if (outlook->predicted)
		forecast_free(&outlook->forecast);
	free(outlook->states);
	*outlook = (struct outlook){0};
}

void outlook_print(FILE *out, const struct outlook *outlook, const struct plan *plan)
{
	int64_t counts[] = {[RUN_PENDING] = 0,
			    [RUN_DONE] = 0,
			    [RUN_FAILED] = 0,
			    [RUN_DAMAGED] = 0,
			    [RUN_NEWER] = 0};
	char left[48];
	for (int64_t i = 0; i < plan->run_count; i++)
		counts[outlook->states[i]]++;
	fprintf(out, "%" PRId64 " runs, %" PRId64 " done, %" PRId64 " failed, %" PRId64 " pending",
		plan->run_count, counts[RUN_DONE], counts[RUN_FAILED], counts[RUN_PENDING]);
	if (counts[RUN_DAMAGED] > 0)
		fprintf(out, ", %" PRId64 " damaged", counts[RUN_DAMAGED]);
	if (outlook->predicted) {
		forecast_clock(outlook->forecast.total, left, sizeof left);
		fprintf(out, "; predicted %s, %d at a time", left, outlook->jobs);
	}
}
