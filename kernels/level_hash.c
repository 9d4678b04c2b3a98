/* SPDX-License-Identifier: Apache-2.0 */
/* XXH3-64 of a tensor's bytes, inlined so that it uses the level's vectors; the value is the same
 * on all of them. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernels/level_functions.h"

uint64_t LEVEL_NAME(hash)(const void *bytes, size_t size)
{
	return XXH3_64bits(bytes, size);
}
