/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that other commands measured: reproducibility.csv, throughput.csv, peers.csv,
 * controls/step_time.csv, matching/wall_time.csv of the results folder.  Each may be absent. */
#ifndef SHEAFBENCH_HARNESS_TABLES_MEASURED_H
#define SHEAFBENCH_HARNESS_TABLES_MEASURED_H

#include <jansson.h>
#include <stdbool.h>

#include "foundation/csv_table.h"
#include "foundation/error.h"

enum measurement {
	MEASURED_REPRODUCIBILITY,
	MEASURED_THROUGHPUT,
	MEASURED_PEERS,
	MEASURED_STEP_TIME,
	MEASURED_WALL_TIME
};
enum { MEASURED_COUNT = MEASURED_WALL_TIME + 1 };

struct measured {
	bool there[MEASURED_COUNT];
	struct csv_table table[MEASURED_COUNT];
};

/* A table without one of the columns that are shown is ERROR_INPUT. */
int measured_read(struct measured *measured, const char *results_dir, struct error *error);
void measured_free(struct measured *measured);

/* An empty one where it is not there. */
const struct csv_table *measured_table(const struct measured *measured, enum measurement which);
/* {measured}: whether it is there.  NULL without memory. */
json_t *measured_view(const struct csv_table *table);
/* What a row of the reproducibility matrix says: anything that is neither the word for agreement
 * nor that for absence counts against. */
enum agreement { AGREEMENT_SAME, AGREEMENT_DIFFERENT, AGREEMENT_NOT_RUN, AGREEMENTS };
enum agreement measured_agreement(const char *status);
/* Sets {same, different, not_run}, how many there are, and {differs}, of the rows with kind and
 * compiler of row `like`; negative: of all. */
void measured_set_agreement(json_t **view, const struct csv_table *table, int64_t like);
/* The number in a column that measured_read has found, NaN: none. */
double measured_number(const struct csv_table *table, int64_t row, const char *column);
/* Whether it is that text; whether two rows have the same; whether no row before has the same in
 * both columns. */
bool measured_is(const struct csv_table *table, int64_t row, const char *column, const char *text);
bool measured_same(const struct csv_table *table, int64_t a, int64_t b, const char *column);
bool measured_begins(const struct csv_table *table, int64_t row, const char *first,
		     const char *second);
/* Each field by its column's name.  NULL without memory. */
json_t *measured_row(const struct csv_table *table, int64_t row);

#endif
