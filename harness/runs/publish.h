/* SPDX-License-Identifier: Apache-2.0 */
/* A record becomes visible whole, and stays when the machine stops: its files and the folder that
 * names it are on the disk before this says so.  What cannot be done is ERROR_MACHINE. */
#ifndef SHEAFBENCH_HARNESS_RUNS_PUBLISH_H
#define SHEAFBENCH_HARNESS_RUNS_PUBLISH_H

#include <stddef.h>

#include "foundation/error.h"

/* Puts the folder `made` in `place`.  A record that is there is exchanged with it at once, or,
 * where the file system cannot do that, set aside first (harness/runs/clean.h puts it back should
 * the rest not happen); then it is removed. */
int publish_record(const char *made, const char *place, struct error *error);
/* Renames `place` to the first of place.damaged-1, -2 ... that is free, which is written to
 * `aside`.
 */
int publish_set_aside(const char *place, char *aside, size_t size, struct error *error);
/* Removes a record's folder: its own files, by name, nothing else. */
void publish_remove(const char *folder);

#endif
