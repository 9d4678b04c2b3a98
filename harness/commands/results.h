/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that show an experiment's results have in common. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_RESULTS_H
#define SHEAFBENCH_HARNESS_COMMANDS_RESULTS_H

#include "harness/experiment/experiment.h"
#include "harness/tables/table.h"
#include "foundation/error.h"

typedef int table_use(const struct plan *plan, const struct table *table, const char *results_dir,
		      struct error *error);

/* Reads CONFIG [--out DIR].  On success the plan is to be freed (plan_free); results_dir lives as
 * long as the arguments. */
int plan_command(struct plan *plan, const char **results_dir, int argc, char **argv,
		 const char *usage, struct error *error);

/* The same and the runs that are in, of which there must be one; hands the table to `use`. */
int table_command(int argc, char **argv, const char *usage, table_use *use, struct error *error);

#endif
