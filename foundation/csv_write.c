/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/csv_write.h"

#include <math.h> /* isfinite */
#include <string.h>

#include "foundation/number_text.h"

void csv_write_text(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void csv_write_number(FILE *out, bool known, double value)
{
	char text[NUMBER_TEXT] = "";
	if (known && isfinite(value))
		number_text(value, text);
	fputs(text, out);
}

void csv_write_decimals(FILE *out, int decimals, double value)
{
	if (isfinite(value))
		fprintf(out, "%.*f", decimals, value);
}
