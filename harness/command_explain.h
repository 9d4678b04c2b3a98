/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench explain RUN_ID [--out DIR]: how a result was made: resolved config, data, counts,
 * metrics, environment, and the command that makes it again. */
#ifndef SHEAFBENCH_HARNESS_COMMAND_EXPLAIN_H
#define SHEAFBENCH_HARNESS_COMMAND_EXPLAIN_H

#include "models/error.h"

/* argv[0] is "explain".  Looks for <results>/<any experiment>/runs/RUN_ID/run.json. */
int command_explain(int argc, char **argv, struct error *error);

#endif
