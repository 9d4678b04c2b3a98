/* SPDX-License-Identifier: Apache-2.0 */
/* Mean and deviation of a numeric column's training values, and what standardising does to them.
 *
 * mean = sum / n and std = sqrt(sum (v - mean)^2 / n), sums in the order given, binary64.  Where a
 * plain sum would overflow or its squares would vanish, the same is computed on values scaled by a
 * power of two: any finite column has a finite mean and deviation.
 *
 * A column is constant when all its values are equal, compared as values: the rounded mean of equal
 * values may differ from them, and the deviation from that mean is then no 0.  So is one whose
 * deviation is at most 2^-48 of its largest magnitude: neighbours in binary64 are 2^-52 to 2^-53
 * apart, so what is left to standardise has some four bits and is mostly how the numbers were
 * rounded when they were written; a value beside them would become 10^14. */
#ifndef SHEAFBENCH_HARNESS_TASKS_COLUMN_STATISTICS_H
#define SHEAFBENCH_HARNESS_TASKS_COLUMN_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

struct column_statistics {
	int64_t count; /* values; 0: a constant column of mean 0 */
	double mean, std, low, high;
	bool constant;
	int64_t distinct, merged; /* different values; of them, those whose encoding is the next
				     lower one's too */
};

/* Of finite values, which are sorted afterwards. */
void column_statistics(struct column_statistics *s, double *values, int64_t count);

/* x = (float)((v - mean) / std), 0 in a constant column; infinite where binary32 cannot hold it. */
float column_standardise(const struct column_statistics *s, double value);

#endif
