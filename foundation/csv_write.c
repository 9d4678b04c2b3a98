/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/csv_write.h"

#include <math.h> /* isfinite */
#include <string.h>

#include "foundation/number_text.h"

static bool needs_quotes(const char *text)
{
	return strpbrk(text, ",\"\r\n") != NULL;
}

static void write_doubled(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
}

void csv_write_joined(FILE *out, const char *first, const char *second)
{
	const char *quote = needs_quotes(first) || needs_quotes(second) ? "\"" : "";
	fputs(quote, out);
	write_doubled(out, first);
	write_doubled(out, second);
	fputs(quote, out);
}

void csv_write_text(FILE *out, const char *text)
{
	csv_write_joined(out, text, "");
}

void csv_write_number(FILE *out, bool known, double value)
{
	char text[NUMBER_TEXT] = "";
	if (known && isfinite(value))
		number_text(value, text);
	fputs(text, out);
}
