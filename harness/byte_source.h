/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file in memory, gzip or plain, through zlib. */
#ifndef SHEAFBENCH_HARNESS_BYTE_SOURCE_H
#define SHEAFBENCH_HARNESS_BYTE_SOURCE_H

#include <stddef.h>

#include "models/error.h"

struct byte_source {
	unsigned char *bytes; /* owned; size bytes and a NUL */
	size_t size;          /* of the uncompressed content, at most 2 GiB */
	char sha256[65];      /* of the uncompressed content */
};

/* A truncated or corrupt gzip stream is an ERROR_INPUT naming the file. */
int byte_source_read(struct byte_source *source, const char *file_name, struct error *error);
void byte_source_free(struct byte_source *source);

#endif
