/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps statistics the same bits on every CPU, compiler and optimisation level: + - * / sqrt
 * are; the last bits of a C library's exp and log, and so of GSL's distributions, are not, and
 * neither is the order in which qsort leaves what compares equal. */
#ifndef SHEAFBENCH_HARNESS_STATISTICS_REPRODUCIBLE_H
#define SHEAFBENCH_HARNESS_STATISTICS_REPRODUCIBLE_H

#include <stdbool.h>
#include <stdint.h>

/* Rounded to nine decimals, |x| < 1e6. */
double reproducible_decimals(double x);
/* x >= 0 rounded to nine significant digits, for small p values; below 1e-290 it is 0. */
double reproducible_digits(double x);

/* Ascending in IEEE 754's total order, -0 before +0. */
void reproducible_sort(double *values, int64_t n);

bool reproducible_finite(const double *values, int64_t n);

#endif
