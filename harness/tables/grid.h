/* SPDX-License-Identifier: Apache-2.0 */
/* A table written cell by cell, in one of several formats: callers say what stands in a cell, the
 * grid how it looks.  A row ends with its last column.  What is not finite is unknown.
 *
 *               text          integer   number      unknown
 *   Markdown    as it is      195,540   0.9123      –
 *   TeX         escaped       195,540   0.9123      --
 *   CSV         quoted        195540    all digits  nothing
 *   HTML        escaped       195,540   0.9123      –
 */
#ifndef SHEAFBENCH_HARNESS_TABLES_GRID_H
#define SHEAFBENCH_HARNESS_TABLES_GRID_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/statistics/summary.h"

enum grid_format { GRID_MARKDOWN, GRID_TEX, GRID_CSV, GRID_HTML };

/* How HTML has a cell: as a link to what has that id on the page, of a class of the style sheet, as
 * code, with a bar of that share of the column's width behind it. */
struct grid_mark {
	const char *link, *style;
	bool code;
	double bar; /* 0 to 1 */
};

struct grid {
	FILE *out; /* NULL: not begun */
	enum grid_format format;
	int columns, at;       /* the next cell's */
	uint64_t numbers;      /* bit c: column c is of numbers */
	struct grid_mark mark; /* of the next cell */
	const char *row_id;    /* of the next row */
};

/* Writes the headings, "task\tarm\t#runs": a leading '#' is for columns of numbers, which stand on
 * the right; 64 columns at most.  A table of HTML has a caption, which is plain text, stands in a
 * box that scrolls, and keeps beside each number what its column is sorted by; the first cell of a
 * row is its heading. */
enum { GRID_HEADS = 2048 };
void grid_begin(struct grid *grid, FILE *out, enum grid_format format, const char *caption,
		const char *heads);
/* Appends a heading; what has no room is cut. */
void grid_add_head(char heads[GRID_HEADS], const char *head);
/* What comes after the last row. */
void grid_end(const struct grid *grid);

/* Of the next cell; an id of the next row.  Nothing in other formats than HTML.  Texts are kept
 * until the cell is written. */
void grid_mark(struct grid *grid, struct grid_mark mark);
void grid_row_id(struct grid *grid, const char *id);

void grid_text(struct grid *grid, const char *text);
/* As printf; up to 511 bytes. */
__attribute__((format(printf, 2, 3))) void grid_print(struct grid *grid, const char *format, ...);
void grid_unknown(struct grid *grid);
void grid_integer(struct grid *grid, int64_t value);
/* Where it is known; `sign` as in cell_number. */
void grid_number(struct grid *grid, bool known, double value, bool sign);
void grid_p(struct grid *grid, bool known, double p);
/* So many decimals, for what is measured. */
void grid_decimals(struct grid *grid, int decimals, double value);
/* Mean and interval; NULL: unknown.  Not of CSV, where each number has a column. */
void grid_estimate(struct grid *grid, const struct statistics *statistics, bool sign);
/* "[low, high]" */
void grid_interval(struct grid *grid, bool known, double low, double high);
/* "+124 (+0.063 %)"; unknown without a target. */
void grid_residual(struct grid *grid, int64_t residual, int64_t target);

/* TeX's own characters as text. */
void grid_write_tex(FILE *out, const char *text);

#endif
