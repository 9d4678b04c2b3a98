/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/encoder.h"

#include <math.h> /* isfinite */
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "foundation/number_text.h"

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
		csv_index[c] = csv_table_column(table, column->name);
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

/* Where `text` is among `count` texts in the order of their bytes, or would be. */
static int64_t lower_bound(char *const *texts, int64_t count, const char *text)
{
	int64_t low = 0;
	while (low < count) {
		int64_t middle = low + (count - low) / 2;
		if (strcmp(texts[middle], text) < 0)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* Distinct values of the training rows, sorted by bytes. */
static int collect_values(struct encoded_column *column, const struct task *task,
			  const struct csv_table *table, const int64_t *order, int64_t train,
			  struct error *error)
{
	column->values = calloc(TASK_MAX_CATEGORIES + 1, sizeof *column->values);
	column->owns = true;
	if (!column->values)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < train; i++) {
		const struct csv_field *field = field_at(table, order[i], column->csv_index);
		char **values = column->values;
		int64_t at = lower_bound(values, column->value_count, field->text);
		bool known = at < column->value_count && !strcmp(values[at], field->text);
		if (known || is_missing(task, field->text))
			continue;
		if (column->value_count == TASK_MAX_CATEGORIES)
			return refuse(table, field, column, "at most 1024 different values", NULL,
				      error);
		char *copy = strdup(field->text);
		if (!copy)
			return error_no_memory(error, NULL);
		memmove(values + at + 1, values + at,
			(size_t)(column->value_count++ - at) * sizeof *values);
		values[at] = copy;
	}
	if (column->value_count < 2)
		return error_set(error, ERROR_INPUT, table->file_name, 0, 0, NULL,
				 "at least 2 different values in the training rows",
				 "column %s: %lld different values", column->column->name,
				 (long long)column->value_count);
	return 0;
}

static int compare_choices(const void *x, const void *y)
{
	const struct encoded_choice *a = x, *b = y;
	return strcmp(a->text, b->text);
}

static int index_values(struct encoded_column *column, struct error *error)
{
	size_t count = (size_t)column->value_count;
	column->choices = malloc((count + 1) * sizeof *column->choices);
	if (!column->choices)
		return error_no_memory(error, NULL);
	for (size_t i = 0; i < count; i++)
		column->choices[i] = (struct encoded_choice){column->values[i], (int64_t)i};
	qsort(column->choices, count, sizeof *column->choices, compare_choices);
	return 0;
}

static int64_t find_value(const struct encoded_column *column, const char *text)
{
	struct encoded_choice key = {text, 0}, *found;
	found = bsearch(&key, column->choices, (size_t)column->value_count, sizeof key,
			compare_choices);
	return found ? found->index : -1;
}

static int learn_numeric(struct encoded_column *column, const struct task *task,
			 const struct csv_table *table, const int64_t *order, int64_t train,
			 struct error *error)
{
	double *values = array_take(train, sizeof *values);
	int64_t count = 0;
	if (!values)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < train; i++) {
		const struct csv_field *field = field_at(table, order[i], column->csv_index);
		if (is_missing(task, field->text))
			continue;
		if (csv_number(field->text, &values[count])) {
			free(values);
			return refuse(table, field, column, "a finite number", NULL, error);
		}
		column->inexact += csv_number_inexact(field->text, values[count++]);
	}
	column_statistics(&column->statistics, values, count);
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
	if (!status && column->values)
		status = index_values(column, error);
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
	made.columns = array_zeroed(made.count, sizeof *made.columns);
	int64_t *index = array_take(made.count, sizeof *index);
	int status = made.columns && index ? encoder_map(task, table, true, index, error)
					   : error_no_memory(error, NULL);
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
		free(column->choices);
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
		return refuse(table, field, column, "a finite number", NULL, error);
	float x = column_standardise(&column->statistics, value);
	/* The network's losses and metrics square what comes of it. */
	if (isfinite(x * x)) {
		out[0] = x;
		return 0;
	}
	return error_set(error, ERROR_INPUT, table->file_name, field->line, field->column, NULL,
			 "a number whose encoding is finite, and its square", "column %s: found %s",
			 column->column->name, field->text);
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

static void note_constant(const struct encoded_column *column, const char *file_name, FILE *out)
{
	const struct column_statistics *s = &column->statistics;
	char low[NUMBER_TEXT], high[NUMBER_TEXT];
	number_text(s->low, low);
	number_text(s->high, high);
	fprintf(out, "note: %s: column %s: ", file_name, column->column->name);
	if (s->count == 0)
		fputs("no value in the training rows", out);
	else if (s->low == s->high)
		fprintf(out, "%s in all training rows", low);
	else
		fprintf(out, "%s to %s in the training rows, no more apart than rounding", low,
			high);
	fputs(": its input is 0 for any value\n", out);
}

static void note_merged(const struct encoded_column *column, const char *file_name, FILE *out)
{
	const struct column_statistics *s = &column->statistics;
	char mean[NUMBER_TEXT], std[NUMBER_TEXT];
	number_text(s->mean, mean);
	number_text(s->std, std);
	fprintf(out,
		"note: %s: column %s: %lld of %lld different values of the training rows have the "
		"encoding of their neighbour: (v - %s) / %s has 24 bits\n",
		file_name, column->column->name, (long long)s->merged, (long long)s->distinct, mean,
		std);
}

static bool is_notable(const struct encoded_column *column)
{
	return column->column->role == COLUMN_NUMERIC &&
	       (column->inexact || column->statistics.constant || column->statistics.merged);
}

void encoder_print_notes(const struct encoder *encoder, const char *file_name, FILE *out)
{
	int64_t notable = 0;
	for (int64_t c = 0; c < encoder->count; c++) {
		const struct encoded_column *column = &encoder->columns[c];
		if (!is_notable(column) || ++notable > ENCODER_NOTED)
			continue;
		if (column->inexact)
			fprintf(out,
				"note: %s: column %s: %lld integers of the training rows lie "
				"beyond 2^53 where binary64 does not hold them: each is rounded to "
				"the nearest that it holds\n",
				file_name, column->column->name, (long long)column->inexact);
		if (column->statistics.constant)
			note_constant(column, file_name, out);
		else if (column->statistics.merged)
			note_merged(column, file_name, out);
	}
	if (notable > ENCODER_NOTED)
		fprintf(out, "note: %s: %lld more columns are such\n", file_name,
			(long long)(notable - ENCODER_NOTED));
}
