/* SPDX-License-Identifier: Apache-2.0 */
/* One native vector of binary32, of the width of the level this file is compiled for.  Only what
 * compilers do not find by themselves: the register tile of GEMM and the 16-lane reductions. */
#ifndef SHEAFBENCH_KERNELS_SIMD_H
#define SHEAFBENCH_KERNELS_SIMD_H

#include <stdint.h>
#include <string.h> /* memcpy */

#include "kernels/contract.h"
#include "kernels/fma.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define SIMD_WIDTH 16
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define SIMD_WIDTH 8
#elif defined(__aarch64__)
#include <arm_neon.h>
#define SIMD_WIDTH 4
#else
#define SIMD_WIDTH 4
#endif

/* Vectors that hold the 16 lanes of a row reduction. */
enum { SIMD_LANE_VECTORS = CONTRACT_LANES / SIMD_WIDTH };

typedef float simd_f32 __attribute__((vector_size(SIMD_WIDTH * 4)));

/* Edge of a square block that is transposed in registers. */
enum { SIMD_BLOCK = SIMD_WIDTH >= 8 ? 8 : 4 };
typedef float simd_f32x4 __attribute__((vector_size(16)));
#if SIMD_WIDTH >= 8
typedef float simd_f32x8 __attribute__((vector_size(32)));
#endif

/* Before a loop with a constant number of rounds that indexes an array meant to live in registers:
 * gcc otherwise makes clearing it a `rep stos` and keeps it in memory. */
#ifdef __clang__
#define SIMD_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SIMD_UNROLL _Pragma("GCC unroll 16")
#endif

static inline simd_f32 simd_load(const float *from)
{
	simd_f32 v;
	memcpy(&v, from, sizeof v);
	return v;
}

static inline void simd_store(float *to, simd_f32 v)
{
	memcpy(to, &v, sizeof v);
}

static inline simd_f32 simd_set(float x)
{
#if SIMD_WIDTH == 16
	return (simd_f32){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
#elif SIMD_WIDTH == 8
	return (simd_f32){x, x, x, x, x, x, x, x};
#else
	return (simd_f32){x, x, x, x};
#endif
}

/* a * b + c, rounded once. */
static inline simd_f32 simd_fma(simd_f32 a, simd_f32 b, simd_f32 c)
{
#if defined(__AVX512F__)
	return (simd_f32)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif SIMD_WIDTH == 8
	return (simd_f32)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
	return (simd_f32)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
	return (simd_f32){contract_fma(a[0], b[0], c[0]), contract_fma(a[1], b[1], c[1]),
			  contract_fma(a[2], b[2], c[2]), contract_fma(a[3], b[3], c[3])};
#endif
}

#if SIMD_WIDTH == 8
/* Lanes 0 .. n - 1 on. */
static inline __m256i simd_mask(int64_t n)
{
	const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
#endif

/* The first n elements (0 <= n <= width), the others `fill`. */
static inline simd_f32 simd_load_part(const float *from, int64_t n, float fill)
{
#if SIMD_WIDTH == 16
	return (simd_f32)_mm512_mask_loadu_ps((__m512)simd_set(fill), (__mmask16)((1u << n) - 1u),
					      from);
#elif SIMD_WIDTH == 8
	__m256i mask = simd_mask(n);
	__m256 read = _mm256_maskload_ps(from, mask);
	return (simd_f32)_mm256_blendv_ps((__m256)simd_set(fill), read, (__m256)mask);
#else
	simd_f32 v = simd_set(fill);
	memcpy(&v, from, (size_t)n * sizeof *from);
	return v;
#endif
}

static inline void simd_store_part(float *to, int64_t n, simd_f32 v)
{
#if SIMD_WIDTH == 16
	_mm512_mask_storeu_ps(to, (__mmask16)((1u << n) - 1u), (__m512)v);
#elif SIMD_WIDTH == 8
	/* Masked stores are microcode on AMD's CPUs. */
	__m128 part = _mm256_castps256_ps128((__m256)v);
	if (n == 8) {
		_mm256_storeu_ps(to, (__m256)v);
		return;
	}
	if (n & 4) {
		_mm_storeu_ps(to, part);
		part = _mm256_extractf128_ps((__m256)v, 1);
		to += 4;
	}
	if (n & 2) {
		_mm_storel_pi((__m64 *)to, part);
		part = _mm_movehl_ps(part, part);
		to += 2;
	}
	if (n & 1)
		_mm_store_ss(to, part);
#else
	memcpy(to, &v, (size_t)n * sizeof *to);
#endif
}

#if SIMD_WIDTH == 16
/* The first n elements (0 <= n <= 8) of half a vector, the others 0. */
static inline simd_f32x8 simd_load_half(const float *from, int64_t n)
{
	if (n == 8) {
		simd_f32x8 v;
		memcpy(&v, from, sizeof v);
		return v;
	}
	return (simd_f32x8)_mm256_maskz_loadu_ps((__mmask8)((1u << n) - 1u), from);
}

/* An instruction that takes `high` from memory, on either port of arithmetic; a shuffle of the two
 * would be one more for the only port that shuffles. */
static inline simd_f32 simd_halves(simd_f32x8 low, simd_f32x8 high)
{
	return (simd_f32)_mm512_insertf32x8(_mm512_castps256_ps512((__m256)low), (__m256)high, 1);
}
#endif

/* Lane sums combined by the tree 8-4-2-1 (contract rule 2), halves of vectors at a time. */
static inline float simd_tree(const simd_f32 *lanes)
{
	simd_f32x4 q;
#if SIMD_WIDTH == 16
	__m512 v = (__m512)lanes[0];
	__m256 low = _mm512_castps512_ps256(v), high = _mm512_extractf32x8_ps(v, 1);
	__m256 eight = _mm256_add_ps(low, high);
	q = (simd_f32x4)_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#elif SIMD_WIDTH == 8
	__m256 eight = (__m256)(lanes[0] + lanes[1]);
	q = (simd_f32x4)_mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#else
	q = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
#endif
	return (q[0] + q[2]) + (q[1] + q[3]);
}

#endif
