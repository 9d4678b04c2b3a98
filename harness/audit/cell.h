/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench explain TASK/ARM/METRIC[/VARIANT] [CONFIG]: one cell of a table, down to the runs it
 * is the mean of. */
#ifndef SHEAFBENCH_HARNESS_AUDIT_CELL_H
#define SHEAFBENCH_HARNESS_AUDIT_CELL_H

#include <stdbool.h>

#include "harness/experiment/experiment.h"

/* VARIANT is a variant or a size; without it every row of the arm is shown.  Where no run of a row
 * is here its values are those of the experiment's table (harness/tables/table.h), with the plan's
 * run ids; weights, commit and what verifies a run are then null.  Names that are not there are
 * ERROR_INPUT with the near one, a cell in neither ERROR_CHECK. */
int explain_cell(const char *cell, const struct plan *plan, const char *results_dir, bool json,
		 struct error *error);

#endif
