/* SPDX-License-Identifier: Apache-2.0 */
/* What the speed programs share: clocks, and data every one of them (scripts/peers/torch_train.py
 * too) makes from an index alone. */
#ifndef SHEAFBENCH_HARNESS_PEERS_CLOCKS_H
#define SHEAFBENCH_HARNESS_PEERS_CLOCKS_H

#include <stdint.h>
#include <time.h>

static inline double clock_seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Knuth's multiplicative hash, its upper bits mixed once more. */
static inline uint32_t index_hash(uint32_t index)
{
	uint32_t h = index * 2654435761u;
	h ^= h >> 15;
	h *= 2246822519u;
	return h ^ h >> 13;
}

/* In [-1, 1), a multiple of 2^-23. */
static inline float index_value(uint32_t index)
{
	return (float)((int32_t)(index_hash(index) >> 8) - 8388608) / 8388608.0f;
}

#endif
