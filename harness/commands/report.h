/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_REPORT_H
#define SHEAFBENCH_HARNESS_COMMANDS_REPORT_H

#include "foundation/error.h"

/* report CONFIG [--out DIR]: <results>/<experiment>/report.html of the runs that are done. */
int command_report(int argc, char **argv, struct error *error);

#endif
