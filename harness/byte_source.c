/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/byte_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "models/digest.h"

enum { FIRST = 1 << 16 };
static const size_t limit = (size_t)2 << 30;

static int refuse(gzFile file, const char *file_name, struct error *error)
{
	int code = Z_OK;
	const char *text = gzerror(file, &code);
	const char *what = code == Z_ERRNO ? strerror(errno) : code == Z_OK ? "truncated" : text;
	/* zlib puts the file's name in front of its texts. */
	const char *colon = strstr(what, ": ");
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a complete file, plain or gzip",
	                 "cannot read the data: %s", colon ? colon + 2 : what);
}

static int grow(unsigned char **bytes, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : FIRST;
	unsigned char *larger = realloc(*bytes, wanted + 1);
	if (!larger)
		return -1;
	*bytes = larger;
	*capacity = wanted;
	return 0;
}

static int read_all(gzFile file, const char *file_name, unsigned char **bytes, size_t *size,
                    struct error *error)
{
	size_t capacity = 0;
	for (;;) {
		if (*size == capacity && grow(bytes, &capacity))
			return error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL,
			                 "out of memory");
		int got = gzread(file, *bytes + *size, (unsigned)(capacity - *size));
		if (got < 0)
			return refuse(file, file_name, error);
		*size += (size_t)got;
		if (*size > limit)
			return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "at most 2 GiB",
			                 "more than 2 GiB of data");
		if (got == 0)
			break;
	}
	/* A stream that ends in the middle shows only when it is closed. */
	int code = Z_OK;
	gzerror(file, &code);
	return code == Z_OK ? 0 : refuse(file, file_name, error);
}

int byte_source_read(struct byte_source *source, const char *file_name, struct error *error)
{
	unsigned char *bytes = NULL;
	size_t size = 0;
	gzFile file = gzopen(file_name, "rb");
	if (!file)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a readable file",
		                 "cannot open: %s", strerror(errno));
	gzbuffer(file, 1 << 17);
	int status = read_all(file, file_name, &bytes, &size, error);
	int closed = gzclose_r(file);
	if (!status && closed != Z_OK)
		status = error_set(error, ERROR_INPUT, file_name, 0, 0, NULL,
		                   "a complete file, plain or gzip",
		                   "cannot read the data: truncated");
	if (status) {
		free(bytes);
		return status;
	}
	bytes[size] = '\0';
	source->bytes = bytes;
	source->size = size;
	digest_bytes(bytes, size, source->sha256);
	return 0;
}

void byte_source_free(struct byte_source *source)
{
	free(source->bytes);
	memset(source, 0, sizeof *source);
}
