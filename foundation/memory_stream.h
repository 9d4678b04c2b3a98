/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is written to memory, of which nothing is lost unnoticed. */
#ifndef SHEAFBENCH_FOUNDATION_MEMORY_STREAM_H
#define SHEAFBENCH_FOUNDATION_MEMORY_STREAM_H

#include <stddef.h>
#include <stdio.h> /* FILE */

/* As open_memstream: *text is NUL-terminated, the caller's to free, and complete when the stream is
 * flushed or closed.  But what finds no memory is an error of the stream: glibc's own drops it, and
 * neither ferror nor fclose knows.  NULL: no memory; *text is NULL then. */
FILE *memory_stream_open(char **text, size_t *size);

#endif
