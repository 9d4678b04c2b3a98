/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench explain RUN_ID: how a result was made: resolved config, data, counts, metrics,
 * environment, and the commands that verify it and make it again.
 * sheafbench explain TASK/ARM/METRIC[/VARIANT] [CONFIG]: a cell of a table: its value and interval,
 * and the runs behind it, each with its value, weights, data, commit and these commands.  CONFIG is
 * configs/ablation.json unless given.
 * Both take --json and --out DIR. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_EXPLAIN_H
#define SHEAFBENCH_HARNESS_COMMANDS_EXPLAIN_H

#include "foundation/error.h"

/* argv[0] is "explain".  Looks for <results>/<any experiment>/runs/RUN_ID/run.json, then in the
 * plans of configs/: of a run that is only planned the settings are shown and the command that
 * makes it. */
int command_explain(int argc, char **argv, struct error *error);

#endif
