/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and numbers as CSV and JSON have them. */
#ifndef SHEAFBENCH_HARNESS_TABLE_TEXT_H
#define SHEAFBENCH_HARNESS_TABLE_TEXT_H

#include <stdbool.h>
#include <stdio.h> /* FILE */

/* Quoted where it must be. */
void table_text_csv(FILE *out, const char *text);
/* With its quotes. */
void table_text_json(FILE *out, const char *text);
/* The shortest decimal number of the same value (canonical_number); unknown ones, and
 * NaN and infinities, are empty in CSV and null in JSON. */
void table_number_csv(FILE *out, bool known, double value);
void table_number_json(FILE *out, bool known, double value);
/* The same with so many decimals, for what is measured. */
void table_decimals_csv(FILE *out, int decimals, double value);
void table_decimals_json(FILE *out, int decimals, double value);

#endif
