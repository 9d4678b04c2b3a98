/* SPDX-License-Identifier: Apache-2.0 */
#include "models/buffers.h"

#include <stdlib.h>
#include <string.h>

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
		size_t count = (size_t)row[i].count, size = row[i].size;
		if (count == 0)
			continue;
		if (count > SIZE_MAX / size)
			return false;
		void *memory = row[i].cleared ? calloc(count, size) : malloc(count * size);
		/* PORTABILITY: pointers to objects of any type have one representation. */
		memcpy(row[i].place, &memory, sizeof memory);
		if (!memory)
			return false;
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
