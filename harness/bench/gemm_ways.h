/* SPDX-License-Identifier: Apache-2.0 */
/* Every way that GEMM can take for a product (kernels/gemm_rules.h), measured side by side. */
#ifndef SHEAFBENCH_HARNESS_BENCH_GEMM_WAYS_H
#define SHEAFBENCH_HARNESS_BENCH_GEMM_WAYS_H

#include "foundation/error.h"
#include "kernels/gemm_rules.h"
#include "kernels/kernels.h"

/* By the sets of rules that are known, in their order, then by those that leave no choice. */
enum { GEMM_WAYS = GEMM_RULES + 8 };
/* "intel", "amd", "in place", "copy A" ... */
const char *gemm_way_name(int way);

struct gemm_ways {
	double nanoseconds[GEMM_WAYS]; /* of a product; 0 for a way that it does not have */
	int in_force, best;            /* the way of the rules in force, and the fastest */
};

/* Computes the product in turns by every way that it has, and puts the rules in force back.  The
 * operands are made here; args says sizes and strides, as if each were alone in its memory.
 * ERROR_MACHINE: no memory, or a way gave other bits than the first. */
int gemm_ways_measure(const struct kernel_table *table, const struct gemm_args *args,
		      struct gemm_ways *ways, struct error *error);

#endif
