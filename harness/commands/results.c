/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/results.h"

#include <inttypes.h>

#include "harness/commands/options.h"

int plan_command(struct plan *plan, const char **results_dir, int argc, char **argv,
		 const char *usage, struct error *error)
{
	struct options options;
	int status = options_read(&options, argc, argv, OPTION_OUT, 1, usage, error);
	if (status)
		return status;
	*results_dir = plan_results_dir(options.out);
	return plan_read_cached(plan, options.positional[0], *results_dir, error);
}

int table_command(int argc, char **argv, const char *usage, table_use *use, struct error *error)
{
	struct plan plan;
	struct table table;
	const char *results_dir;
	int status = plan_command(&plan, &results_dir, argc, argv, usage, error);
	if (status)
		return status;
	status = table_build(&table, &plan, results_dir, error);
	if (!status) {
		if (table.runs == 0)
			status = error_set(error, ERROR_CHECK, plan.file_name, 0, 0, NULL,
					   "finished runs (make ablation)",
					   "none of %" PRId64 " runs is done", table.planned);
		else
			status = use(&plan, &table, results_dir, error);
		table_free(&table);
	}
	plan_free(&plan);
	return status;
}
