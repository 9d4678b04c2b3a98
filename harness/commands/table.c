/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/table.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */

#include "harness/commands/results.h"
#include "foundation/path.h"

static int write_table(const struct plan *plan, const struct table *table, const char *results_dir,
		       struct error *error)
{
	(void)plan;
	char folder[PATH_MAX];
	int status =
	    path_make(folder, sizeof folder, error, "%s/%s", results_dir, table->experiment);
	if (status)
		return status;
	if (table->runs < table->planned)
		fprintf(stderr, "%s: %" PRId64 " of %" PRId64 " runs are in\n", table->experiment,
			table->runs, table->planned);
	status = table_write_files(table, folder, error);
	if (!status)
		printf("%s/{ablation,comparisons}.*: %" PRId64 " of %" PRId64 " runs\n", folder,
		       table->runs, table->planned);
	return status;
}

int command_table(int argc, char **argv, struct error *error)
{
	return table_command(argc, argv, "table CONFIG [--out DIR]", write_table, error);
}
