/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders that are made under another name and renamed when they are whole, and what is
 * left of them when a process was killed in between.
 *
 * Their names say who made them: TARGET.PLACE-PID-BEGIN.tmp, where PLACE is 8 hex digits for host
 * and namespace of process ids and BEGIN when the process began, in ticks since the machine did.
 * The owner is gone where PLACE is this one and no such process is there any more (one that has
 * ended and was not waited for is none), or the thing is a day old: a folder may be shared by hosts
 * that see nothing of each other's processes.  What stands between making and renaming takes
 * milliseconds.  Names without an owner (of other writers) are left after ten minutes.
 */
#ifndef SHEAFBENCH_FOUNDATION_LEFTOVERS_H
#define SHEAFBENCH_FOUNDATION_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h> /* time_t */

#include "foundation/error.h"

/* TARGET.PLACE-PID-BEGIN.KIND; kind is "tmp" or "old". */
int leftovers_name(char *path, size_t size, const char *target, const char *kind,
		   struct error *error);

/* A name of what is made to be renamed, with an owner or without. */
bool leftovers_is_temporary(const char *name);
/* Whether what has that name, and last changed then, is nobody's any more. */
bool leftovers_abandoned(const char *name, time_t changed);
/* Removes the files of a folder that are temporary and abandoned.  What cannot be cleaned stays: it
 * disturbs nothing. */
void leftovers_clean_folder(const char *folder);

/* Makes a folder in TMPDIR (else /tmp) for what a process needs only while it runs, and removes
 * those of processes that are gone. */
int leftovers_make_scratch(char *folder, size_t size, struct error *error);
/* Only the latter. */
void leftovers_clean_scratch(void);
/* With all that is in it. */
void leftovers_remove_scratch(const char *folder);

#endif
