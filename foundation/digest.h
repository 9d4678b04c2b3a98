/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) through libcrypto, as 64 lower-case hex digits and a NUL. */
#ifndef SHEAFBENCH_FOUNDATION_DIGEST_H
#define SHEAFBENCH_FOUNDATION_DIGEST_H

#include <stddef.h>

#include "foundation/error.h"

struct digest; /* opaque */

struct digest *digest_new(void); /* NULL: out of memory */
/* A NULL digest is allowed below.  Where there was no memory for it hex is 64 times '?',
 * which equals no digest. */
void digest_update(struct digest *digest, const void *bytes, size_t size);
void digest_finish(struct digest *digest, char hex[65]); /* also frees it */
void digest_bytes(const void *bytes, size_t size, char hex[65]);
/* 0 where `hex` is a digest; else ERROR_MACHINE, out of memory, naming the file (may be NULL). */
int digest_check(const char hex[65], const char *file_name, struct error *error);
/* Of a regular file's bytes.  ERROR_INPUT: it cannot be opened; ERROR_MACHINE: not read to its end,
 * or out of memory. */
int digest_file(const char *file_name, char hex[65], struct error *error);

#endif
