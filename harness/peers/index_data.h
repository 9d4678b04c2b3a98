/* SPDX-License-Identifier: Apache-2.0 */
/* What the speed programs share: data that every one of them (scripts/peers/torch_train.py
 * too) makes from an index alone. */
#ifndef SHEAFBENCH_HARNESS_PEERS_INDEX_DATA_H
#define SHEAFBENCH_HARNESS_PEERS_INDEX_DATA_H

#include <stdint.h>
#include <stdio.h>

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

/* The program's exit status: `status`, or 3 where what it printed did not arrive. */
static inline int peer_exit(int status)
{
	return !status && (fflush(stdout) || ferror(stdout)) ? 3 : status;
}

#endif
