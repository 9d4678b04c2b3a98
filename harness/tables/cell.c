/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/cell.h"

#include <inttypes.h>
#include <math.h> /* fabs, isfinite */
#include <stdio.h>

void cell_integer(int64_t value, char text[CELL_TEXT])
{
	char digits[32];
	size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRId64, value), at = 0;
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && digits[i - 1] != '-' && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
}

/* Whether it would be printed as zero. */
static bool vanishes(double value)
{
	return fabs(value) < 0.00005;
}

void cell_number(double value, bool sign, char text[CELL_TEXT])
{
	if (!isfinite(value)) {
		snprintf(text, CELL_TEXT, "–");
		return;
	}
	if (vanishes(value))
		value = 0.0;
	if (fabs(value) >= 1e6)
		snprintf(text, CELL_TEXT, "%s%.4e", sign && value > 0.0 ? "+" : "", value);
	else
		snprintf(text, CELL_TEXT, "%s%.4f", sign && value > 0.0 ? "+" : "", value);
}

void cell_estimate(const struct statistics *statistics, bool sign, char text[CELL_TEXT])
{
	char mean[CELL_TEXT], low[CELL_TEXT], high[CELL_TEXT];
	cell_number(statistics->mean, sign, mean);
	cell_number(statistics->ci_low, sign, low);
	cell_number(statistics->ci_high, sign, high);
	/* Widths are bounded: a %.4e or %.4f below 1e6 has at most 13 bytes. */
	if (statistics->interval && isfinite(statistics->ci_low) && isfinite(statistics->ci_high))
		snprintf(text, CELL_TEXT, "%.24s [%.24s, %.24s]", mean, low, high);
	else
		snprintf(text, CELL_TEXT, "%s", mean);
}

void cell_decimals(double value, int precision, char text[CELL_TEXT])
{
	snprintf(text, CELL_TEXT, "–");
	/* No fixed point where it would have more digits than binary64 does. */
	if (isfinite(value))
		snprintf(text, CELL_TEXT, fabs(value) < 1e15 ? "%.*f" : "%.*e", precision, value);
}

void cell_rounded(double value, char text[CELL_TEXT])
{
	snprintf(text, CELL_TEXT, "–");
	if (fabs(value) < 9e18)
		cell_integer((int64_t)(value + 0.5), text);
}

void cell_p(double p, char text[CELL_TEXT])
{
	snprintf(text, CELL_TEXT, "–");
	if (isfinite(p))
		snprintf(text, CELL_TEXT, p < 0.00095 ? "%.1e" : "%.4f", p);
}

void cell_residual(int64_t residual, int64_t target, const char *percent, char text[CELL_TEXT])
{
	char integer[CELL_TEXT];
	double share = target ? 100.0 * (double)residual / (double)target : 0.0;
	cell_integer(residual, integer);
	snprintf(text, CELL_TEXT, "%s%.40s (%+.3f%s)", residual > 0 ? "+" : "", integer, share,
		 percent);
}
