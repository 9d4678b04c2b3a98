/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV table in memory (libcsv): quoted fields with delimiters and line breaks inside, CRLF, a
 * byte-order mark, with or without header.  Keeps where each field stood. */
#ifndef SHEAFBENCH_HARNESS_CSV_TABLE_H
#define SHEAFBENCH_HARNESS_CSV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/error.h"

struct csv_field {
	const char *text; /* NUL-terminated, unquoted; owned by the table */
	uint32_t line;    /* 1-based, where the field starts */
	uint32_t column;  /* 1-based byte column in that line */
};

struct csv_table {
	char *file_name;
	int64_t rows, columns;    /* rows without the header */
	char **header;            /* columns names, or NULL */
	struct csv_field *fields; /* rows x columns */
	char *text;               /* storage of all fields */
};

/* Ragged rows, unterminated quotes, embedded NUL, an empty table are errors with line and column.
 */
int csv_table_parse(struct csv_table *table, const char *file_name, const void *bytes, size_t size,
		    char delimiter, bool header, struct error *error);
void csv_table_free(struct csv_table *table);

/* Finite decimal number in the C locale whatever the program's locale is; the whole text must be
 * the number (surrounding blanks allowed).  Refuses hex, inf, nan, empty.  Returns 0 or -1. */
int csv_number(const char *text, double *value);

#endif
