/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/large_pages.h"

#include <stdint.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#ifdef MADV_HUGEPAGE
void large_pages_ask(void *memory, size_t bytes)
{
	const uintptr_t page = (uintptr_t)2 << 20;
	const uintptr_t first = (uintptr_t)memory, begin = (first + page - 1) / page * page;
	const uintptr_t end = (first + bytes) / page * page;
	/* PORTABILITY: an address as a number counts bytes. */
	if (memory && begin < end)
		(void)madvise((char *)memory + (begin - first), end - begin, MADV_HUGEPAGE);
}
#else
void large_pages_ask(void *memory, size_t bytes)
{
	(void)memory;
	(void)bytes;
}
#endif
