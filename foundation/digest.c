/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 through libcrypto's plain functions, which need no memory.  What EVP loads before its
 * first digest takes hundreds of allocations, and libcrypto 3.0 crashes where one of them fails. */
#define OPENSSL_API_COMPAT 10101 /* they are there, but not by default */
#include "foundation/digest.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h> /* memset */

#include "foundation/path.h"

struct digest {
	SHA256_CTX context;
	bool failed; /* sticky, so that updates need no check of their own */
};

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof *digest);
	if (digest == NULL)
		return NULL;
	digest->failed = SHA256_Init(&digest->context) != 1;
	return digest;
}

void digest_update(struct digest *digest, const void *bytes, size_t size)
{
	if (digest == NULL || size == 0)
		return;
	if (SHA256_Update(&digest->context, bytes, size) != 1)
		digest->failed = true;
}

static void finish(struct digest *digest, char hex[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[SHA256_DIGEST_LENGTH];
	bool done = digest != NULL && !digest->failed && SHA256_Final(bytes, &digest->context) == 1;
	hex[2 * sizeof bytes] = '\0';
	if (!done) {
		/* Not a digest of anything: can never equal one that was computed. */
		memset(hex, '?', 2 * sizeof bytes);
		return;
	}
	for (size_t i = 0; i < sizeof bytes; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
}

void digest_finish(struct digest *digest, char hex[65])
{
	finish(digest, hex);
	free(digest);
}

void digest_bytes(const void *bytes, size_t size, char hex[65])
{
	struct digest digest;
	digest.failed = SHA256_Init(&digest.context) != 1;
	digest_update(&digest, bytes, size);
	finish(&digest, hex);
}

int digest_check(const char hex[65], const char *file_name, struct error *error)
{
	if (hex[0] != '?')
		return 0;
	return error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL,
			 "out of memory: no SHA-256 was computed");
}

int digest_file(const char *file_name, char hex[65], struct error *error)
{
	unsigned char block[1 << 14];
	FILE *file = path_open_file(file_name, error);
	if (file == NULL)
		return error ? error->status : ERROR_INPUT;
	struct digest *digest = digest_new();
	for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
		digest_update(digest, block, got);
	bool failed = ferror(file) != 0;
	fclose(file);
	digest_finish(digest, hex);
	if (failed)
		return error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL,
				 "cannot read to its end");
	return hex[0] == '?' ? error_no_memory(error, file_name) : 0;
}
