/* SPDX-License-Identifier: Apache-2.0 */
/* The turns of contests among kernels that all give the contract's bits: what they decide is speed
 * alone (kernels/contest.h has the rules; rates are GF/s).  A turn is a product or some that take
 * half a millisecond at 130 GF/s. */
#ifndef SHEAFBENCH_KERNELS_CONTEST_TURNS_H
#define SHEAFBENCH_KERNELS_CONTEST_TURNS_H

#include "kernels/contest.h"
#include "kernels/kernels.h"

/* Decides among levels, by name, with our GEMM on an expert's shape, in this process. */
void contest_levels(struct contest *contest);

/* Decides among BLIS's sub-configurations under the contract and "none", the table's own GEMM, on
 * 256 x 256 x 512.  BLIS takes its choice once per process: every candidate has a child that does
 * its turns.  One that cannot run or hangs is ended, and has the rate 0. */
void contest_blis(struct contest *contest, const struct kernel_table *table);

/* Threads that BLIS may use (BLIS_NUM_THREADS; 1 when that is not set). */
int contest_threads(void);

#endif
