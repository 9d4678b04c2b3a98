/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/grid.h"

#include <inttypes.h>
#include <math.h> /* isfinite */
#include <stdarg.h>
#include <string.h>

#include "foundation/csv_table.h" /* csv_number */
#include "foundation/csv_write.h"
#include "foundation/html_text.h"
#include "foundation/number_text.h"
#include "harness/tables/cell.h"

static const struct {
	const char *begin, *between, *end, *unknown;
} looks[] = {
    [GRID_MARKDOWN] = {"| ", " | ", " |\n", "–"},
    [GRID_TEX] = {"", " & ", " \\\\\n", "--"},
    [GRID_CSV] = {"", ",", "\n", ""},
    [GRID_HTML] = {"<tr", "", "</tr>\n", "–"},
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

/* Up to the cell's text; `value` is what its column is sorted by, where it is one. */
static void open_html(struct grid *grid, double value)
{
	const struct grid_mark *mark = &grid->mark;
	bool number = grid->numbers >> grid->at & 1;
	char sorted[NUMBER_TEXT];
	if (grid->at == 0) {
		if (grid->row_id)
			fprintf(grid->out, " id=\"%s\"", grid->row_id);
		grid->row_id = NULL;
		fputs("><th scope=\"row\"", grid->out);
	} else {
		fputs("<td", grid->out);
	}
	if (number || mark->style)
		fprintf(grid->out, " class=\"%s%s%s\"", number ? "n" : "",
			number && mark->style ? " " : "", mark->style ? mark->style : "");
	if (mark->bar > 0.0)
		fprintf(grid->out, " style=\"--bar:%.4f\"", mark->bar);
	if (number && isfinite(value)) {
		number_text(value, sorted);
		fprintf(grid->out, " data-v=\"%s\"", sorted);
	}
	fputc('>', grid->out);
	if (mark->link)
		fprintf(grid->out, "<a href=\"#%s\">", mark->link);
	fputs(mark->code ? "<code>" : "", grid->out);
}

static void close_html(struct grid *grid)
{
	fprintf(grid->out, "%s%s</%s>", grid->mark.code ? "</code>" : "",
		grid->mark.link ? "</a>" : "", grid->at == 0 ? "th" : "td");
	grid->mark = (struct grid_mark){0};
}

static void open_cell(struct grid *grid, double value)
{
	fputs(grid->at ? looks[grid->format].between : looks[grid->format].begin, grid->out);
	if (grid->format == GRID_HTML)
		open_html(grid, value);
}

static void close_cell(struct grid *grid)
{
	if (grid->format == GRID_HTML)
		close_html(grid);
	if (++grid->at < grid->columns)
		return;
	fputs(looks[grid->format].end, grid->out);
	grid->at = 0;
}

/* A cell that needs no quotes. */
static void put(struct grid *grid, const char *text, double value)
{
	open_cell(grid, value);
	fputs(text, grid->out);
	close_cell(grid);
}

static void put_unless(struct grid *grid, bool unknown, const char *text, double value)
{
	put(grid, unknown ? looks[grid->format].unknown : text, unknown ? NAN : value);
}

void grid_mark(struct grid *grid, struct grid_mark mark)
{
	grid->mark = mark;
}

void grid_row_id(struct grid *grid, const char *id)
{
	grid->row_id = id;
}

/* The number a text begins with, as "3 of 5". */
static double leading_number(const char *text)
{
	char word[NUMBER_TEXT];
	double value;
	snprintf(word, sizeof word, "%.*s", (int)strcspn(text, " "), text);
	return csv_number(word, &value) == 0 ? value : NAN;
}

void grid_text(struct grid *grid, const char *text)
{
	open_cell(grid, grid->format == GRID_HTML ? leading_number(text) : NAN);
	if (grid->format == GRID_CSV)
		csv_write_text(grid->out, text);
	else if (grid->format == GRID_TEX)
		grid_write_tex(grid->out, text);
	else if (grid->format == GRID_HTML)
		html_text(grid->out, text);
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

static void begin_tex(FILE *out, const char *heads)
{
	fputs("\\begin{tabular}{", out);
	write_aligned(out, heads, "l", "r");
	fputs("}\n\\toprule\n", out);
}

static void begin_html(FILE *out, const char *caption, const char *heads)
{
	fputs("<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
	html_text(out, caption);
	fputs("\">\n<table class=\"sort\"><caption>", out);
	html_text(out, caption);
	fputs("</caption>\n<thead><tr>", out);
	for (const char *head = heads; head; head = next_head(head)) {
		char text[GRID_HEADS];
		bool number = *head == '#';
		snprintf(text, sizeof text, "%.*s", (int)strcspn(head, "\t") - number,
			 head + number);
		fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		html_text(out, text);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

void grid_begin(struct grid *grid, FILE *out, enum grid_format format, const char *caption,
		const char *heads)
{
	*grid = (struct grid){.out = out, .format = format, .columns = 0};
	for (const char *head = heads; head; head = next_head(head))
		grid->numbers |= (uint64_t)(*head == '#') << grid->columns++;
	if (format == GRID_HTML) {
		begin_html(out, caption, heads);
		return;
	}
	if (format == GRID_TEX)
		begin_tex(out, heads);
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
	if (grid->format == GRID_HTML)
		fputs("</tbody></table></div>\n", grid->out);
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
	put(grid, looks[grid->format].unknown, NAN);
}

void grid_integer(struct grid *grid, int64_t value)
{
	char text[CELL_TEXT];
	if (grid->format == GRID_CSV)
		snprintf(text, sizeof text, "%" PRId64, value);
	else
		cell_integer(value, text);
	put(grid, text, (double)value);
}

void grid_number(struct grid *grid, bool known, double value, bool sign)
{
	char text[CELL_TEXT];
	_Static_assert((int)CELL_TEXT >= (int)NUMBER_TEXT, "a number of either kind has room");
	if (grid->format == GRID_CSV)
		number_text(value, text);
	else
		cell_number(value, sign, text);
	put_unless(grid, !known || !isfinite(value), text, value);
}

void grid_p(struct grid *grid, bool known, double p)
{
	char text[CELL_TEXT];
	cell_p(p, text);
	put_unless(grid, !known || !isfinite(p), text, p);
}

void grid_decimals(struct grid *grid, int decimals, double value)
{
	char text[CELL_TEXT];
	cell_decimals(value, decimals, text);
	put_unless(grid, !isfinite(value), text, value);
}

void grid_estimate(struct grid *grid, const struct statistics *statistics, bool sign)
{
	char text[CELL_TEXT];
	bool known = statistics && isfinite(statistics->mean);
	if (known)
		cell_estimate(statistics, sign, text);
	put_unless(grid, !known, text, known ? statistics->mean : NAN);
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
	put_unless(grid, !target, text, (double)residual);
}
