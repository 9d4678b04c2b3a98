/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench cpu [--json] [--isa LEVEL] [--blis NAME|oracle]: the CPU, what was chosen for it and
 * why, whether it passed the contract check, and the measured roof. */
#ifndef SHEAFBENCH_HARNESS_COMMAND_CPU_H
#define SHEAFBENCH_HARNESS_COMMAND_CPU_H

#include "models/error.h"

int command_cpu(int argc, char **argv, struct error *error);

#endif
