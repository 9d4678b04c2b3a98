/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of HTML: escaped text, tables a reader can sort, scales and axes of figures. */
#ifndef SHEAFBENCH_HARNESS_REPORT_HTML_H
#define SHEAFBENCH_HARNESS_REPORT_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "foundation/html_text.h"

/* A word as a shell takes it, escaped. */
void html_shell_word(FILE *out, const char *word);

/* A table in a box that scrolls.  `heads` are a grid's (harness/tables/grid.h); `caption` is plain
 * text. */
void html_table_begin(FILE *out, const char *caption, const char *heads);
void html_table_end(FILE *out);
/* What the column is sorted by goes beside what is read; nothing for NaN and infinities. */
void html_cell_begin(FILE *out, double value);
void html_cell_integer(FILE *out, int64_t value);
/* A word or text; numbers that came as text are told from words. */
void html_cell_text(FILE *out, const char *text);

/* From values to places in a figure. */
struct scale {
	double low, high;   /* values */
	double from, to;    /* places */
	double first, step; /* ticks */
	int ticks, decimals;
};

/* Widens [low, high] to ticks of 1, 2 or 5 times a power of ten, about `wanted` of them.  Whatever
 * low and high are the scale is finite and has a width; ends that are not finite, or
 * beyond 1e300, give [0, 1]. */
struct scale scale_of(double low, double high, double from, double to, int wanted);
/* Finite; at most the figure's own width outside it. */
double scale_at(const struct scale *scale, double value);
void scale_tick(const struct scale *scale, int tick, double *value, char text[32]);

/* The opening of a figure of that size, in units of which a letter is 14 high, up to its <desc>:
 * the caller goes on with the text that screen readers say instead of the drawing, and closes it.
 * `label`, of the box that scrolls, and `title` are plain text. */
void html_figure_begin(FILE *out, const char *id, int width, int height, const char *label,
		       const char *title);
/* Grid lines and their numbers; `top` and `bottom` are the ends of lines that go up, and so on. */
void html_axis_x(FILE *out, const struct scale *scale, double top, double bottom);
void html_axis_y(FILE *out, const struct scale *scale, double left, double right);

#endif
