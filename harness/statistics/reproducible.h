/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps statistics the same bits on every CPU, compiler and optimisation level: + - * / sqrt
 * are exact operations of IEEE 754; the last bits of a C library's exp and log, and so of GSL's
 * distributions, are not, and neither is the order in which qsort leaves what compares equal. */
#ifndef SHEAFBENCH_HARNESS_STATISTICS_REPRODUCIBLE_H
#define SHEAFBENCH_HARNESS_STATISTICS_REPRODUCIBLE_H

#include <stdbool.h>
#include <stdint.h>

/* nearest(x 10^9) / 10^9, ties to even: nine decimals, |x| < 1e6. */
double reproducible_decimals(double x);
/* nearest(x 10^k) / 10^k for 0 <= x, k >= 0 the least with x 10^k >= 10^8: nine significant digits
 * of p values; below 1e-290 it is 0. */
double reproducible_digits(double x);

/* Sorts in place: ascending in IEEE 754's total order, -0 before +0. */
void reproducible_sort(double *values, int64_t n);

/* All n are finite numbers. */
bool reproducible_finite(const double *values, int64_t n);

#endif
