/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/memory_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 4096 };

struct memory {
	char **text;
	size_t *size, capacity;
};

static ssize_t append(void *cookie, const char *bytes, size_t count)
{
	struct memory *memory = cookie;
	const size_t wanted = *memory->size + count + 1;
	if (wanted > memory->capacity) {
		const size_t larger = wanted > 2 * memory->capacity ? wanted : 2 * memory->capacity;
		char *text = realloc(*memory->text, larger);
		if (!text) {
			errno = ENOMEM;
			return 0; /* an error, to stdio */
		}
		*memory->text = text;
		memory->capacity = larger;
	}
	memcpy(*memory->text + *memory->size, bytes, count);
	*memory->size += count;
	(*memory->text)[*memory->size] = '\0';
	return (ssize_t)count;
}

/* There is one place, the end; ftell asks for it. */
static int seek(void *cookie, off64_t *offset, int whence)
{
	const struct memory *memory = cookie;
	const off64_t end = (off64_t)*memory->size;
	if (*offset != (whence == SEEK_SET ? end : 0)) {
		errno = EINVAL;
		return -1;
	}
	*offset = end;
	return 0;
}

static int close_memory(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *memory_stream_open(char **text, size_t *size)
{
	struct memory *memory = malloc(sizeof *memory);
	*size = 0;
	*text = malloc(FIRST);
	FILE *out = NULL;
	if (memory && *text) {
		*memory = (struct memory){text, size, FIRST};
		(*text)[0] = '\0';
		out = fopencookie(
		    memory, "w",
		    (cookie_io_functions_t){.write = append, .seek = seek, .close = close_memory});
	}
	if (!out) {
		free(memory);
		free(*text);
		*text = NULL;
	}
	return out;
}
