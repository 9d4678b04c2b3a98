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
 *
 * In `runs` there are two kinds more: TARGET.PLACE-PID-BEGIN.old is a record that was set aside to
 * be replaced where two folders cannot be exchanged at once; if its place is empty it goes back.
 * ID.failed is stale where the run's record is younger. */
#ifndef SHEAFBENCH_FOUNDATION_LEFTOVERS_H
#define SHEAFBENCH_FOUNDATION_LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "foundation/error.h"

/* TARGET.PLACE-PID-BEGIN.KIND; kind is "tmp" or "old". */
int leftovers_name(char *path, size_t size, const char *target, const char *kind,
		   struct error *error);

/* Cleans the folders of one experiment, of the caches and of the golden hashes.  What cannot be
 * cleaned stays: it disturbs nothing. */
void leftovers_clean(const char *results_dir, const char *experiment);

/* Removes a record's folder: its own files, by name, nothing else. */
void leftovers_remove_record(const char *folder);

/* Makes a folder in TMPDIR (else /tmp) for what a process needs only while it runs, and removes
 * those of processes that are gone. */
int leftovers_make_scratch(char *folder, size_t size, struct error *error);
/* With all that is in it. */
void leftovers_remove_scratch(const char *folder);

#endif
