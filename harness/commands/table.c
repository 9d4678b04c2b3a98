/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/table.h"

#include <inttypes.h>

#include "harness/commands/results.h"

static int write_table(const struct plan *plan, const struct table *table, const char *results_dir,
		       struct error *error)
{
	(void)plan;
	if (table->runs < table->planned)
		fprintf(stderr, "%s: %" PRId64 " of %" PRId64 " runs are in\n", table->experiment,
			table->runs, table->planned);
	int status = table_write_files(table, results_dir, error);
	if (!status)
		printf("%s/%s/{%s,comparisons}.*: %" PRId64 " of %" PRId64 " runs\n", results_dir,
		       table->experiment, table->experiment, table->runs, table->planned);
	return status;
}

int command_table(int argc, char **argv, struct error *error)
{
	return table_command(argc, argv, "table CONFIG [--out DIR]", write_table, error);
}
