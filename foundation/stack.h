/* SPDX-License-Identifier: Apache-2.0 */
/* Enough stack for the program, whatever `ulimit -s` says. */
#ifndef SHEAFBENCH_FOUNDATION_STACK_H
#define SHEAFBENCH_FOUNDATION_STACK_H

#include "foundation/error.h"

/* Returns work(context).  Where the limit of the stack is below 2 MiB, which deeply nested JSON and
 * the products' packed strips together with BLIS may need, it runs on a stack of 8 MiB of its own,
 * and so do BLIS's threads; ERROR_MACHINE where there is no memory for one. */
int stack_run(int (*work)(void *context), void *context, struct error *error);

#endif
