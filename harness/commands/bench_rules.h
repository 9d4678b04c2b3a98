/* SPDX-License-Identifier: Apache-2.0 */
/* bench-rules: what the rules by which GEMM copies its operands lose to the best way of each
 * product; results/gemm_rules/<cpu>-<isa>.csv */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_BENCH_RULES_H
#define SHEAFBENCH_HARNESS_COMMANDS_BENCH_RULES_H

#include "foundation/error.h"

int command_bench_rules(int argc, char **argv, struct error *error);

#endif
