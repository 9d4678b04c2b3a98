/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file in memory, gzip or plain, through zlib.
 *
 * A file that begins with the bytes 1f 8b is gzip (RFC 1952): members one after the other, to the
 * file's last byte.  Nothing else may follow a member, zeros neither: where a member was lost there
 * are zeros too.  Any other file is plain. */
#ifndef SHEAFBENCH_FOUNDATION_BYTE_SOURCE_H
#define SHEAFBENCH_FOUNDATION_BYTE_SOURCE_H

#include <stddef.h>

#include "foundation/error.h"

struct byte_source {
	unsigned char *bytes; /* owned; size bytes and a NUL */
	size_t size;          /* of the uncompressed content, at most 2 GiB */
	char sha256[65];      /* of the uncompressed content */
};

/* Regular files only.  ERROR_INPUT: it cannot be opened or read, is longer than 2 GiB, or a
 * truncated or damaged gzip stream, named with the byte where the member begins that is none;
 * ERROR_MACHINE: no memory.  Free with byte_source_free. */
int byte_source_read(struct byte_source *source, const char *file_name, struct error *error);
void byte_source_free(struct byte_source *source);

#endif
