/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV table in memory (libcsv): quoted fields with delimiters and line breaks inside, CRLF, a
 * byte-order mark, with or without header.  Keeps where each field stood. */
#ifndef SHEAFBENCH_FOUNDATION_CSV_TABLE_H
#define SHEAFBENCH_FOUNDATION_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "foundation/error.h"

struct csv_field {
	const char *text; /* NUL-terminated, unquoted; owned by the table */
	uint32_t line;    /* 1-based, where the field starts */
	uint32_t column;  /* 1-based byte column in that line */
};

/* All of it owned. */
struct csv_table {
	char *file_name;
	int64_t rows, columns;    /* rows without the header */
	char **header;            /* columns names, distinct, or NULL */
	int64_t *by_name;         /* columns in the order of their names; NULL without header */
	struct csv_field *fields; /* rows x columns */
	char *text;               /* storage of all fields */
};

/* Of `bytes`, which are not kept.  Blanks around a field without quotes and blank lines are
 * dropped. Ragged rows, quotes out of place or unterminated, embedded NUL, a name twice in the
 * header, a table without rows are errors with line and column.  Free with csv_table_free. */
int csv_table_parse(struct csv_table *table, const char *file_name, const void *bytes, size_t size,
		    char delimiter, bool header, struct error *error);
void csv_table_free(struct csv_table *table);
/* Where the column of that name, or without a header of that number (1 for the first), stands; -1:
 * there is none. */
int64_t csv_table_column(const struct csv_table *table, const char *name);
/* The field of that row in the column of that name; "" where there is no such column. */
const char *csv_table_text(const struct csv_table *table, int64_t row, const char *name);

/* Finite decimal number in the C locale whatever the program's locale is; the whole text must be
 * the number (surrounding blanks allowed), of digits of ASCII.  Refuses hex, inf, nan, empty.  Any
 * number of digits, rounded once to the nearest binary64: below 2^-1075 in magnitude that is 0.
 * Returns 0 or -1. */
int csv_number(const char *text, double *value);
/* Whether `text`, which read as `value`, is an integer that binary64 does not hold. */
bool csv_number_inexact(const char *text, double value);

#endif
