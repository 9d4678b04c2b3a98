/* SPDX-License-Identifier: Apache-2.0 */
/* bench-contract: what the contract costs.  Steps of every arm, in turns, with the contract's GEMM
 * and with BLIS's GEMM in its native order and with its small-matrix kernels;
 * results/contract_cost.* */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_BENCH_CONTRACT_H
#define SHEAFBENCH_HARNESS_COMMANDS_BENCH_CONTRACT_H

#include "foundation/error.h"

int command_bench_contract(int argc, char **argv, struct error *error);

#endif
