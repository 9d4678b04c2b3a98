/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text that reads back as the same binary64. */
#ifndef SHEAFBENCH_FOUNDATION_NUMBER_TEXT_H
#define SHEAFBENCH_FOUNDATION_NUMBER_TEXT_H

enum { NUMBER_TEXT = 32 };

/* The fewest significant digits that read back as the same binary64, written without a locale:
 * 0.001, 20, 1e-08 as "1e-8", 1.5e+30 as "1.5e30"; positional for 1e-7 <= |value| < 1e21.  Negative
 * zero is "0".  Total: what is no number is "nan", "inf" or "-inf", which no reader of JSON takes
 * for one; whoever records numbers refuses these before. */
void number_text(double value, char text[NUMBER_TEXT]);

#endif
