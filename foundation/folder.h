/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that are made, and whose names are on the disk before this says so. */
#ifndef SHEAFBENCH_FOUNDATION_FOLDER_H
#define SHEAFBENCH_FOUNDATION_FOLDER_H

#include <sys/types.h> /* mode_t */

#include "foundation/error.h"

/* Creates a folder that may be there already.  ERROR_INPUT: something else has the name;
 * ERROR_MACHINE: it cannot be created or kept. */
int folder_make(const char *path, struct error *error);
/* Creates the folder and those above it, for what may be lost: nothing waits for the disk.  0, or
 * -1 with errno. */
int folder_make_all(const char *path, mode_t mode);

/* What was made in, renamed in or removed from the folder is on the disk; else ERROR_MACHINE. */
int folder_sync(const char *path, struct error *error);
/* The same for the folder that the path lies in. */
int folder_sync_parent(const char *path, struct error *error);

#endif
