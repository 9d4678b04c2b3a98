/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/measured.h"

#include <limits.h> /* PATH_MAX */
#include <math.h>   /* NAN */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/tables/views.h"
#include "foundation/template.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

enum { COLUMNS_MAX = 10, NUMBERS_MAX = 2 };

static const struct {
	const char *file, *columns[COLUMNS_MAX];
	/* Columns that have a finite number, 0 or more, in every row. */
	const char *numbers[NUMBERS_MAX];
} sources[MEASURED_COUNT] = {
    [MEASURED_REPRODUCIBILITY] = {"reproducibility.csv",
				  {"kind", "compiler", "config", "status", "digest"},
				  {NULL}},
    [MEASURED_THROUGHPUT] = {"throughput.csv",
			     {"row", "file", "cpu", "isa", "blis", "rate", "rate_unit"},
			     {NULL}},
    [MEASURED_PEERS] = {"peers.csv",
			{"group", "case", "peer", "unit", "median", "ratio", "ratio_min",
			 "ratio_max", "status"},
			{NULL}},
    [MEASURED_STEP_TIME] = {"controls/step_time.csv",
			    {"task", "arm", "seed", "microseconds"},
			    {"microseconds"}},
    [MEASURED_WALL_TIME] = {"matching/wall_time.csv",
			    {"task", "metric", "arm", "epoch", "seconds", "value"},
			    {"seconds", "value"}},
};

static int check_columns(const struct csv_table *table, const char *const *columns,
			 struct error *error)
{
	for (int i = 0; i < COLUMNS_MAX && columns[i]; i++)
		if (csv_table_column(table, columns[i]) < 0)
			return error_set(error, ERROR_INPUT, table->file_name, 1, 1, NULL,
					 columns[i], "no column of that name");
	return 0;
}

static int check_numbers(const struct csv_table *table, int which, struct error *error)
{
	for (int i = 0; i < NUMBERS_MAX && sources[which].numbers[i]; i++) {
		int64_t column = csv_table_column(table, sources[which].numbers[i]);
		for (int64_t r = 0; r < table->rows; r++) {
			const struct csv_field *field = &table->fields[r * table->columns + column];
			double value;
			if (csv_number(field->text, &value) == 0 && value >= 0.0)
				continue;
			return error_set(error, ERROR_INPUT, table->file_name, field->line,
					 field->column, sources[which].numbers[i],
					 "a finite number, 0 or more", "found \"%.40s\"",
					 field->text);
		}
	}
	return 0;
}

static int read_one(struct measured *measured, int which, const char *results_dir,
		    struct error *error)
{
	struct csv_table *table = &measured->table[which];
	char path[PATH_MAX], *text;
	size_t size;
	int status = path_make(path, sizeof path, error, "%s/%s", results_dir, sources[which].file);
	if (status || access(path, F_OK))
		return status;
	status = text_file_read(path, &text, &size, error);
	if (status)
		return status;
	status = csv_table_parse(table, path, text, size, ',', true, error);
	free(text);
	if (status)
		return status;
	measured->there[which] = true;
	status = check_columns(table, sources[which].columns, error);
	return status ? status : check_numbers(table, which, error);
}

int measured_read(struct measured *measured, const char *results_dir, struct error *error)
{
	int status = 0;
	*measured = (struct measured){0};
	for (int i = 0; !status && i < MEASURED_COUNT; i++)
		status = read_one(measured, i, results_dir, error);
	if (status)
		measured_free(measured);
	return status;
}

void measured_free(struct measured *measured)
{
	for (int i = 0; i < MEASURED_COUNT; i++)
		if (measured->there[i])
			csv_table_free(&measured->table[i]);
	*measured = (struct measured){0};
}

const struct csv_table *measured_table(const struct measured *measured, enum measurement which)
{
	static const struct csv_table none;
	return measured && measured->there[which] ? &measured->table[which] : &none;
}

json_t *measured_view(const struct csv_table *table)
{
	return json_pack("{s:b}", "measured", table->columns > 0);
}

double measured_number(const struct csv_table *table, int64_t row, const char *column)
{
	double value;
	return csv_number(csv_table_text(table, row, column), &value) == 0 ? value : NAN;
}

bool measured_is(const struct csv_table *table, int64_t row, const char *column, const char *text)
{
	return strcmp(csv_table_text(table, row, column), text) == 0;
}

bool measured_same(const struct csv_table *table, int64_t a, int64_t b, const char *column)
{
	return measured_is(table, a, column, csv_table_text(table, b, column));
}

bool measured_begins(const struct csv_table *table, int64_t row, const char *first,
		     const char *second)
{
	for (int64_t i = 0; i < row; i++)
		if (measured_same(table, i, row, first) && measured_same(table, i, row, second))
			return false;
	return true;
}

json_t *measured_row(const struct csv_table *table, int64_t row)
{
	json_t *view = json_object();
	const struct csv_field *fields = &table->fields[row * table->columns];
	for (int64_t c = 0; c < table->columns; c++)
		template_set(&view, table->header[c], template_bytes(fields[c].text));
	return view;
}

enum agreement measured_agreement(const char *status)
{
	if (strcmp(status, "same") == 0)
		return AGREEMENT_SAME;
	return strcmp(status, "not run") == 0 ? AGREEMENT_NOT_RUN : AGREEMENT_DIFFERENT;
}

void measured_set_agreement(json_t **view, const struct csv_table *table, int64_t like)
{
	static const char *const names[AGREEMENTS] = {"same", "different", "not_run"};
	int64_t count[AGREEMENTS] = {0};
	for (int64_t i = 0; i < table->rows; i++)
		if (like < 0 || (measured_same(table, i, like, "kind") &&
				 measured_same(table, i, like, "compiler")))
			count[measured_agreement(csv_table_text(table, i, "status"))]++;
	for (int k = 0; k < AGREEMENTS; k++)
		template_set(view, names[k], view_integer(count[k]));
	template_set(view, "differs", json_boolean(count[AGREEMENT_DIFFERENT] > 0));
}
