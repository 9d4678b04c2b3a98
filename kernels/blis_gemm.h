/* SPDX-License-Identifier: Apache-2.0 */
/* BLIS's sgemm under the contract's rule 1: k-blocks of 256, small-matrix kernels off, one thread
 * unless BLIS_NUM_THREADS says otherwise: BLIS never cuts k among threads.  Memory that ends inside
 * BLIS, which knows no errors, ends the process with exit code 3. */
#ifndef SHEAFBENCH_KERNELS_BLIS_GEMM_H
#define SHEAFBENCH_KERNELS_BLIS_GEMM_H

#include "kernels/cpu.h"
#include "kernels/kernels.h"

struct blis_gemm;

/* BLIS's sub-configurations: name, its BLIS_ARCH_ id in the installed header, what it needs of the
 * CPU (enum cpu_feature), whether it is worth trying unasked, wider ones first.  None of aarch64
 * is: its kernels give +0 where a negative sum rounds to zero (contract: -0). */
#define BLIS_KERNELS(X)                                                                            \
	X(skx, SKX, CPU_FMA | CPU_AVX2 | CPU_AVX512, true)                                         \
	X(haswell, HASWELL, CPU_FMA | CPU_AVX2, true)                                              \
	X(zen, ZEN, CPU_FMA | CPU_AVX2, false)                                                     \
	X(zen2, ZEN2, CPU_FMA | CPU_AVX2, false)                                                   \
	X(zen3, ZEN3, CPU_FMA | CPU_AVX2, false)                                                   \
	X(excavator, EXCAVATOR, CPU_FMA | CPU_AVX2, false)                                         \
	X(sandybridge, SANDYBRIDGE, CPU_FMA | CPU_AVX2, false)                                     \
	X(cortexa57, CORTEXA57, CPU_AARCH64, false)                                                \
	X(cortexa53, CORTEXA53, CPU_AARCH64, false)                                                \
	X(generic, GENERIC, 0, false)

struct blis_kernels {
	const char *name;
	int id;         /* arch_t */
	unsigned needs; /* enum cpu_feature */
	bool candidate;
};

/* All of them; the last one's name is NULL. */
extern const struct blis_kernels blis_kernels[];
const struct blis_kernels *blis_gemm_find(const char *name); /* NULL: no such one */

/* Initialises BLIS with the named sub-configuration, once per process (it sets BLIS_ARCH_TYPE).
 * NULL: no such name, out of memory, or BLIS fell to another.  The caller closes it. */
struct blis_gemm *blis_gemm_open(const char *name);
void blis_gemm_close(struct blis_gemm *blis); /* NULL: does nothing */
/* The product of args (kernels/kernels.h), for m, n, k >= 1 and operands that are contiguous in one
 * direction: of others BLIS is not known to keep the contract. */
void blis_gemm_run(const struct blis_gemm *blis, const struct gemm_args *args);
/* From here on blis_gemm_run leaves a product to `cut`, and BLIS has one thread whatever
 * BLIS_NUM_THREADS says: cut calls blis_gemm_run_part on parts of C, from any threads at once. */
typedef void blis_cut(const struct blis_gemm *blis, const struct gemm_args *args);
void blis_gemm_share(struct blis_gemm *blis, blis_cut *cut);
void blis_gemm_run_part(const struct blis_gemm *blis, const struct gemm_args *args);
/* The same product as BLIS does it when left alone: its own k-blocks and small-matrix kernels, so
 * not the contract's bits.  Only to measure what the contract costs. */
void blis_gemm_run_native(const struct gemm_args *args);
const char *blis_gemm_version(void); /* of the library, "0.9.0"; static */

#endif
