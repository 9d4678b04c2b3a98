/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values inside a text that is written by hand.  Out of memory, a NUL is written instead of
 * what is missing: text_stream_take knows by it that the text is not whole
 * (foundation/text_file.h).
 */
#ifndef SHEAFBENCH_FOUNDATION_JSON_WRITE_H
#define SHEAFBENCH_FOUNDATION_JSON_WRITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

/* On one line, keys in the order they were added; reals with the 17 digits that read back as the
 * same binary64. */
void json_write_value(FILE *file, const json_t *value);

void json_write_text(FILE *file, const char *text);
/* number_text of the value; null where it is unknown or not finite. */
void json_write_number(FILE *file, bool known, double value);
/* With so many decimals, for what is measured; null where it is not finite. */
void json_write_decimals(FILE *file, int decimals, double value);

/* "[1, 2]" */
void json_write_numbers(FILE *file, const double *values, int64_t count);
void json_write_integers(FILE *file, const int64_t *values, int64_t count);

extern const char json_write_null[];
/* JSON as it is to look, with ' for each quote and values as printf has them: %s a text, null where
 * it is json_write_null; %g as json_write_number, null where it is NaN; an integer as PRId64; %d a
 * truth. */
__attribute__((format(printf, 2, 3))) void json_write_print(FILE *file, const char *format, ...);

/* An object with a line per member, `indent` blanks before each and two less before the closing
 * brace; members that are objects likewise, all else on one line. */
void json_write_object(FILE *file, const json_t *object, int indent);

#endif
