/* SPDX-License-Identifier: Apache-2.0 */
/* As many fused multiply-adds per second as this level's registers allow: the roof that throughput
 * is measured against. */
#include "kernels/level_functions.h"
#include "kernels/simd.h"

enum { CHAINS = 12 }; /* independent sums: more than latency x units on current cores */

double LEVEL_NAME(fma_burn)(int64_t iterations)
{
	simd_f32 sum[CHAINS], a = simd_set(0.999f), b = simd_set(0.001f);
	for (int c = 0; c < CHAINS; c++)
		sum[c] = simd_set((float)c);
	for (int64_t i = 0; i < iterations; i++)
		for (int c = 0; c < CHAINS; c++)
			sum[c] = simd_fma(sum[c], a, b);
	/* The result is used, so that the loop stays. */
	volatile float sink = 0.0f;
	for (int c = 0; c < CHAINS; c++)
		sink = sink + sum[c][0];
	return 2.0 * CHAINS * SIMD_WIDTH * (double)iterations;
}
