/* SPDX-License-Identifier: Apache-2.0 */
/* The buffers of a network as one table: what is counted, taken and freed are its rows. */
#ifndef SHEAFBENCH_MODELS_BUFFERS_H
#define SHEAFBENCH_MODELS_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	void *place;   /* of the owner's pointer to the buffer, which is NULL while there is none */
	int64_t count; /* elements >= 0; 0: not needed, the pointer stays NULL */
	size_t size;   /* bytes of an element */
	bool cleared;  /* others are not touched before use: large batches of large networks pay
			  only for what they use */
};

/* The row of the owner's `pointer`. */
#define BUFFER(pointer, elements, clear)                                                           \
	(struct buffer)                                                                            \
	{                                                                                          \
		.place = (void *)&(pointer), .count = (elements), .size = sizeof *(pointer),       \
		.cleared = (clear)                                                                 \
	}

/* Bytes that buffers_take asks for; INT64_MAX: more than can be counted. */
int64_t buffers_bytes(const struct buffer *row, int rows);
/* False: out of memory.  What was taken until then is the owner's, as ever. */
bool buffers_take(const struct buffer *row, int rows);
void buffers_free(const struct buffer *row, int rows);

#endif
