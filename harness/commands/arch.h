/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench arch SUBCOMMAND ...: architectures without training them.
 *
 *   arch describe FILE
 *   arch describe --size SIZE [--model MoE|Dense] [--input N] [--output N]
 *       prints the architecture as JSON: arch.json's fields resolved, then counts and tensors.
 *       A Dense one given by size has the intermediate that matches the MoE's total parameters. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_ARCH_H
#define SHEAFBENCH_HARNESS_COMMANDS_ARCH_H

#include "foundation/error.h"

/* argv[0] is "arch".  Nothing is printed to stdout on failure. */
int command_arch(int argc, char **argv, struct error *error);

/* `arch init`; argv[0] is "init". */
int command_arch_init(int argc, char **argv, struct error *error);

#endif
