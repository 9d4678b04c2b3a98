/* SPDX-License-Identifier: Apache-2.0 */
/* Every op of the table as a call on one side of a random case. */
#ifndef SHEAFBENCH_TESTS_KERNELS_KERNEL_OPS_H
#define SHEAFBENCH_TESTS_KERNELS_KERNEL_OPS_H

#include "tests/kernels/kernel_case.h"

typedef void op_function(const struct kernel_table *table, struct side *side,
			 const struct shape *shape);

/* The last one's name is NULL. */
extern const struct kernel_op {
	const char *name;
	op_function *run;
	int largest_k;  /* as case_draw takes it */
	bool exact_nan; /* NaN results have specified bits */
} kernel_ops[];

/* Fails the running test where the two sides differ; `what` was compared with `with`. */
void kernel_op_compare(const char *what, const char *with, const struct kernel_op *op,
		       const struct shape *shape);

#endif
