/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a CSV text (RFC 4180, comma) that is written by hand; the caller writes what stands
 * between them and asks the stream for its errors. */
#ifndef SHEAFBENCH_FOUNDATION_CSV_WRITE_H
#define SHEAFBENCH_FOUNDATION_CSV_WRITE_H

#include <stdbool.h>
#include <stdio.h> /* FILE */

/* Quoted where it has a comma, a quote or a line break; quotes doubled. */
void csv_write_text(FILE *out, const char *text);
/* Both texts as one field. */
void csv_write_joined(FILE *out, const char *first, const char *second);
/* number_text of the value; one that is unknown or not finite is empty. */
void csv_write_number(FILE *out, bool known, double value);

#endif
