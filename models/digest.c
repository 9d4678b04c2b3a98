/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 through libcrypto's EVP interface. */
#include "models/digest.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h> /* memset */

#include "models/path.h"

enum { SHA256_BYTES = 32 };

struct digest {
	EVP_MD_CTX *context;
	bool failed; /* sticky, so that updates need no check of their own */
};

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof *digest);
	if (digest == NULL)
		return NULL;
	digest->failed = false;
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL ||
	    EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(digest->context);
		free(digest);
		return NULL;
	}
	return digest;
}

void digest_update(struct digest *digest, const void *bytes, size_t size)
{
	if (digest == NULL || size == 0)
		return;
	if (EVP_DigestUpdate(digest->context, bytes, size) != 1)
		digest->failed = true;
}

void digest_finish(struct digest *digest, char hex[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	bool done = digest != NULL && !digest->failed &&
		    EVP_DigestFinal_ex(digest->context, bytes, &size) == 1 && size == SHA256_BYTES;
	if (digest != NULL)
		EVP_MD_CTX_free(digest->context);
	free(digest);
	hex[2 * SHA256_BYTES] = '\0';
	if (!done) {
		/* Not a digest of anything: can never equal one that was computed. */
		memset(hex, '?', 2 * SHA256_BYTES);
		return;
	}
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
}

void digest_bytes(const void *bytes, size_t size, char hex[65])
{
	struct digest *digest = digest_new();
	digest_update(digest, bytes, size);
	digest_finish(digest, hex);
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
	if (failed || hex[0] == '?')
		return error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL,
				 failed ? "cannot read to its end" : "out of memory");
	return 0;
}
