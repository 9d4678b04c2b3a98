/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/encoder.h"

#include <math.h> /* sqrt */
#include <stdlib.h>
#include <string.h>

static int refuse(const struct csv_table *table, const struct csv_field *field,
		  const struct encoded_column *column, const char *expected, const char *near,
		  struct error *error)
{
	return error_set(error, ERROR_INPUT, table->file_name, field->line, field->column, NULL,
			 expected, "column %s: found \"%s\"%s%s", column->column->name, field->text,
			 near ? ", near " : "", near ? near : "");
}

static const struct csv_field *field_at(const struct csv_table *table, int64_t row, int64_t column)
{
	return &table->fields[row * table->columns + column];
}

static bool is_missing(const struct task *task, const char *text)
{
	for (char **m = task->missing; m && *m; m++)
		if (!strcmp(*m, text))
			return true;
	return text[0] == '\0';
}

int encoder_map(const struct task *task, const struct csv_table *table, bool labels_needed,
		int64_t *csv_index, struct error *error)
{
	for (int64_t c = 0; c < task->column_count; c++) {
		const struct task_column *column = &task->columns[c];
		csv_index[c] = -1;
		if (table->header) {
			for (int64_t i = 0; i < table->columns; i++)
				if (!strcmp(table->header[i], column->name))
					csv_index[c] = i;
		} else {
			char *end;
			long number = strtol(column->name, &end, 10);
			if (end != column->name && !*end && number >= 1 && number <= table->columns)
				csv_index[c] = number - 1;
		}
		if (csv_index[c] >= 0 || column->role == COLUMN_IGNORE ||
		    (column->role == COLUMN_LABEL && !labels_needed))
			continue;
		const char **names = calloc((size_t)table->columns + 1, sizeof *names);
		for (int64_t i = 0; names && table->header && i < table->columns; i++)
			names[i] = table->header[i];
		const char *near = names ? error_near_name(column->name, names) : NULL;
		int status =
		    error_set(error, ERROR_INPUT, table->file_name, 1, 0, NULL,
			      table->header ? "a column of that name in the header"
					    : "a column number of the table",
			      "no column \"%s\" among %lld%s%s", column->name,
			      (long long)table->columns, near ? ", near " : "", near ? near : "");
		free(names);
		return status;
	}
	return 0;
}

