/* SPDX-License-Identifier: Apache-2.0 */
/* How the columns of a CSV table become inputs and targets.
 *
 * Statistics come from the training rows alone, in ascending order (column_statistics.h); x =
 * (float)((v - mean) / std), a constant column gives 0, and a value whose x or x^2 is not
 * finite in binary32 is refused.  A category is one-hot, an ordered value its position / (n - 1).
 * A missing numeric or ordered value is 0, a missing category all zero; a column with missing
 * training values has one more input, the flag. */
#ifndef SHEAFBENCH_HARNESS_TASKS_ENCODER_H
#define SHEAFBENCH_HARNESS_TASKS_ENCODER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/tasks/column_statistics.h"
#include "foundation/csv_table.h"
#include "harness/tasks/task.h"
#include "foundation/error.h"
#include "models/heads.h"

/* A value and its place in the column's list. */
struct encoded_choice {
	const char *text;
	int64_t index;
};

struct encoded_column {
	const struct task_column *column; /* the encoder's task */
	int64_t csv_index;
	struct column_statistics statistics; /* numeric */
	int64_t inexact;                     /* training integers that binary64 does not hold */
	char **values;                       /* owned when `owns`, else the task's */
	struct encoded_choice *choices;      /* owned; the values in the order of their bytes */
	int64_t value_count;
	bool owns, flagged;
	int64_t offset, width; /* inputs, flag included; or targets */
};

struct encoder {
	const struct task *task; /* not owned: must outlive the encoder */
	struct encoded_column *columns;
	int64_t count, input_dim, output_dim;
};

/* Learns from rows order[0 .. train) of the table, which is not kept.  ERROR_INPUT names the cell
 * that is refused; free with encoder_free. */
int encoder_fit(struct encoder *encoder, const struct task *task, const struct csv_table *table,
		const int64_t *order, int64_t train, struct error *error);
void encoder_free(struct encoder *encoder);
/* A line or two per numeric column that standardising treats in a way its user should know of:
 * constant, or with values that binary64 or the encoding cannot tell apart; of the first
 * ENCODER_NOTED such columns, and how many more there are. */
enum { ENCODER_NOTED = 20 };
void encoder_print_notes(const struct encoder *encoder, const char *file_name, FILE *out);
/* One row into inputs (input_dim) and targets (output_dim; may be NULL).  ERROR_INPUT names the
 * cell: no number, out of range, a value that the training rows lack. */
int encoder_row(const struct encoder *encoder, const struct csv_table *table, int64_t row,
		const int64_t *csv_index, float *inputs, float *targets, struct error *error);
/* csv_index[c]: where the task's column c stands in this table; -1 for absent labels when allowed.
 */
int encoder_map(const struct task *task, const struct csv_table *table, bool labels_needed,
		int64_t *csv_index, struct error *error);

#endif
