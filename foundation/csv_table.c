/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/csv_table.h"

#include <csv.h>
#include <locale.h>
#include <math.h> /* isfinite */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"

/* libcsv is fed byte by byte, so that a callback knows the place of the byte that ended a field. */
struct reader {
	const char *file_name;
	char *text; /* grows to at most the file's size plus a NUL per field */
	size_t used, capacity;
	struct csv_field *fields;
	size_t *offsets; /* of the fields' texts, until `text` stops moving */
	int64_t count, room;
	int64_t columns, row_start;
	uint32_t line, column;             /* of the byte being fed */
	uint32_t field_line, field_column; /* where the current field began */
	bool fresh;                        /* the next byte begins a field */
	struct error *error;
	int status;
};

static int no_memory(struct reader *r)
{
	return r->status = error_no_memory(r->error, r->file_name);
}

/* Room for one more field of `size` bytes and its NUL. */
static int make_room(struct reader *r, size_t size)
{
	while (r->used + size + 1 > r->capacity) {
		size_t wanted = r->capacity ? r->capacity * 2 : 1 << 16;
		char *larger = realloc(r->text, wanted);
		if (!larger)
			return no_memory(r);
		r->text = larger;
		r->capacity = wanted;
	}
	if (r->count < r->room)
		return 0;
	int64_t wanted = r->room ? r->room * 2 : 1024;
	struct csv_field *fields = array_grow(r->fields, wanted, sizeof *fields);
	if (!fields)
		return no_memory(r);
	r->fields = fields;
	size_t *offsets = array_grow(r->offsets, wanted, sizeof *offsets);
	if (!offsets)
		return no_memory(r);
	r->offsets = offsets;
	r->room = wanted;
	return 0;
}

static void on_field(void *bytes, size_t size, void *data)
{
	struct reader *r = data;
	if (r->status || make_room(r, size))
		return;
	if (size && memchr(bytes, '\0', size)) {
		r->status = error_set(r->error, ERROR_INPUT, r->file_name, r->field_line,
				      r->field_column, NULL, "text", "a NUL byte in a field");
		return;
	}
	r->fields[r->count] = (struct csv_field){NULL, r->field_line, r->field_column};
	r->offsets[r->count++] = r->used;
	if (size)
		memcpy(r->text + r->used, bytes, size);
	r->used += size;
	r->text[r->used++] = '\0';
	r->fresh = true;
}

/* Points at the first field too many, or at the last of too few. */
static void refuse_ragged(struct reader *r, int64_t width)
{
	char expected[64];
	int64_t at = width > r->columns ? r->columns : width - 1;
	const struct csv_field *field = &r->fields[r->row_start + at];
	snprintf(expected, sizeof expected, "%lld as in the first row", (long long)r->columns);
	r->status = error_set(r->error, ERROR_INPUT, r->file_name, field->line, field->column, NULL,
			      expected, "%lld field%s in this row", (long long)width,
			      width == 1 ? "" : "s");
}

static void on_row(int end, void *data)
{
	struct reader *r = data;
	(void)end;
	int64_t width = r->count - r->row_start;
	if (r->status || width == 0)
		return;
	if (r->columns == 0)
		r->columns = width;
	if (width != r->columns)
		refuse_ragged(r, width);
	r->row_start = r->count;
}

/* A field starts at its first byte that is not blank, an empty one where it ends.  Blank lines give
 * no field, so the field stays fresh across them. */
