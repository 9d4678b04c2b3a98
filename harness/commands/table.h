/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench table CONFIG [--out DIR]: tables of the runs that are done, and data for plots.
 *
 * Writes results/<name>/<name>.{csv,json,md,tex}, comparisons.{csv,json,md}, learning_curves.csv
 * and plot/.  A note on standard error says how many runs are still missing; without any run
 * nothing is written (exit 1).
 */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_TABLE_H
#define SHEAFBENCH_HARNESS_COMMANDS_TABLE_H

#include "foundation/error.h"

/* argv[0] is "table". */
int command_table(int argc, char **argv, struct error *error);

#endif
