/* SPDX-License-Identifier: Apache-2.0 */
/* Finished runs in a results folder, whatever experiment they belong to. */
#ifndef SHEAFBENCH_HARNESS_RUNS_SEARCH_H
#define SHEAFBENCH_HARNESS_RUNS_SEARCH_H

#include <stddef.h>

#include "foundation/error.h"

struct found_run {
	char *id, *folder; /* owned */
};

struct run_list {
	struct found_run *run; /* owned; by id, then folder, in ascending order of bytes */
	size_t count;
};

/* Every <results_dir>/<experiment>/runs/<id> with a run.json, unread.  ERROR_INPUT: there is no
 * such results folder; ERROR_MACHINE: no memory or descriptors.  Free with run_list_free. */
int run_list_read(struct run_list *list, const char *results_dir, struct error *error);
void run_list_free(struct run_list *list);

/* Up to `limit` ids near to `id`, different from each other, nearest first: those that begin alike
 * (half of what was typed, at least four digits), else one in edit distance.  The texts stay the
 * list's. Returns how many. */
size_t run_list_near(const struct run_list *list, const char *id, const char **near, size_t limit);

#endif
