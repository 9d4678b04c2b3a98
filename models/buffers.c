/* SPDX-License-Identifier: Apache-2.0 */
#include "models/buffers.h"

#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "foundation/large_pages.h"

int64_t buffers_bytes(const struct buffer *row, int rows)
{
	int64_t sum = 0;
	for (int i = 0; i < rows; i++) {
		int64_t bytes;
		if (__builtin_mul_overflow(row[i].count, (int64_t)row[i].size, &bytes) ||
		    __builtin_add_overflow(sum, bytes, &sum))
			return INT64_MAX;
	}
	return sum;
}

bool buffers_take(const struct buffer *row, int rows)
{
	for (int i = 0; i < rows; i++) {
		if (row[i].count == 0)
			continue;
		void *memory = row[i].cleared ? array_zeroed(row[i].count, row[i].size)
					      : array_take(row[i].count, row[i].size);
		/* PORTABILITY: pointers to objects of any type have one representation. */
		memcpy(row[i].place, &memory, sizeof memory);
		if (!memory)
			return false;
		large_pages_ask(memory, (size_t)row[i].count * row[i].size);
	}
	return true;
}

void buffers_free(const struct buffer *row, int rows)
{
	for (int i = 0; i < rows; i++) {
		void *memory;
		memcpy(&memory, row[i].place, sizeof memory);
		free(memory);
	}
}
