/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that are made of parts, and files that are opened to be read.  A path that does not fit,
 * and a name that leads to something that is no regular file, are errors: what was cut would lie
 * elsewhere, and a FIFO or a terminal would be waited for. */
#ifndef SHEAFBENCH_FOUNDATION_PATH_H
#define SHEAFBENCH_FOUNDATION_PATH_H

#include <stddef.h>
#include <stdio.h> /* FILE */

#include "foundation/error.h"

/* Writes the path that `format` and what follows it make, `size` bytes with its NUL at most.
 * Returns 0; ERROR_INPUT where it is longer, `path` then "". */
__attribute__((format(printf, 4, 5))) int path_make(char *path, size_t size, struct error *error,
						    const char *format, ...);

/* The folder that a path lies in: "." of "x", "/" of "/x", "a" of "a/x".  Fails as path_make. */
int path_parent(const char *path, char *parent, size_t size, struct error *error);

/* Opens a regular file (symbolic links followed) to read its bytes; NULL with *error set, if there
 * is one: error->status says whether the file is the cause or this process lacks memory or
 * descriptors.  Never blocks: a FIFO, socket, device or folder is refused by its kind. */
FILE *path_open_file(const char *file_name, struct error *error);

/* A name that will be written: 0 where nothing or a regular file has it.  All else is refused by
 * its kind (ERROR_INPUT): to replace a device, a FIFO, a folder or somebody's link is never meant.
 */
int path_check_target(const char *file_name, struct error *error);
/* The same for a file that is written much later: its folder is there and can be written to, else
 * ERROR_MACHINE. */
int path_check_later_target(const char *file_name, struct error *error);
/* Creates a file of that name to write its bytes; a regular file that a killed process left there
 * is removed.  What else has the name stays as it is: NULL with errno EEXIST. */
FILE *path_create_file(const char *file_name);

#endif
