/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values.
 *
 * A function that can fail returns 0 or a negative `enum error_status` and, on failure, fills the
 * caller's `struct error`; its other outputs are left untouched.  Only `main` exits; the exit code
 * of the program is the negated status.  The printed form is
 *
 *     file:line:column: json.path: what; expected expected
 *
 * where parts that do not apply (line 0, empty path, empty expectation) are left out. */
#ifndef SHEAFBENCH_FOUNDATION_ERROR_H
#define SHEAFBENCH_FOUNDATION_ERROR_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

enum error_status {
	ERROR_NONE = 0,
	ERROR_CHECK = -1,   /* a check failed: results differ, a run diverged */
	ERROR_INPUT = -2,   /* bad usage or input */
	ERROR_MACHINE = -3, /* the machine cannot do it: memory, disk, no conforming backend */
};

struct error {
	int status;           /* enum error_status */
	char file[512];       /* as the user named it; "" when none */
	int64_t line, column; /* 1-based; 0 when unknown */
	char path[256];       /* JSON path such as train.lr or arms[1].name; "" when none */
	char what[1024];      /* what was found */
	char expected[512];   /* what was expected; "" when the text says it all */
};

/* Fills *e and returns `status`.  Any of file, path, expected may be NULL.  e may be NULL. */
__attribute__((format(printf, 8, 9))) int error_set(struct error *e, int status, const char *file,
						    int64_t line, int64_t column, const char *path,
						    const char *expected, const char *format, ...);

/* ERROR_MACHINE, "out of memory", naming the file (may be NULL). */
int error_no_memory(struct error *e, const char *file);

/* Writes the one-line message and a newline to `out`. */
void error_print(FILE *out, const struct error *e);

/* The candidate nearest to `word` in edit distance (transpositions count one, case ignored) if it
 * is close enough to be a typo (distance <= 1 + length/4), else NULL.  `candidates` ends with NULL.
 */
const char *error_near_name(const char *word, const char *const *candidates);

#endif
