/* SPDX-License-Identifier: Apache-2.0 */
/* a b + c rounded once, as the contract means it wherever it says fma. */
#ifndef SHEAFBENCH_KERNELS_FMA_H
#define SHEAFBENCH_KERNELS_FMA_H

#include <math.h> /* fmaf; also says whether the library is glibc */
#include <stdint.h>
#include <string.h> /* memcpy: bits of a double */

/* Without an instruction, and without trust in the C library: musl without floating-point flags
 * and older Windows libraries round twice, and glibc's takes the flags' detour.  The product is
 * exact in binary64; the sum is rounded to odd by its own error (Dekker's and Knuth's two-sum): to
 * the neighbour whose last bit is set where it is not exact.  binary64 has more than two bits over
 * binary32 at every exponent, so that then rounding to binary32 rounds the exact value (Boldo and
 * Melquiond, Emulation of FMA and correctly rounded sums, 2008).  Only binary64 operations to
 * nearest, no branches. */
static inline float fma_by_doubles(float a, float b, float c)
{
	double product = (double)a * (double)b, addend = (double)c;
	double sum = product + addend;
	double added = sum - product;
	double error = (product - (sum - added)) + (addend - added);
	uint64_t bits;
	memcpy(&bits, &sum, sizeof bits);
	/* An infinite sum has NaN as its error and stays. */
	uint64_t away = (uint64_t)((error > 0.0 && sum > 0.0) || (error < 0.0 && sum < 0.0));
	uint64_t towards = (uint64_t)((error > 0.0 && sum < 0.0) || (error < 0.0 && sum > 0.0));
	uint64_t even = ~bits & 1u;
	bits += (away & even) - (towards & even);
	memcpy(&sum, &bits, sizeof sum);
	return (float)sum;
}

/* PORTABILITY: the instruction where the compiler has it, and glibc's for x86-64, which finds it
 * at run time. */
static inline float contract_fma(float a, float b, float c)
{
#if defined __FP_FAST_FMAF || defined __FMA__ || defined __aarch64__ ||                            \
    (defined __x86_64__ && defined __GLIBC__)
	return fmaf(a, b, c);
#else
	return fma_by_doubles(a, b, c);
#endif
}

#endif
