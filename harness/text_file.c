/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/text_file.h"

#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h> /* fsync, unlink */

#include "harness/leftovers.h"

enum { TEXT_FILE_MAX = 64 << 20 };

static int out_of_memory(struct error *error)
{
	return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
}

static int cannot(struct error *error, int status, const char *file_name, const char *what)
{
	return error_set(error, status, file_name, 0, 0, NULL, NULL, "cannot %s: %s", what,
			 strerror(errno));
}

/* Copies what is left of `in` to the stream; 0, or -1 when it is too long or cannot be read. */
static int copy_stream(FILE *in, FILE *out)
{
	char block[16384];
	size_t total = 0, got;
	while ((got = fread(block, 1, sizeof block, in)) > 0) {
		total += got;
		if (total > TEXT_FILE_MAX) {
			errno = EFBIG;
			return -1;
		}
		fwrite(block, 1, got, out);
	}
	return ferror(in) ? -1 : 0;
}

int text_file_read(const char *file_name, char **text, size_t *size, struct error *error)
{
	struct text_stream stream;
	FILE *in = fopen(file_name, "rb");
	if (!in)
		return cannot(error, ERROR_INPUT, file_name, "open");
	int status = text_stream_open(&stream, error);
	if (!status && copy_stream(in, stream.out)) {
		status = cannot(error, ERROR_INPUT, file_name, "read");
		text_stream_drop(&stream);
	} else if (!status) {
		status = text_stream_take(&stream, text, size, error);
	}
	fclose(in);
	return status;
}

/* fsync before rename: after a crash the name never leads to an empty file. */
static int write_and_sync(FILE *out, const char *text, size_t size)
{
	fwrite(text, 1, size, out);
	int failed = ferror(out) || fflush(out) || fsync(fileno(out));
	int reason = errno;
	if (fclose(out) && !failed)
		return -1;
	errno = reason;
	return failed ? -1 : 0;
}

int text_file_write(const char *file_name, const char *text, size_t size, struct error *error)
{
	char made[PATH_MAX];
	if (leftovers_name(made, sizeof made, file_name, "tmp", error))
		return ERROR_INPUT;
	FILE *out = fopen(made, "wb");
	if (!out)
		return cannot(error, ERROR_MACHINE, file_name, "create");
	if (write_and_sync(out, text, size) || rename(made, file_name)) {
		int status = cannot(error, ERROR_MACHINE, file_name, "write");
		unlink(made);
		return status;
	}
	return 0;
}

int text_file_make_folder(const char *name, struct error *error)
{
	if (mkdir(name, 0777) && errno != EEXIST)
		return cannot(error, ERROR_MACHINE, name, "create the folder");
	return 0;
}

int text_stream_open(struct text_stream *stream, struct error *error)
{
	*stream = (struct text_stream){0};
	stream->out = open_memstream(&stream->text, &stream->size);
	return stream->out ? 0 : out_of_memory(error);
}

int text_stream_take(struct text_stream *stream, char **text, size_t *size, struct error *error)
{
	/* The text is complete, and the stream's errors known, only when it is closed. */
	int failed = ferror(stream->out);
	if (fclose(stream->out) || failed) {
		free(stream->text);
		return out_of_memory(error);
	}
	*text = stream->text;
	*size = stream->size;
	return 0;
}

void text_stream_drop(struct text_stream *stream)
{
	fclose(stream->out);
	free(stream->text);
}
