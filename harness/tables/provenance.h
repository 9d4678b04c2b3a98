/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs and machines made the runs of a table: the distinct environments of its records,
 * in the order in which they come up, each as {"runs": count, "contract": version, "data_sha256":
 * {task: hash}, "environment": object}.  Not exact, so it stands after `timing` in the JSON form
 * and in no other file.  What differs from process to process (the timing behind the choice of
 * kernels) is left out. */
#ifndef SHEAFBENCH_HARNESS_TABLES_PROVENANCE_H
#define SHEAFBENCH_HARNESS_TABLES_PROVENANCE_H

#include <jansson.h>
#include <stdio.h> /* FILE */

#include "harness/runs/file.h"

/* Counts a run in; *list, NULL before the first call, is an array and the caller's.  A record
 * without environment is passed over; ERROR_MACHINE: no memory. */
int table_provenance_add(json_t **list, const struct run_file *run, struct error *error);
/* Writes `, "provenance": [...]` without line break at the end; nothing when there is no list. */
void table_provenance_write(FILE *out, const json_t *list);

#endif
