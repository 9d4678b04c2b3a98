/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/streams.h"

#include <errno.h>
#include <fcntl.h> /* open */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "foundation/visible.h"

/* The way from the stream everyone prints to, to the descriptor. */
static struct {
	FILE *first; /* what stdout was at the start: the C++ library still writes to it */
	bool shown;  /* control characters and the like are shown */
	int cause;   /* errno of the first write that failed; 0: none did */
	unsigned char held[VISIBLE_CHARACTER]; /* the begin of a character */
	size_t held_size;
} output;

static int take_descriptor(int descriptor)
{
	if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF)
		return 0;
	/* Standard output only for reading, so that writing to it fails as it should. */
	int got = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
	return got == descriptor ? 0 : -1; /* lower ones are taken: the lowest free one is it */
}

static bool write_all(const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			if (!output.cause)
				output.cause = written < 0 ? errno : EIO;
			return false;
		}
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

/* What is written at once. */
enum { BLOCK = 1 << 16 };
struct block {
	unsigned char bytes[BLOCK];
	size_t used;
};

static bool block_add(struct block *block, const unsigned char *bytes, size_t size, bool plain)
{
	if (block->used + 4 * size > sizeof block->bytes) {
		if (!write_all(block->bytes, block->used))
			return false;
		block->used = 0;
	}
	char code[5];
	for (size_t i = 0; i < size; i++)
		if (plain) {
			block->bytes[block->used++] = bytes[i];
		} else {
			snprintf(code, sizeof code, "\\x%02x", bytes[i]);
			memcpy(block->bytes + block->used, code, 4);
			block->used += 4;
		}
	return true;
}

/* A character whose end has not come yet is held back; `last`: it will not come. */
static bool write_visible(const unsigned char *bytes, size_t size, bool last)
{
	static struct block block;
	bool plain, fine = true;
	block.used = 0;
	for (size_t i = 0; fine && i < size; i++) {
		output.held[output.held_size++] = bytes[i];
		size_t length;
		while (fine && output.held_size > 0 &&
		       (length = visible_next(output.held, output.held_size, &plain)) > 0) {
			plain = plain || output.held[0] == '\n' || output.held[0] == '\t';
			fine = block_add(&block, output.held, length, plain);
			output.held_size -= length;
			memmove(output.held, output.held + length, output.held_size);
		}
	}
	if (fine && last && output.held_size > 0) {
		fine = block_add(&block, output.held, output.held_size, false);
		output.held_size = 0;
	}
	return fine && write_all(block.bytes, block.used);
}

static ssize_t write_output(void *cookie, const char *bytes, size_t size)
{
	(void)cookie;
	const unsigned char *text = (const unsigned char *)bytes;
	bool fine = output.shown ? write_visible(text, size, false) : write_all(text, size);
	return fine ? (ssize_t)size : 0;
}

int streams_open(bool data, struct error *error)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
		if (take_descriptor(descriptor))
			return error_set(error, ERROR_MACHINE, "/dev/null", 0, 0, NULL,
					 "a way to do without standard streams", "cannot open: %s",
					 strerror(errno));
	signal(SIGXFSZ, SIG_IGN);
	bool terminal = isatty(STDOUT_FILENO);
	output.first = stdout;
	output.shown = terminal || !data;
	cookie_io_functions_t functions = {.write = write_output};
	FILE *out = fopencookie(NULL, "w", functions);
	if (!out)
		return error_no_memory(error, NULL);
	/* In large pieces: a reader that has enough after a few lines ends few that are short. */
	if (setvbuf(out, NULL, terminal ? _IOLBF : _IOFBF, BLOCK)) {
		fclose(out);
		return error_no_memory(error, NULL);
	}
	stdout = out;
	return 0;
}

int streams_close(int status, struct error *error)
{
	FILE *out = stdout;
	stdout = output.first;
	bool lost = ferror(out);
	lost |= fclose(out) != 0; /* writes what is buffered */
	if (output.shown && !write_visible(NULL, 0, true))
		lost = true;
	/* What a server or a quota refuses may only be known when the file is closed; a descriptor
	 * that never was open is closed in vain. */
	errno = output.cause;
	if (fflush(stdout) || ferror(stdout) || fclose(stdout))
		lost = true;
	int cause = output.cause ? output.cause : errno;
	if (!status && lost)
		status =
		    error_set(error, ERROR_MACHINE, "standard output", 0, 0, NULL, NULL,
			      "cannot write%s%s", cause ? ": " : "", cause ? strerror(cause) : "");
	return status;
}
