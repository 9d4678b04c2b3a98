/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that is a test program's own, as the set-up and tear-down of its group. */
#ifndef SHEAFBENCH_TESTS_SCRATCH_H
#define SHEAFBENCH_TESTS_SCRATCH_H

#include <stdbool.h>

/* Its path, while the group runs; at most 40 bytes. */
extern char scratch_folder[];

/* The path of a name in it; a text written to that file; whether anything has the name. */
void scratch_path(const char *name, char path[256]);
void scratch_write(const char *name, const char *text);
bool scratch_there(const char *name);

/* Each returns 0, or not 0 where it failed. */
int scratch_make(void **state);
/* With all that is in it. */
int scratch_remove(void **state);

#endif
