/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/json_write.h"

#include <inttypes.h>
#include <math.h> /* isfinite */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"

void json_write_value(FILE *file, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
	if (text)
		fputs(text, file);
	else
		fputc('\0', file);
	free(text);
}

static void write_key(FILE *file, const char *key)
{
	json_t *name = json_string(key);
	json_write_value(file, name); /* NULL is refused by it */
	json_decref(name);
	fputs(": ", file);
}

void json_write_object(FILE *file, const json_t *object, int indent)
{
	const char *key;
	json_t *value, *walk = (json_t *)(uintptr_t)object;
	int count = 0;
	fputc('{', file);
	json_object_foreach(walk, key, value)
	{
		fprintf(file, "%s%*s", count++ ? ",\n" : "\n", indent, "");
		write_key(file, key);
		if (json_is_object(value) && json_object_size(value) > 0)
			json_write_object(file, value, indent + 2);
		else
			json_write_value(file, value);
	}
	if (count)
		fprintf(file, "\n%*s", indent - 2, "");
	fputc('}', file);
}

void json_write_text(FILE *file, const char *text)
{
	json_t *string = json_string(text);
	json_write_value(file, string); /* NULL is refused by it */
	json_decref(string);
}

void json_write_number(FILE *out, bool known, double value)
{
	char text[NUMBER_TEXT] = "null";
	if (known && isfinite(value))
		number_text(value, text);
	fputs(text, out);
}

void json_write_decimals(FILE *out, int decimals, double value)
{
	if (isfinite(value))
		fprintf(out, "%.*f", decimals, value);
	else
		fputs("null", out);
}

void json_write_numbers(FILE *out, const double *values, int64_t count)
{
	fputc('[', out);
	for (int64_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", out);
		json_write_number(out, true, values[i]);
	}
	fputc(']', out);
}

void json_write_integers(FILE *out, const int64_t *values, int64_t count)
{
	fputc('[', out);
	for (int64_t i = 0; i < count; i++)
		fprintf(out, "%s%" PRId64, i ? ", " : "", values[i]);
	fputc(']', out);
}

const char json_write_null[] = "";

static void write_text_or_null(FILE *out, const char *text)
{
	if (text != json_write_null)
		json_write_text(out, text);
	else
		fputs("null", out);
}

void json_write_print(FILE *out, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	for (const char *at = format; *at; at++) {
		if (*at != '%') {
			fputc(*at == '\'' ? '"' : *at, out);
			continue;
		}
		switch (*++at) {
		case 's':
			write_text_or_null(out, va_arg(values, const char *));
			break;
		case 'g':
			json_write_number(out, true, va_arg(values, double));
			break;
		case 'd':
			fputs(va_arg(values, int) ? "true" : "false", out);
			break;
		default: /* PRId64 */
			at += strlen(PRId64) - 1;
			fprintf(out, "%" PRId64, va_arg(values, int64_t));
		}
	}
	va_end(values);
}
