/* SPDX-License-Identifier: Apache-2.0 */
/* Whole text files: read into memory, written so that a reader sees the old or the new one. */
#ifndef SHEAFBENCH_FOUNDATION_TEXT_FILE_H
#define SHEAFBENCH_FOUNDATION_TEXT_FILE_H

#include <stddef.h>
#include <stdio.h> /* FILE */

#include "foundation/error.h"

/* *text is malloc'ed and NUL-terminated (free() it); at most 64 MiB.  ERROR_INPUT: no regular file,
 * not readable or longer; ERROR_MACHINE: no memory. */
int text_file_read(const char *file_name, char **text, size_t *size, struct error *error);
/* Creates a file in place of one that may be there; its bytes are on the disk afterwards.
 * ERROR_MACHINE: it cannot be written, and nothing of it is left. */
int text_file_create(const char *file_name, const char *text, size_t size, struct error *error);
/* Temporary name beside it, fsync, rename.  Only a regular file is replaced (ERROR_INPUT else);
 * what is there stays as it was when this fails. */
int text_file_write(const char *file_name, const char *text, size_t size, struct error *error);

/* Text being written to memory. */
struct text_stream {
	FILE *out;  /* NULL: out of memory */
	char *text; /* owned by the stream until taken */
	size_t size;
};

int text_stream_open(struct text_stream *stream, struct error *error);
/* Closes the stream and hands over its text (free() it); on failure nothing is handed over.  A NUL
 * in the text says that its writer ran out of memory (foundation/json_write.h). */
int text_stream_take(struct text_stream *stream, char **text, size_t *size, struct error *error);
/* Closes the stream and writes its text as a file (text_file_write). */
int text_stream_save(struct text_stream *stream, const char *file_name, struct error *error);
/* Closes the stream and drops its text. */
void text_stream_drop(struct text_stream *stream);

#endif
