/* SPDX-License-Identifier: Apache-2.0 */
/* BLIS's sgemm under the contract: k-blocks of 256, small-matrix kernels off, one thread. */
#ifndef SHEAFBENCH_KERNELS_BLIS_GEMM_H
#define SHEAFBENCH_KERNELS_BLIS_GEMM_H

#include "kernels/kernels.h"

struct blis_gemm;

/* Sub-configuration names, NULL-terminated; numbers come from the installed header's enum. */
extern const char *const blis_gemm_names[];

/* Initialises BLIS with the named sub-configuration.  NULL: out of memory or BLIS fell to another.
 */
struct blis_gemm *blis_gemm_open(const char *name);
void blis_gemm_close(struct blis_gemm *blis);
void blis_gemm_run(const struct blis_gemm *blis, const struct gemm_args *args);
/* The same product as BLIS does it when left alone: its own k-blocks and small-matrix kernels, so
 * not the contract's bits.  Only to measure what the contract costs. */
void blis_gemm_run_native(const struct gemm_args *args);
const char *blis_gemm_version(void);

#endif
