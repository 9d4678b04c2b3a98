/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/json_write.h"

#include <math.h> /* isfinite */
#include <stdint.h>
#include <stdlib.h>

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