static int compare_texts(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

static int64_t find_value(const struct encoded_column *column, const char *text)
{
	for (int64_t i = 0; i < column->value_count; i++)
		if (!strcmp(column->values[i], text))
			return i;
	return -1;
}

/* Distinct values of the training rows, sorted by bytes. */
static int collect_values(struct encoded_column *column, const struct task *task,
			  const struct csv_table *table, const int64_t *order, int64_t train,
			  struct error *error)
{
	column->values = calloc(TASK_MAX_CATEGORIES + 1, sizeof *column->values);
	column->owns = true;
	for (int64_t i = 0; column->values && i < train; i++) {
		const struct csv_field *field = field_at(table, order[i], column->csv_index);
		if (is_missing(task, field->text) || find_value(column, field->text) >= 0)
			continue;
		if (column->value_count == TASK_MAX_CATEGORIES)
			return refuse(table, field, column, "at most 1024 different values", NULL,
				      error);
		char *copy = strdup(field->text);
		if (!copy)
			break;
		column->values[column->value_count++] = copy;
	}
	if (!column->values)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	if (column->value_count < 2)
		return error_set(error, ERROR_INPUT, table->file_name, 0, 0, NULL,
				 "at least 2 different values in the training rows",
				 "column %s: %lld different values", column->column->name,
				 (long long)column->value_count);
	qsort(column->values, (size_t)column->value_count, sizeof *column->values, compare_texts);
	return 0;
}

static int learn_numeric(struct encoded_column *column, const struct task *task,
			 const struct csv_table *table, const int64_t *order, int64_t train,
			 struct error *error)
{
	double *values = malloc((size_t)train * sizeof *values), sum = 0.0, square = 0.0;
	int64_t count = 0;
	if (!values)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	for (int64_t i = 0; i < train; i++) {
		const struct csv_field *field = field_at(table, order[i], column->csv_index);
		if (is_missing(task, field->text))
			continue;
		if (csv_number(field->text, &values[count])) {
			free(values);
			return refuse(table, field, column, "a number", NULL, error);
		}
		sum = sum + values[count++];
	}
	column->mean = count ? sum / (double)count : 0.0;
	for (int64_t i = 0; i < count; i++) {
		double d = values[i] - column->mean;
		square = square + d * d;
	}
	column->std = count ? sqrt(square / (double)count) : 0.0;
	free(values);
	return 0;
}

static int fit_column(struct encoder *encoder, struct encoded_column *column,
		      const struct csv_table *table, const int64_t *order, int64_t train,
		      struct error *error)
{
	const struct task *task = encoder->task;
	enum column_role role = column->column->role;
	int status = 0;
	column->values = column->column->values;
	column->value_count = column->column->value_count;
	if ((role == COLUMN_CATEGORY || role == COLUMN_LABEL) && !column->values)
		status = collect_values(column, task, table, order, train, error);
	else if (role == COLUMN_NUMERIC)
		status = learn_numeric(column, task, table, order, train, error);
	for (int64_t i = 0; role <= COLUMN_ORDERED && i < train; i++)
		if (is_missing(task, field_at(table, order[i], column->csv_index)->text))
			column->flagged = true;
	column->width = role == COLUMN_CATEGORY || role == COLUMN_LABEL ? column->value_count
			: role == COLUMN_IGNORE                         ? 0
									: 1;
	column->width += column->flagged;
	int64_t *dim = role == COLUMN_LABEL ? &encoder->output_dim : &encoder->input_dim;
	column->offset = *dim;
	*dim += column->width;
	return status;
}

int encoder_fit(struct encoder *encoder, const struct task *task, const struct csv_table *table,
		const int64_t *order, int64_t train, struct error *error)
{
	struct encoder made = {.task = task, .count = task->column_count};
	made.columns = calloc((size_t)made.count, sizeof *made.columns);
	int64_t *index = malloc((size_t)made.count * sizeof *index);
	int status = made.columns && index
			 ? encoder_map(task, table, true, index, error)
			 : error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	for (int64_t c = 0; !status && c < made.count; c++) {
		made.columns[c].column = &task->columns[c];
		made.columns[c].csv_index = index[c];
		status = fit_column(&made, &made.columns[c], table, order, train, error);
	}
	free(index);
	if (status) {
		encoder_free(&made);
		return status;
	}
	*encoder = made;
	return 0;
}

void encoder_free(struct encoder *encoder)
{
	for (int64_t c = 0; encoder->columns && c < encoder->count; c++) {
		struct encoded_column *column = &encoder->columns[c];
		for (int64_t i = 0; column->owns && column->values && i < column->value_count; i++)
			free(column->values[i]);
		if (column->owns)
			free(column->values);
	}
	free(encoder->columns);
	memset(encoder, 0, sizeof *encoder);
}

static int encode_choice(const struct encoded_column *column, const struct csv_table *table,
			 const struct csv_field *field, float *out, struct error *error)
{
	int64_t at = find_value(column, field->text);
	if (at < 0) {
		const char **names = calloc((size_t)column->value_count + 1, sizeof *names);
		for (int64_t i = 0; names && i < column->value_count; i++)
			names[i] = column->values[i];
		const char *near = names ? error_near_name(field->text, names) : NULL;
		int status = refuse(table, field, column, "one of the values of the training rows",
				    near, error);
		free(names);
		return status;
	}
	if (column->column->role == COLUMN_ORDERED)
		out[0] = (float)((double)at / (double)(column->value_count - 1));
	else
		out[at] = 1.0f;
	return 0;
}

static int encode_field(const struct encoded_column *column, const struct task *task,
			const struct csv_table *table, const struct csv_field *field, float *out,
			struct error *error)
{
	for (int64_t i = 0; i < column->width; i++)
		out[i] = 0.0f;
	if (is_missing(task, field->text)) {
		if (!column->flagged)
			return refuse(table, field, column,
				      column->column->role == COLUMN_LABEL
					  ? "a class"
					  : "a value: none is missing in the training rows",
				      NULL, error);
		out[column->width - 1] = 1.0f;
		return 0;
	}
	if (column->column->role != COLUMN_NUMERIC)
		return encode_choice(column, table, field, out, error);
	double value;
	if (csv_number(field->text, &value))
		return refuse(table, field, column, "a number", NULL, error);
	out[0] = column->std > 0.0 ? (float)((value - column->mean) / column->std) : 0.0f;
	return 0;
}

int encoder_row(const struct encoder *encoder, const struct csv_table *table, int64_t row,
		const int64_t *csv_index, float *inputs, float *targets, struct error *error)
{
	for (int64_t c = 0; c < encoder->count; c++) {
		const struct encoded_column *column = &encoder->columns[c];
		bool label = column->column->role == COLUMN_LABEL;
		float *out = label ? targets : inputs;
		if (column->column->role == COLUMN_IGNORE || !out)
			continue;
		int status =
		    encode_field(column, encoder->task, table, field_at(table, row, csv_index[c]),
				 out + column->offset, error);
		if (status)
			return status;
	}
	return 0;
}
