/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read them in tables. */
#ifndef SHEAFBENCH_HARNESS_TABLE_CELL_H
#define SHEAFBENCH_HARNESS_TABLE_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/stats.h"

enum { CELL_TEXT = 96 };

/* 195,540; -12 */
void cell_integer(int64_t value, char text[CELL_TEXT]);
/* Four decimals; with `sign` also where positive.  Zero has no sign. */
void cell_number(double value, bool sign, char text[CELL_TEXT]);
/* "0.9123 [0.9100, 0.9146]"; without an interval the mean alone. */
void cell_estimate(const struct statistics *statistics, bool sign, char text[CELL_TEXT]);
/* residual of target: "+124 (+0.063 %)"; `percent` is the text between number and bracket. */
void cell_residual(int64_t residual, int64_t target, const char *percent, char text[CELL_TEXT]);

#endif
