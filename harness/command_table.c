/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_table.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */

#include "harness/options.h"
#include "harness/table.h"

static const char usage[] = "table CONFIG [--out DIR]";

static int write_table(const struct table *table, const char *results_dir, struct error *error)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s/%s", results_dir, table->experiment);
	if (table->runs == 0)
		return error_set(error, ERROR_CHECK, folder, 0, 0, NULL,
				 "finished runs (make ablation)",
				 "none of %" PRId64 " runs is done", table->planned);
	if (table->runs < table->planned)
		fprintf(stderr, "%s: %" PRId64 " of %" PRId64 " runs are in\n", table->experiment,
			table->runs, table->planned);
	int status = table_write_files(table, folder, error);
	if (!status)
		printf("%s/{ablation,comparisons}.*: %" PRId64 " of %" PRId64 " runs\n", folder,
		       table->runs, table->planned);
	return status;
}

int command_table(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	struct table table;
	int status = options_read(&options, argc, argv, OPTION_OUT, 1, usage, error);
	if (status)
		return status;
	const char *results_dir = plan_results_dir(options.out);
	status = plan_read_cached(&plan, options.positional[0], results_dir, error);
	if (status)
		return status;
	status = table_build(&table, &plan, results_dir, error);
	if (!status) {
		status = write_table(&table, results_dir, error);
		table_free(&table);
	}
	plan_free(&plan);
	return status;
}