static void note_start(struct reader *r, unsigned char byte)
{
	if (!r->fresh)
		return;
	r->field_line = r->line;
	r->field_column = r->column;
	r->fresh = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Lines end with LF, CRLF or CR, inside quotes too. */
static void advance(struct reader *r, unsigned char byte, unsigned char next)
{
	if (byte == '\n' || (byte == '\r' && next != '\n')) {
		r->line++;
		r->column = 1;
	} else {
		r->column++;
	}
}

static void refuse_byte(struct reader *r, struct csv_parser *parser, unsigned char byte)
{
	if (csv_error(parser) != CSV_EPARSE) {
		no_memory(r);
		return;
	}
	r->status =
	    error_set(r->error, ERROR_INPUT, r->file_name, r->line, r->column, NULL,
		      "quotes around whole fields, doubled inside",
		      byte == CSV_QUOTE ? "a quote out of place" : "text after a closing quote");
}

static void feed(struct reader *r, struct csv_parser *parser, const unsigned char *bytes,
		 size_t size)
{
	r->line = r->column = 1;
	r->fresh = true;
	for (size_t i = 0; i < size && !r->status; i++) {
		note_start(r, bytes[i]);
		if (csv_parse(parser, bytes + i, 1, on_field, on_row, r) != 1 && !r->status)
			refuse_byte(r, parser, bytes[i]);
		advance(r, bytes[i], i + 1 < size ? bytes[i + 1] : '\0');
	}
	if (r->status)
		return;
	note_start(r, '\n');
	if (csv_fini(parser, on_field, on_row, r) && !r->status)
		r->status =
		    error_set(r->error, ERROR_INPUT, r->file_name, r->field_line, r->field_column,
			      NULL, "a closing quote", "a quoted field without an end");
}

struct named {
	const char *name;
	int64_t column;
};

/* Equal names by their columns, so that the first of them comes first. */
static int compare_names(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int order = strcmp(a->name, b->name);
	return order ? order : (a->column > b->column) - (a->column < b->column);
}

/* The first column that has an earlier one's name; -1: none. */
static int64_t find_twin(const struct named *sorted, int64_t count)
{
	int64_t twin = -1;
	for (int64_t i = 1; i < count; i++)
		if (!strcmp(sorted[i - 1].name, sorted[i].name) &&
		    (twin < 0 || sorted[i].column < twin))
			twin = sorted[i].column;
	return twin;
}

/* Sorted, so that a table of a million columns is no quadratic matter. */
static int index_names(struct csv_table *table, struct reader *r)
{
	struct named *sorted = array_take(r->columns, sizeof *sorted);
	table->by_name = array_take(r->columns, sizeof *table->by_name);
	if (!sorted || !table->by_name) {
		free(sorted);
		return no_memory(r);
	}
	for (int64_t c = 0; c < r->columns; c++)
		sorted[c] = (struct named){table->header[c], c};
	qsort(sorted, (size_t)r->columns, sizeof *sorted, compare_names);
	for (int64_t c = 0; c < r->columns; c++)
		table->by_name[c] = sorted[c].column;
	int64_t twin = find_twin(sorted, r->columns);
	free(sorted);
	if (twin >= 0)
		r->status = error_set(r->error, ERROR_INPUT, r->file_name, r->fields[twin].line,
				      r->fields[twin].column, NULL, "distinct column names",
				      "column \"%s\" twice", table->header[twin]);
	return r->status;
}

static int take_header(struct csv_table *table, struct reader *r)
{
	table->header = array_zeroed(r->columns, sizeof *table->header);
	if (!table->header)
		return no_memory(r);
	for (int64_t c = 0; c < r->columns; c++)
		table->header[c] = r->text + r->offsets[c];
	return index_names(table, r);
}

static int64_t numbered_column(const struct csv_table *table, const char *name)
{
	char *end;
	if (name[0] < '1' || name[0] > '9')
		return -1;
	long long number = strtoll(name, &end, 10);
	return !*end && number <= table->columns ? number - 1 : -1;
}

int64_t csv_table_column(const struct csv_table *table, const char *name)
{
	if (!table->header)
		return numbered_column(table, name);
	int64_t low = 0, high = table->columns;
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int order = strcmp(name, table->header[table->by_name[middle]]);
		if (order == 0)
			return table->by_name[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const char *csv_table_text(const struct csv_table *table, int64_t row, const char *name)
{
	int64_t column = csv_table_column(table, name);
	return column < 0 ? "" : table->fields[row * table->columns + column].text;
}

static int finish(struct csv_table *table, struct reader *r, bool header)
{
	int64_t skip = header ? r->columns : 0;
	if (!r->status && r->count <= skip)
		r->status = error_set(r->error, ERROR_INPUT, r->file_name, r->line, r->column, NULL,
				      "at least one row of data", "no rows");
	if (r->status)
		return r->status;
	table->text = r->text;
	if (header && take_header(table, r))
		return r->status;
	for (int64_t i = 0; i < r->count; i++)
		r->fields[i].text = r->text + r->offsets[i];
	memmove(r->fields, r->fields + skip, (size_t)(r->count - skip) * sizeof *r->fields);
	table->columns = r->columns;
	table->rows = (r->count - skip) / r->columns;
	table->fields = r->fields;
	table->file_name = strdup(r->file_name);
	return table->file_name ? 0 : no_memory(r);
}

int csv_table_parse(struct csv_table *table, const char *file_name, const void *bytes, size_t size,
		    char delimiter, bool header, struct error *error)
{
	struct reader r = {.file_name = file_name, .error = error};
	struct csv_table made = {0};
	struct csv_parser parser;
	const unsigned char *from = bytes;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI))
		return no_memory(&r);
	csv_set_delim(&parser, (unsigned char)delimiter);
	csv_set_blk_size(&parser, 1 << 16); /* its buffer grows by so much; 128 of its own accord */
	if (size >= 3 && !memcmp(from, "\xef\xbb\xbf", 3)) { /* byte-order mark */
		from += 3;
		size -= 3;
	}
	feed(&r, &parser, from, size);
	csv_free(&parser);
	int status = finish(&made, &r, header);
	free(r.offsets);
	if (status) {
		free(r.fields);
		free(r.text);
		free(made.header);
		free(made.by_name);
		free(made.file_name);
		return status;
	}
	*table = made;
	return 0;
}

void csv_table_free(struct csv_table *table)
{
	free(table->file_name);
	free(table->header);
	free(table->by_name);
	free(table->fields);
	free(table->text);
	memset(table, 0, sizeof *table);
}

int csv_number(const char *text, double *value)
{
	/* Only what a decimal number is made of: strtod would take hex, inf and nan too. */
	if (!text[strspn(text, " \t")] || text[strspn(text, " \t+-.0123456789eE")])
		return -1;
	locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	if (!plain)
		return -1;
	char *end;
	locale_t before = uselocale(plain);
	double parsed = strtod(text, &end);
	uselocale(before);
	freelocale(plain);
	if (end == text || end[strspn(end, " \t")] || !isfinite(parsed))
		return -1;
	*value = parsed;
	return 0;
}

/* The digits of an integer's text without sign and leading zeros, their count in *length; NULL: it
 * is no plain integer. */
static const char *integer_digits(const char *text, size_t *length)
{
	text += strspn(text, " \t");
	text += *text == '-' || *text == '+';
	text += strspn(text, "0");
	*length = strspn(text, "0123456789");
	const char *rest = text + *length;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0");
	return rest[strspn(rest, " \t")] ? NULL : text;
}

bool csv_number_inexact(const char *text, double value)
{
	char exact[400]; /* DBL_MAX has 309 digits */
	size_t length;
	if (fabs(value) < 0x1p53)
		return false;
	const char *digits = integer_digits(text, &length);
	if (!digits)
		return false;
	snprintf(exact, sizeof exact, "%.0f", fabs(value));
	return strlen(exact) != length || strncmp(exact, digits, length) != 0;
}
