/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/text_file.h"

#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* close, fsync, unlink */

#include "foundation/leftovers.h"
#include "foundation/memory_stream.h"
#include "foundation/path.h"

enum { TEXT_FILE_MAX = 64 << 20 };

static int cannot(struct error *error, int status, const char *file_name, const char *what)
{
	return error_set(error, status, file_name, 0, 0, NULL, NULL, "cannot %s: %s", what,
			 strerror(errno));
}

static int take_bytes(struct text_stream *stream, char **text, size_t *size, struct error *error)
{
	/* The text is complete, and the stream's errors known, only when it is closed. */
	int failed = ferror(stream->out);
	if (fclose(stream->out) || failed) {
		free(stream->text);
		return error_no_memory(error, NULL);
	}
	*text = stream->text;
	*size = stream->size;
	return 0;
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
	FILE *in = path_open_file(file_name, error);
	if (!in)
		return error ? error->status : ERROR_INPUT;
	int status = text_stream_open(&stream, error);
	if (!status && copy_stream(in, stream.out)) {
		status = cannot(error, ERROR_INPUT, file_name, "read");
		text_stream_drop(&stream);
	} else if (!status) {
		status = take_bytes(&stream, text, size, error);
	}
	fclose(in);
	return status;
}

/* As text_file_create, for a file that an error calls by another name. */
static int create(const char *made, const char *file_name, const char *text, size_t size,
		  struct error *error)
{
	FILE *out = path_create_file(made);
	if (!out)
		return cannot(error, ERROR_MACHINE, file_name, "create");
	fwrite(text, 1, size, out);
	int failed = ferror(out) || fflush(out) || fsync(fileno(out));
	int reason = errno;
	if (fclose(out) && !failed) {
		failed = 1;
		reason = errno;
	}
	if (!failed)
		return 0;
	unlink(made);
	errno = reason;
	return cannot(error, ERROR_MACHINE, file_name, "write");
}

int text_file_create(const char *file_name, const char *text, size_t size, struct error *error)
{
	return create(file_name, file_name, text, size, error);
}

/* On the disk before it is renamed: after a crash the name never leads to an empty file. */
int text_file_write(const char *file_name, const char *text, size_t size, struct error *error)
{
	char made[PATH_MAX];
	int status = path_check_target(file_name, error);
	status = status ? status : leftovers_name(made, sizeof made, file_name, "tmp", error);
	status = status ? status : create(made, file_name, text, size, error);
	if (!status && rename(made, file_name)) {
		status = cannot(error, ERROR_MACHINE, file_name, "write");
		unlink(made);
	}
	return status;
}

int text_stream_open(struct text_stream *stream, struct error *error)
{
	*stream = (struct text_stream){0};
	stream->out = memory_stream_open(&stream->text, &stream->size);
	return stream->out ? 0 : error_no_memory(error, NULL);
}

int text_stream_take(struct text_stream *stream, char **text, size_t *size, struct error *error)
{
	char *taken = NULL;
	size_t taken_size = 0;
	int status = take_bytes(stream, &taken, &taken_size, error);
	if (status)
		return status;
	if (memchr(taken, '\0', taken_size)) {
		free(taken);
		return error_no_memory(error, NULL);
	}
	*text = taken;
	*size = taken_size;
	return 0;
}

int text_stream_save(struct text_stream *stream, const char *file_name, struct error *error)
{
	char *text = NULL;
	size_t size = 0;
	int status = text_stream_take(stream, &text, &size, error);
	if (status)
		return status;
	status = text_file_write(file_name, text, size, error);
	free(text);
	return status;
}

void text_stream_drop(struct text_stream *stream)
{
	fclose(stream->out);
	free(stream->text);
}
