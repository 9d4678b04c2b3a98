/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/grid.h"

#include <inttypes.h>
#include <math.h> /* isfinite */
#include <stdarg.h>
#include <string.h>

#include "foundation/csv_write.h"
#include "harness/tables/cell.h"

static const struct {
	const char *begin, *between, *end, *unknown;
} looks[] = {
    [GRID_MARKDOWN] = {"| ", " | ", " |\n", "–"},
    [GRID_TEX] = {"", " & ", " \\\\\n", "--"},
    [GRID_CSV] = {"", ",", "\n", ""},
};

void grid_write_tex(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("_%&#${}", *text))
			fprintf(out, "\\%c", *text);
		else if (*text == '\\')
			fputs("\\textbackslash{}", out);
		else if (*text == '^' || *text == '~')
			fprintf(out, "\\%c{}", *text);
		else
			fputc(*text, out);
	}
}

static void open_cell(const struct grid *grid)
{
	fputs(grid->at ? looks[grid->format].between : looks[grid->format].begin, grid->out);
}

static void close_cell(struct grid *grid)
{
	if (++grid->at < grid->columns)
		return;
	fputs(looks[grid->format].end, grid->out);
	grid->at = 0;
}

/* A cell that needs no quotes. */
static void put(struct grid *grid, const char *text)
{
	open_cell(grid);
	fputs(text, grid->out);
	close_cell(grid);
}

void grid_text(struct grid *grid, const char *text)
{
	open_cell(grid);
	if (grid->format == GRID_CSV)
		csv_write_text(grid->out, text);
	else if (grid->format == GRID_TEX)
		grid_write_tex(grid->out, text);
	else
		fputs(text, grid->out);
	close_cell(grid);
}

void grid_add_head(char heads[GRID_HEADS], const char *head)
{
	size_t used = strlen(heads);
	snprintf(heads + used, GRID_HEADS - used, "%s%s", used ? "\t" : "", head);
}

/* The heading after this one; NULL: none. */
static const char *next_head(const char *head)
{
	const char *tab = strchr(head, '\t');
	return tab ? tab + 1 : NULL;
}

static void write_aligned(FILE *out, const char *heads, const char *left, const char *right)
{
	for (const char *head = heads; head; head = next_head(head))
		fputs(*head == '#' ? right : left, out);
}

void grid_begin(struct grid *grid, FILE *out, enum grid_format format, const char *heads)
{
	*grid = (struct grid){.out = out, .format = format, .columns = 1};
	for (const char *head = heads; (head = next_head(head)) != NULL;)
		grid->columns++;
	if (format == GRID_TEX) {
		fputs("\\begin{tabular}{", out);
		write_aligned(out, heads, "l", "r");
		fputs("}\n\\toprule\n", out);
	}
	for (const char *head = heads; head; head = next_head(head))
		grid_print(grid, "%.*s", (int)strcspn(head, "\t") - (*head == '#'),
			   head + (*head == '#'));
	if (format == GRID_TEX)
		fputs("\\midrule\n", out);
	if (format == GRID_MARKDOWN) {
		fputc('|', out);
		write_aligned(out, heads, "---|", "---:|");
		fputc('\n', out);
	}
}

void grid_end(const struct grid *grid)
{
	if (grid->format == GRID_TEX)
		fputs("\\bottomrule\n\\end{tabular}\n", grid->out);
}

void grid_print(struct grid *grid, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	grid_text(grid, text);
}

void grid_unknown(struct grid *grid)
{
	put(grid, looks[grid->format].unknown);
}

void grid_integer(struct grid *grid, int64_t value)
{
	char text[CELL_TEXT];
	if (grid->format == GRID_CSV)
		snprintf(text, sizeof text, "%" PRId64, value);
	else
		cell_integer(value, text);
	put(grid, text);
}

void grid_number(struct grid *grid, bool known, double value, bool sign)
{
	char text[CELL_TEXT];
	if (grid->format == GRID_CSV) {
		open_cell(grid);
		csv_write_number(grid->out, known, value);
		close_cell(grid);
		return;
	}
	cell_number(value, sign, text);
	put(grid, known && isfinite(value) ? text : looks[grid->format].unknown);
}

void grid_p(struct grid *grid, bool known, double p)
{
	char text[CELL_TEXT];
	cell_p(p, text);
	put(grid, known && isfinite(p) ? text : looks[grid->format].unknown);
}

void grid_decimals(struct grid *grid, int decimals, double value)
{
	char text[CELL_TEXT];
	if (grid->format == GRID_CSV) {
		open_cell(grid);
		csv_write_decimals(grid->out, decimals, value);
		close_cell(grid);
		return;
	}
	cell_decimals(value, decimals, text);
	put(grid, isfinite(value) ? text : looks[grid->format].unknown);
}

void grid_estimate(struct grid *grid, const struct statistics *statistics, bool sign)
{
	char text[CELL_TEXT];
	bool known = statistics && isfinite(statistics->mean);
	if (known)
		cell_estimate(statistics, sign, text);
	put(grid, known ? text : looks[grid->format].unknown);
}

void grid_interval(struct grid *grid, bool known, double low, double high)
{
	char from[CELL_TEXT], to[CELL_TEXT];
	cell_number(low, true, from);
	cell_number(high, true, to);
	if (known)
		grid_print(grid, "[%s, %s]", from, to);
	else
		grid_unknown(grid);
}

void grid_residual(struct grid *grid, int64_t residual, int64_t target)
{
	char text[CELL_TEXT];
	cell_residual(residual, target, grid->format == GRID_TEX ? "\\,\\%" : " %", text);
	put(grid, target ? text : looks[grid->format].unknown);
}
