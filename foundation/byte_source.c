/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/byte_source.h"

#include <errno.h>
#include <limits.h> /* UINT_MAX */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "foundation/digest.h"
#include "foundation/path.h"

enum { CHUNK = 1 << 17, FIRST = 1 << 16, GZIP_WINDOW = 15 + 16 /* gzip header and trailer */ };
static const size_t limit = (size_t)2 << 30;
static const char whole[] = "a complete file, plain or gzip";

/* A file being read: `in` holds what inflate has not taken yet. */
struct reading {
	const char *file_name;
	FILE *file;
	unsigned char in[CHUNK];
	size_t length, taken; /* of `in` */
	long long offset;     /* in the file, of in[0] */
	unsigned char *bytes;
	size_t size, capacity;
	struct error *error;
};

static long long position(const struct reading *r)
{
	return r->offset + (long long)r->taken;
}

/* The next bytes of the file, where all are taken; none are left at its end. */
static int fill(struct reading *r)
{
	if (r->taken < r->length)
		return 0;
	r->offset += (long long)r->length;
	errno = 0;
	r->length = fread(r->in, 1, CHUNK, r->file);
	r->taken = 0;
	if (!ferror(r->file))
		return 0;
	return error_set(r->error, ERROR_INPUT, r->file_name, 0, 0, NULL, whole,
			 "cannot read the data: %s", strerror(errno));
}

/* Room for more: doubles, up to one byte beyond the limit, enough to see that a file passes it. */
static int grow(struct reading *r)
{
	if (r->size > limit)
		return error_set(r->error, ERROR_INPUT, r->file_name, 0, 0, NULL, "at most 2 GiB",
				 "more than 2 GiB of data");
	if (r->size < r->capacity)
		return 0;
	size_t wanted = r->capacity ? r->capacity * 2 : FIRST;
	if (wanted > limit + 1)
		wanted = limit + 1;
	unsigned char *larger = realloc(r->bytes, wanted + 1);
	if (!larger)
		return error_no_memory(r->error, r->file_name);
	r->bytes = larger;
	r->capacity = wanted;
	return 0;
}

static int read_plain(struct reading *r)
{
	int status = 0;
	while (!status && r->length > 0) {
		status = grow(r);
		size_t room = r->capacity - r->size, left = r->length - r->taken;
		size_t count = status ? 0 : left < room ? left : room;
		if (count)
			memcpy(r->bytes + r->size, r->in + r->taken, count);
		r->size += count;
		r->taken += count;
		status = status ? status : fill(r);
	}
	return status;
}

static int refuse_member(struct reading *r, long long member, const char *why)
{
	return error_set(r->error, ERROR_INPUT, r->file_name, 0, 0, NULL, whole,
			 "cannot read the data: %s in the gzip member at byte %lld", why, member);
}

static int refuse_rest(struct reading *r, long long member)
{
	return error_set(r->error, ERROR_INPUT, r->file_name, 0, 0, NULL,
			 "another gzip member or the end of the file",
			 "what follows the last gzip member, from byte %lld on, is no gzip member",
			 member);
}

/* Whether the two bytes that begin a member are next; a lone one at the file's end is not. */
static bool at_magic(struct reading *r)
{
	size_t left = r->length - r->taken;
	if (left == 1) { /* at the end of a chunk: bring the next one beside it */
		r->offset += (long long)r->taken;
		r->in[0] = r->in[r->taken];
		r->length = 1 + fread(r->in + 1, 1, CHUNK - 1, r->file);
		r->taken = 0;
		left = r->length;
	}
	return left >= 2 && r->in[r->taken] == 0x1f && r->in[r->taken + 1] == 0x8b;
}

/* One member, to its end; `stream` is fresh. */
static int inflate_member(struct reading *r, z_stream *stream)
{
	long long member = position(r);
	for (;;) {
		int status = fill(r);
		status = status ? status : grow(r);
		if (status)
			return status;
		if (r->length == 0)
			return refuse_member(r, member, "unexpected end of file");
		size_t room = r->capacity - r->size, left = r->length - r->taken;
		stream->next_in = r->in + r->taken;
		stream->avail_in = (uInt)left;
		stream->next_out = r->bytes + r->size;
		stream->avail_out = room > UINT_MAX ? UINT_MAX : (uInt)room;
		uInt out = stream->avail_out;
		int code = inflate(stream, Z_NO_FLUSH);
		r->taken += left - stream->avail_in;
		r->size += out - stream->avail_out;
		if (code == Z_STREAM_END)
			return 0;
		if (code == Z_MEM_ERROR)
			return error_no_memory(r->error, r->file_name);
		if (code != Z_OK && code != Z_BUF_ERROR)
			return refuse_member(r, member,
					     stream->msg           ? stream->msg
					     : code == Z_NEED_DICT ? "a dictionary"
								   : "damage");
	}
}

static int read_gzip(struct reading *r)
{
	z_stream stream = {0};
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return error_no_memory(r->error, r->file_name);
	int status = 0;
	while (!status && r->length > 0) {
		status = at_magic(r) ? inflate_member(r, &stream) : refuse_rest(r, position(r));
		status = status ? status : fill(r);
		inflateReset(&stream);
	}
	inflateEnd(&stream);
	/* A member may end exactly at the limit's last byte. */
	return status ? status : grow(r);
}

static int read_content(struct byte_source *source, struct reading *r)
{
	int status = fill(r);
	if (!status)
		status = at_magic(r) ? read_gzip(r) : read_plain(r);
	if (!status)
		status = grow(r); /* an empty file has its NUL too */
	if (status)
		return status;
	digest_bytes(r->bytes, r->size, source->sha256);
	status = digest_check(source->sha256, NULL, r->error);
	if (status)
		return status;
	r->bytes[r->size] = '\0';
	source->bytes = r->bytes;
	source->size = r->size;
	return 0;
}

int byte_source_read(struct byte_source *source, const char *file_name, struct error *error)
{
	struct byte_source made = {0};
	FILE *file = path_open_file(file_name, error);
	if (!file)
		return error ? error->status : ERROR_INPUT;
	struct reading *r = calloc(1, sizeof *r); /* too large for a small stack */
	if (!r) {
		fclose(file);
		return error_no_memory(error, file_name);
	}
	r->file_name = file_name;
	r->file = file;
	r->error = error;
	int status = read_content(&made, r);
	fclose(file);
	if (status)
		free(r->bytes);
	else
		*source = made;
	free(r);
	return status;
}

void byte_source_free(struct byte_source *source)
{
	free(source->bytes);
	memset(source, 0, sizeof *source);
}
