/* SPDX-License-Identifier: Apache-2.0 */
/* jansson gives NULL both where memory ends and where a text is not UTF-8, and reports memory that
 * ended within a token as a syntax error.  Its allocator here notes that an allocation failed, in
 * the thread it failed in, so that the two can be told apart. */
#ifndef SHEAFBENCH_FOUNDATION_JSON_MEMORY_H
#define SHEAFBENCH_FOUNDATION_JSON_MEMORY_H

#include <stdbool.h>

#include "foundation/error.h"

/* Forgets what failed before. */
void json_memory_begin(void);
/* An allocation of jansson has failed since: what was built since may lack a piece. */
bool json_memory_failed(void);

/* Why jansson gave no value: ERROR_MACHINE, out of memory, or else ERROR_INPUT, a text of `file`
 * (may be NULL) that is not UTF-8. */
int json_memory_refuse(const char *file, struct error *error);
/* 0 where JSON can hold the name of the file; else as above. */
int json_memory_check_name(const char *file, struct error *error);

#endif
