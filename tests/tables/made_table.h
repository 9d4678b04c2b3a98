/* SPDX-License-Identifier: Apache-2.0 */
/* A table made by hand, without runs; every row has all seeds. */
#ifndef SHEAFBENCH_TESTS_TABLES_MADE_TABLE_H
#define SHEAFBENCH_TESTS_TABLES_MADE_TABLE_H

#include "harness/tables/comparisons.h"

enum { MADE_SEEDS = 6, MADE_ROWS = 12 };

struct made_table {
	struct table table;
	struct table_row row[MADE_ROWS];
	struct table_metric metric[MADE_ROWS];
	double values[MADE_ROWS][MADE_SEEDS];
	int64_t seeds[MADE_SEEDS];
};

/* Nothing of it is to be freed, and it must not be moved. */
void made_table_open(struct made_table *m);
/* Values base + step (s mod 3). */
void made_table_add_row(struct made_table *m, const char *task, const char *arm,
			const char *variant, const char *metric, double base, double step);
/* SheafOnly, SoftmaxOnly and Dense. */
void made_table_add_arms(struct made_table *m, const char *task, const char *metric);

/* comparisons_free() it.  Fails the running test where it cannot be made. */
struct comparisons must_compare(const struct table *table);

#endif
