/* SPDX-License-Identifier: Apache-2.0 */
/* a b + c rounded once, as the contract means it wherever it says fma. */
#ifndef SHEAFBENCH_KERNELS_FMA_H
#define SHEAFBENCH_KERNELS_FMA_H

#include <math.h> /* fmaf; also says whether the library is glibc */
#include <stdbool.h>
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

/* x / 2^places, the last bit set where ones are lost: they count where a rest is compared with a
 * half, and nowhere else. */
static inline uint64_t fma_shift_right(uint64_t x, int32_t places)
{
	if (places > 63)
		return x != 0;
	return x >> places | ((x & ((UINT64_C(1) << places) - 1)) != 0);
}

/* Bits of the binary32 that is nearest to mantissa 2^exponent, mantissa > 0. */
static inline uint32_t fma_round(uint64_t mantissa, int32_t exponent)
{
	const int32_t top = 63 - __builtin_clzll(mantissa);
	const int32_t field = top + exponent + 127; /* of the exponent, the first bit implied */
	const int32_t places = top - 23 + (field > 0 ? 0 : 1 - field);
	const uint32_t base = field > 0 ? (uint32_t)(field - 1) << 23 : 0;
	if (field > 254)
		return 0x7f800000u;
	if (places <= 0)
		return base + (uint32_t)(mantissa << -places);
	/* Two bits more than are kept: a half, and whether there is more than that. */
	const uint64_t kept = places < 2 ? mantissa << 1 : fma_shift_right(mantissa, places - 2);
	const bool half = kept & 2, more = kept & 1, odd = kept & 4;
	return base + (uint32_t)(kept >> 2) + (half && (more || odd));
}

/* A number that is neither infinite nor NaN, mantissa 2^exponent: 24 bits, or 0. */
struct fma_parts {
	uint32_t mantissa;
	int32_t exponent;
};

static inline struct fma_parts fma_parts_of(uint32_t magnitude)
{
	const int32_t field = (int32_t)(magnitude >> 23);
	if (field > 0)
		return (struct fma_parts){(magnitude & 0x7fffffu) | 0x800000u, field - 150};
	const int places = magnitude ? __builtin_clz(magnitude) - 8 : 0;
	return (struct fma_parts){magnitude << places, -149 - places};
}

/* The same by integers, where binary64 is emulated or slow: the product exact in 48 bits, the
 * addend beside it, one rounding. */
static inline float fma_by_integers(float a, float b, float c)
{
	uint32_t bits_a, bits_b, bits_c;
	memcpy(&bits_a, &a, sizeof a);
	memcpy(&bits_b, &b, sizeof b);
	memcpy(&bits_c, &c, sizeof c);
	const uint32_t size_a = bits_a & 0x7fffffffu, size_b = bits_b & 0x7fffffffu,
		       size_c = bits_c & 0x7fffffffu, infinite = 0x7f800000u;
	/* One is 0, infinite or NaN: nothing is rounded twice. */
	if (size_a - 1 >= infinite - 1 || size_b - 1 >= infinite - 1 || size_c >= infinite)
		return (float)((double)a * (double)b + (double)c);
	const struct fma_parts x = fma_parts_of(size_a), y = fma_parts_of(size_b),
			       z = fma_parts_of(size_c);
	/* Both end below bit 62, and what a shift loses is far below the other's first bit. */
	uint64_t product = (uint64_t)x.mantissa * y.mantissa << 14;
	uint64_t addend = (uint64_t)z.mantissa << 38;
	const int32_t product_exponent = x.exponent + y.exponent - 14;
	const int32_t addend_exponent = addend ? z.exponent - 38 : product_exponent;
	if (product_exponent > addend_exponent)
		addend = fma_shift_right(addend, product_exponent - addend_exponent);
	else
		product = fma_shift_right(product, addend_exponent - product_exponent);
	const uint32_t sign = (bits_a ^ bits_b) & 0x80000000u, other = bits_c & 0x80000000u;
	const bool less = product < addend;
	const uint64_t sum = sign == other ? product + addend
			     : less        ? addend - product
					   : product - addend;
	const int32_t exponent =
	    product_exponent > addend_exponent ? product_exponent : addend_exponent;
	const uint32_t bits =
	    sum ? fma_round(sum, exponent) | (sign != other && less ? other : sign) : 0;
	float result;
	memcpy(&result, &bits, sizeof result);
	return result;
}

/* PORTABILITY: the instruction where the compiler has it, and glibc's for x86-64, which finds it
 * at run time.  By integers where a loop of binary64 operations is no loop of vectors. */
static inline float contract_fma(float a, float b, float c)
{
#if defined __FP_FAST_FMAF || defined __FMA__ || defined __aarch64__ ||                            \
    (defined __x86_64__ && defined __GLIBC__)
	return fmaf(a, b, c);
#elif defined __mips__ || defined __SOFTFP__
	return fma_by_integers(a, b, c);
#else
	return fma_by_doubles(a, b, c);
#endif
}

#endif
