/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/report/html.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <math.h>
#include <string.h>

#include "foundation/number_text.h"
#include "foundation/csv_table.h" /* csv_number */
#include "foundation/shell_text.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

void html_shell_word(FILE *out, const char *word)
{
	char text[4 * PATH_MAX + 4] = ""; /* every byte of the longest path as an escape */
	shell_word(text, sizeof text, word);
	html_text(out, text);
}

void html_table_begin(FILE *out, const char *caption, const char *heads)
{
	fputs("<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
	html_text(out, caption);
	fputs("\">\n<table class=\"sort\"><caption>", out);
	html_text(out, caption);
	fputs("</caption>\n<thead><tr>", out);
	for (size_t length; *heads; heads += length + (heads[length] == '\t')) {
		char head[GRID_HEADS];
		bool number = *heads == '#';
		length = strcspn(heads, "\t");
		snprintf(head, sizeof head, "%.*s", (int)length - number, heads + number);
		fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		html_text(out, head);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

void html_table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}

void html_cell_begin(FILE *out, double value)
{
	char text[NUMBER_TEXT];
	if (!isfinite(value)) {
		fputs("<td class=\"n\">", out);
		return;
	}
	number_text(value, text);
	fprintf(out, "<td class=\"n\" data-v=\"%s\">", text);
}

void html_cell_integer(FILE *out, int64_t value)
{
	char text[CELL_TEXT];
	cell_integer(value, text);
	fprintf(out, "<td class=\"n\" data-v=\"%" PRId64 "\">%s</td>", value, text);
}

void html_cell_text(FILE *out, const char *text)
{
	double value;
	if (csv_number(text, &value) == 0)
		html_cell_begin(out, value);
	else
		fputs("<td>", out);
	html_text(out, text);
	fputs("</td>", out);
}

struct scale scale_of(double low, double high, double from, double to, int wanted)
{
	/* Values that are none, or so large that ticks would leave binary64: an axis all the same.
	 */
	if (!(fabs(low) < 1e300 && fabs(high) < 1e300)) {
		low = 0.0;
		high = 1.0;
	}
	if (high < low) {
		double other = low;
		low = high;
		high = other;
	}
	/* One value, or several that no tick could tell apart. */
	if (!(high - low > 1e-12 * (fabs(low) + fabs(high))) || high - low < 1e-290) {
		double reach = 0.5 + 0.25 * fabs(low);
		low -= reach;
		high += reach;
	}
	struct scale scale = {.from = from, .to = to};
	double rough = (high - low) / wanted, power = 1.0;
	/* Exact powers by multiplication and division: pow() differs between machines. */
	while (power > rough)
		power /= 10.0, scale.decimals++;
	while (power * 10.0 <= rough)
		power *= 10.0, scale.decimals--;
	double factor = rough / power;
	scale.step = power * (factor > 5.0 ? 10.0 : factor > 2.0 ? 5.0 : factor > 1.0 ? 2.0 : 1.0);
	if (factor > 5.0)
		scale.decimals--;
	if (scale.decimals < 0)
		scale.decimals = 0;
	double begin = floor(low / scale.step + 1e-9), end = ceil(high / scale.step - 1e-9);
	scale.first = begin * scale.step;
	scale.ticks = (int)(end - begin) + 1;
	scale.low = scale.first;
	scale.high = end * scale.step;
	return scale;
}

double scale_at(const struct scale *scale, double value)
{
	double share = (value - scale->low) / (scale->high - scale->low);
	/* Within the figure, whatever the value is. */
	share = share > -1.0 ? share : -1.0;
	share = share < 2.0 ? share : 2.0;
	return scale->from + share * (scale->to - scale->from);
}

void scale_tick(const struct scale *scale, int tick, double *value, char text[32])
{
	*value = scale->first + tick * scale->step;
	if (fabs(*value) < scale->step * 1e-6)
		*value = 0.0;
	snprintf(text, 32, fabs(*value) < 1e15 && scale->decimals < 15 ? "%.*f" : "%.*e",
		 scale->decimals < 15 ? scale->decimals : 3, *value);
}

void html_figure_begin(FILE *out, const char *id, int width, int height, const char *label,
		       const char *title)
{
	fputs("<figure>\n<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
	html_text(out, label);
	fprintf(out,
		"\">\n<svg role=\"img\" viewBox=\"0 0 %d %d\" aria-labelledby=\"%s-t\" "
		"aria-describedby=\"%s-d\">\n<title id=\"%s-t\">",
		width, height, id, id, id);
	html_text(out, title);
	fprintf(out, "</title><desc id=\"%s-d\">", id);
}

void html_axis_x(FILE *out, const struct scale *scale, double top, double bottom)
{
	for (int i = 0; i < scale->ticks; i++) {
		char text[32];
		double value;
		scale_tick(scale, i, &value, text);
		double x = scale_at(scale, value);
		fprintf(out,
			"<path class=\"grid\" d=\"M%.2f %.2fV%.2f\"/>"
			"<text class=\"mid\" x=\"%.2f\" y=\"%.2f\">%s</text>\n",
			x, top, bottom, x, bottom + 18.0, text);
	}
}

void html_axis_y(FILE *out, const struct scale *scale, double left, double right)
{
	for (int i = 0; i < scale->ticks; i++) {
		char text[32];
		double value;
		scale_tick(scale, i, &value, text);
		double y = scale_at(scale, value);
		fprintf(out,
			"<path class=\"grid\" d=\"M%.2f %.2fH%.2f\"/>"
			"<text class=\"end\" x=\"%.2f\" y=\"%.2f\">%s</text>\n",
			left, y, right, left - 6.0, y + 4.5, text);
	}
}
