/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/number_text.h"

#include <math.h> /* isfinite */
#include <stdio.h>
#include <stdlib.h> /* strtod */
#include <string.h>

/* The digits of "d.ddde+xx" without the point, which may be any bytes of the locale's; trailing
 * zeros dropped.  Returns the decimal exponent of the first digit. */
static int split_digits(const char *scientific, char *digits)
{
	size_t count = 0;
	const char *c = scientific;
	for (; *c != 'e'; c++)
		if (*c >= '0' && *c <= '9')
			digits[count++] = *c;
	while (count > 1 && digits[count - 1] == '0')
		count--;
	digits[count] = '\0';
	return atoi(c + 1);
}

static void write_positional(char *out, const char *digits, int exponent)
{
	int count = (int)strlen(digits);
	if (exponent < 0) {
		*out++ = '0';
		*out++ = '.';
		for (int i = exponent + 1; i < 0; i++)
			*out++ = '0';
		memcpy(out, digits, (size_t)count + 1);
		return;
	}
	for (int i = 0; i <= exponent || i < count; i++) {
		if (i == exponent + 1)
			*out++ = '.';
		*out++ = i < count ? digits[i] : '0';
	}
	*out = '\0';
}

void number_text(double value, char text[NUMBER_TEXT])
{
	char scientific[64], digits[32] = "";
	if (value == 0.0) {
		memcpy(text, "0", sizeof "0");
		return;
	}
	if (!isfinite(value)) {
		snprintf(text, NUMBER_TEXT, "%s",
			 isnan(value)  ? "nan"
			 : value < 0.0 ? "-inf"
				       : "inf");
		return;
	}
	/* The same locale writes and reads here, so the comparison holds in any. */
	for (int precision = 0; precision <= 16; precision++) {
		snprintf(scientific, sizeof scientific, "%.*e", precision, value);
		if (strtod(scientific, NULL) == value)
			break;
	}
	int exponent = split_digits(scientific, digits);
	char *out = text;
	if (value < 0.0)
		*out++ = '-';
	if (exponent >= -7 && exponent < 21)
		write_positional(out, digits, exponent);
	else
		snprintf(out, NUMBER_TEXT - 1, "%c%s%.16se%d", digits[0],
			 digits[1] != '\0' ? "." : "", digits + 1, exponent);
}
