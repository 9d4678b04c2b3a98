/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read them in tables; "–" is unknown.  Decimals are printf's: the binary64
 * value, rounded to nearest. */
#ifndef SHEAFBENCH_HARNESS_TABLES_CELL_H
#define SHEAFBENCH_HARNESS_TABLES_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/statistics/summary.h"

enum { CELL_TEXT = 96 };

/* 195,540; -12 */
void cell_integer(int64_t value, char text[CELL_TEXT]);
/* Four decimals; with `sign` also where positive.  Zero has no sign; NaN and infinities are "–". */
void cell_number(double value, bool sign, char text[CELL_TEXT]);
/* "0.9123 [0.9100, 0.9146]"; without an interval of finite ends the mean alone. */
void cell_estimate(const struct statistics *statistics, bool sign, char text[CELL_TEXT]);
/* residual of target: "+124 (+0.063 %)"; `percent` is the text between number and bracket. */
void cell_residual(int64_t residual, int64_t target, const char *percent, char text[CELL_TEXT]);

/* printf's `precision` decimals of a finite number, else "–". */
void cell_decimals(double value, int precision, char text[CELL_TEXT]);
/* Rounded to an integer with its commas; "–" where that is no int64_t. */
void cell_rounded(double value, char text[CELL_TEXT]);
/* "0.0312"; below 0.00095 two digits, "4.9e-05"; "–". */
void cell_p(double p, char text[CELL_TEXT]);

#endif
