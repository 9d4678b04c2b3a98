/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/byte_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "models/digest.h"

/* gzread takes no request beyond INT_MAX. */
enum { FIRST = 1 << 16, REQUEST_MAX = 1 << 30 };
static const size_t limit = (size_t)2 << 30;

static int no_memory(const char *file_name, struct error *error)
{
	return error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL, "out of memory");
}

static int refuse(gzFile file, const char *file_name, struct error *error)
{
	int code = Z_OK;
	const char *text = gzerror(file, &code);
	if (code == Z_MEM_ERROR)
		return no_memory(file_name, error);
	if (code == Z_ERRNO)
		text = strerror(errno);
	/* zlib puts the file's name in front of its texts. */
	size_t length = strlen(file_name);
	if (strncmp(text, file_name, length) == 0 && strncmp(text + length, ": ", 2) == 0)
		text += length + 2;
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL,
			 "a complete file, plain or gzip", "cannot read the data: %s", text);
}

/* Doubles, up to one byte beyond the limit: enough to see that a file passes it. */
static int grow(unsigned char **bytes, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : FIRST;
	if (wanted > limit + 1 || *capacity == limit)
		wanted = limit + 1;
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
			return no_memory(file_name, error);
		size_t request = capacity - *size;
		int got = gzread(file, *bytes + *size,
				 request > REQUEST_MAX ? REQUEST_MAX : (unsigned)request);
		if (got < 0)
			return refuse(file, file_name, error);
		*size += (size_t)got;
		if (*size > limit)
			return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "at most 2 GiB",
					 "more than 2 GiB of data");
		if (got == 0)
			break;
	}
	/* A stream that ends in the middle gives its bytes first and its error after them. */
	int code = Z_OK;
	gzerror(file, &code);
	return code == Z_OK ? 0 : refuse(file, file_name, error);
}

int byte_source_read(struct byte_source *source, const char *file_name, struct error *error)
{
	unsigned char *bytes = NULL;
	size_t size = 0;
	errno = 0;
	gzFile file = gzopen(file_name, "rb");
	if (!file && (errno == 0 || errno == ENOMEM))
		return no_memory(file_name, error);
	if (!file)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a readable file",
				 "cannot open: %s", strerror(errno));
	gzbuffer(file, 1 << 17);
	int status = read_all(file, file_name, &bytes, &size, error);
	int closed = gzclose_r(file);
	if (!status && closed != Z_OK)
		status =
		    error_set(error, ERROR_INPUT, file_name, 0, 0, NULL,
			      "a complete file, plain or gzip", "cannot read the data: truncated");
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
