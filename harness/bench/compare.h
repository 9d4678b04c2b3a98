/* SPDX-License-Identifier: Apache-2.0 */
/* Result files side by side: rows by files, and which rows differ between any two of them.
 *
 * Two files differ in a row when the Mann-Whitney test over their repetitions has a false discovery
 * rate (Benjamini and Hochberg, over the pair's rows) of at most 5 % and the medians are apart by
 * at least 2 % and by the larger standard deviation (0.7413 interquartile range).  The test takes
 * repetitions for independent, but those of a process share the load of the machine at that time
 * and the place of code and data in memory: what that can do to a median is as much as it does
 * within a file.
 *
 * The clock of one CPU drifts by some percent.  Between files of one CPU model that have the rows
 * overhead/c++ and roof/fma, which only count cycles, all rows but those bound by memory are
 * compared after the geometric mean of these two rows' ratios is taken out, if the two agree within
 * 2 %.  Times of several threads are the wall's, which other load stretches as a slow clock would:
 * nothing is taken out. */
#ifndef SHEAFBENCH_HARNESS_BENCH_COMPARE_H
#define SHEAFBENCH_HARNESS_BENCH_COMPARE_H

#include "harness/bench/result_file.h"

#define COMPARE_RATE 0.05
#define COMPARE_EFFECT 0.02

struct difference {
	bool tested;     /* both files have the row, with at least 4 repetitions */
	double relative; /* median of b / (clock * median of a) - 1; clock is 1 for memory's rows */
	double least;    /* |relative| that counts */
	double p, q;
	bool differs;
};

struct pair {
	int a, b; /* files */
	int tested, different;
	double clock; /* a cycle of b's CPU / a cycle of a's, same model; 1 when not known */
	struct difference *rows; /* of every row; owned */
};

struct comparison {
	struct bench_file *files; /* owned */
	int file_count;
	const char **rows; /* names, in an order that is each file's own as far as can be; owned */
	int row_count;
	struct pair *pairs; /* all a < b; owned */
	int pair_count;
};

/* ERROR_CHECK when a row's outputs differ between two files.  With `whole_only` files of a part of
 * the suite are left out, with a note on standard error for each; ERROR_INPUT when none is left. */
int bench_compare(struct comparison *comparison, char *const *file_names, int count,
		  bool whole_only, struct error *error);
void bench_compare_free(struct comparison *comparison);

#endif
