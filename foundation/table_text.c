/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/table_text.h"

#include <math.h> /* isfinite */
#include <string.h>

#include "harness/experiment/identity.h" /* canonical_number */

void table_text_csv(FILE *out, const char *text)
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

void table_text_json(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

void table_number_csv(FILE *out, bool known, double value)
{
	char text[CANONICAL_NUMBER] = "";
	if (known && isfinite(value))
		canonical_number(value, text);
	fputs(text, out);
}

void table_decimals_csv(FILE *out, int decimals, double value)
{
	if (isfinite(value))
		fprintf(out, "%.*f", decimals, value);
}

void table_decimals_json(FILE *out, int decimals, double value)
{
	if (isfinite(value))
		fprintf(out, "%.*f", decimals, value);
	else
		fputs("null", out);
}

void table_number_json(FILE *out, bool known, double value)
{
	char text[CANONICAL_NUMBER] = "null";
	if (known && isfinite(value))
		canonical_number(value, text);
	fputs(text, out);
}
