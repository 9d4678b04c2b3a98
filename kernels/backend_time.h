/* SPDX-License-Identifier: Apache-2.0 */
/* Short timings among candidates that all give the contract's bits: what they decide is speed
 * alone. */
#ifndef SHEAFBENCH_KERNELS_BACKEND_TIME_H
#define SHEAFBENCH_KERNELS_BACKEND_TIME_H

#include "kernels/kernels.h"

/* GF/s of the table's own GEMM on an expert's shape, best of several spans; under 2 ms. */
double backend_time_table(const struct kernel_table *table);

/* The same on the product BLIS is timed with. */
double backend_time_table_large(const struct kernel_table *table);

/* GF/s of BLIS's GEMM with a sub-configuration, under the contract, on 256 x 256 x 512.  BLIS takes
 * its choice once per process, so this runs in a child; about 15 ms.  0: it did not run. */
double backend_time_blis(const char *name);

#endif
