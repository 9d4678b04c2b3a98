/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/text_file.h"

#include <errno.h>
#include <fcntl.h>  /* open */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h> /* close, fsync, unlink */

#include "foundation/leftovers.h"
#include "foundation/memory_stream.h"
#include "foundation/path.h"

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

static int take_bytes(struct text_stream *stream, char **text, size_t *size, struct error *error)
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
	int status = path_check_target(file_name, error);
	status = status ? status : leftovers_name(made, sizeof made, file_name, "tmp", error);
	if (status)
		return status;
	FILE *out = path_create_file(made);
	if (!out)
		return cannot(error, ERROR_MACHINE, file_name, "create");
	if (write_and_sync(out, text, size) || rename(made, file_name)) {
		status = cannot(error, ERROR_MACHINE, file_name, "write");
		unlink(made);
	}
	return status;
}

int text_file_make_folder(const char *name, struct error *error)
{
	struct stat info;
	if (!mkdir(name, 0777))
		return 0;
	if (errno != EEXIST)
		return cannot(error, ERROR_MACHINE, name, "create the folder");
	if (stat(name, &info) || S_ISDIR(info.st_mode))
		return 0;
	return error_set(error, ERROR_INPUT, name, 0, 0, NULL, "a folder", "found a file");
}

int text_stream_open(struct text_stream *stream, struct error *error)
{
	*stream = (struct text_stream){0};
	stream->out = memory_stream_open(&stream->text, &stream->size);
	return stream->out ? 0 : out_of_memory(error);
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
		return out_of_memory(error);
	}
	*text = taken;
	*size = taken_size;
	return 0;
}

void text_stream_drop(struct text_stream *stream)
{
	fclose(stream->out);
	free(stream->text);
}
