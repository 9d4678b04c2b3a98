/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench bench [--isa LEVEL] [--blis NAME] [--threads N] [--out DIR] [--benchmark_...]:
 * throughput of kernels and training steps on this machine.  --threads N shares each op among N
 * threads: the same hashes, and times on the wall.
 *
 * Google Benchmark's flags pass through.  With --out, DIR/throughput/<cpu>-<isa>.json (Google
 * Benchmark's own format, without the machine's name and paths) and a CSV of medians beside it.
 * With threads they are <cpu>-<isa>-threads-N.{json,csv}.  With a filter they are
 * <cpu>-<isa>-part.{json,csv}: a whole file is replaced by a whole one only, and by none where the
 * command is interrupted. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_BENCH_H
#define SHEAFBENCH_HARNESS_COMMANDS_BENCH_H

#include "foundation/error.h"

/* argv[0] is "bench". */
int command_bench(int argc, char **argv, struct error *error);

#endif
