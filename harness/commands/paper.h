/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench paper [--check] [--file PAPER.md] [--out DIR] CONFIG: the generated parts of the
 * paper, from results/<name>/<name>.json and the plan (harness/paper/paper.h).
 *
 * --check writes nothing and fails (exit 1) where the file is not what would be written. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_PAPER_H
#define SHEAFBENCH_HARNESS_COMMANDS_PAPER_H

#include "foundation/error.h"

/* argv[0] is "paper". */
int command_paper(int argc, char **argv, struct error *error);

#endif
