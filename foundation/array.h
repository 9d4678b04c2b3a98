/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for arrays whose length is an int64_t: where size_t has 32 bits, neither it nor the
 * product may wrap to something small.  NULL: no memory, or more than can be counted; a length
 * below 0 counts as that.  The caller frees. */
#ifndef SHEAFBENCH_FOUNDATION_ARRAY_H
#define SHEAFBENCH_FOUNDATION_ARRAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Whether count elements of size > 0 bytes can be an object: pointers into it have differences. */
static inline bool array_fits(int64_t count, size_t size)
{
	return count >= 0 && (uint64_t)count <= PTRDIFF_MAX / size;
}

/* Unset elements. */
static inline void *array_take(int64_t count, size_t size)
{
	return array_fits(count, size) ? malloc((size_t)count * size) : NULL;
}

/* All bits 0. */
static inline void *array_zeroed(int64_t count, size_t size)
{
	return array_fits(count, size) ? calloc((size_t)count, size) : NULL;
}

/* As realloc: on failure `old` stays the caller's. */
static inline void *array_grow(void *old, int64_t count, size_t size)
{
	return array_fits(count, size) ? realloc(old, (size_t)count * size) : NULL;
}

#endif
