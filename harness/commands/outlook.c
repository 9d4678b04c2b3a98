/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/outlook.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <unistd.h> /* access */

#include "harness/experiment/identity.h"
#include "kernels/contract.h"
#include "foundation/path.h"

/* Whether an earlier contract's record of the run is there, which says nothing of what it is now.
 */
static int find_earlier(const char *results_dir, const struct run_spec *run, bool *found,
			struct error *error)
{
	*found = false;
	for (int64_t v = CONTRACT_VERSION - 1; v > 0 && !*found; v--) {
		char id[17], path[PATH_MAX];
		int status = canonical_id_under(run, v, id, error);
		if (status)
			return status;
		*found = !path_make(path, sizeof path, NULL, "%s/%s/runs/%s/run.json", results_dir,
				    run->experiment, id) &&
			 access(path, F_OK) == 0;
	}
	return 0;
}

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
		bool earlier = false;
		/* What is damaged has its line already, and nothing more to say. */
		bool left = state == RUN_PENDING || state == RUN_FAILED;
		int status = left ? find_earlier(results_dir, &plan->runs[i], &earlier, error) : 0;
		if (status)
			return status;
		outlook->earlier += earlier;
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
	if (outlook->earlier > 0)
		fprintf(out, ", %" PRId64 " done under an earlier contract", outlook->earlier);
	if (outlook->predicted) {
		forecast_clock(outlook->forecast.total, left, sizeof left);
		fprintf(out, "; predicted %s, %d at a time", left, outlook->jobs);
	}
}
