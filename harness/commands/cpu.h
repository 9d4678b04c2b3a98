/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench cpu [--json | --hand-down] [--choose] [--isa LEVEL] [--blis NAME|oracle]: the CPU,
 * what was chosen for it, why and where that is kept, whether it passed the contract check, and the
 * measured roof.  --choose decides anew and writes the file again; --hand-down prints the choice as
 * other processes take it from SHEAFBENCH_CHOICE, and nothing else. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_CPU_H
#define SHEAFBENCH_HARNESS_COMMANDS_CPU_H

#include "foundation/error.h"

int command_cpu(int argc, char **argv, struct error *error);

#endif
