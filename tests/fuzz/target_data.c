/* SPDX-License-Identifier: Apache-2.0 */
/* Data files: CSV, IDX, gzip, and the data sets made of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "foundation/byte_source.h"
#include "foundation/number_text.h"
#include "foundation/csv_table.h"
#include "harness/tasks/dataset.h"
#include "harness/tasks/idx.h"
#include "foundation/digest.h"
#include "tests/fuzz/fuzz.h"

/* The decimal that stands for a number reads back as that number. */
static void check_number(double value)
{
	char text[NUMBER_TEXT];
	double back = 0.0;
	number_text(value, text);
	FUZZ_CHECK(memchr(text, '\0', sizeof text) != NULL);
	if (!isfinite(value))
		return; /* no number; what is written in its place need only end */
	FUZZ_CHECK(csv_number(text, &back) == 0);
	FUZZ_CHECK(back == value);
}

void fuzz_number(const uint8_t *bytes, size_t size)
{
	double value = 0.0;
	char *text = fuzz_copy(bytes, size), *end = NULL;
	if (size >= sizeof value)
		memcpy(&value, bytes, sizeof value);
	check_number(value);
	free(text);
	text = malloc(size + 1);
	FUZZ_CHECK(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	fuzz_poison(&value, sizeof value);
	if (csv_number(text, &value) == 0) {
		FUZZ_CHECK(isfinite(value));
		FUZZ_CHECK(strtod(text, &end) == value && end != text);
		FUZZ_CHECK(strpbrk(text, "xXnNiI") == NULL);
		check_number(value);
	}
	free(text);
}

static void write_field(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* Every field quoted: the same table again. */
static void check_csv_again(const struct csv_table *table)
{
	struct csv_table again;
	struct error error = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	FUZZ_CHECK(out != NULL);
	for (int64_t c = 0; table->header && c < table->columns; c++) {
		fputs(c ? "," : "", out);
		write_field(out, table->header[c]);
	}
	fputs(table->header ? "\n" : "", out);
	for (int64_t i = 0; i < table->rows * table->columns; i++) {
		fputs(i % table->columns ? "," : "", out);
		write_field(out, table->fields[i].text);
		fputs((i + 1) % table->columns ? "" : "\n", out);
	}
	FUZZ_CHECK(fclose(out) == 0);
	FUZZ_CHECK(
	    csv_table_parse(&again, "again", text, size, ',', table->header != NULL, &error) == 0);
	FUZZ_CHECK(again.rows == table->rows && again.columns == table->columns);
	for (int64_t c = 0; table->header && c < table->columns; c++)
		FUZZ_CHECK(strcmp(table->header[c], again.header[c]) == 0);
	for (int64_t i = 0; i < table->rows * table->columns; i++)
		FUZZ_CHECK(strcmp(table->fields[i].text, again.fields[i].text) == 0);
	csv_table_free(&again);
	free(text);
}

/* The first byte says which delimiter, and whether there is a header. */
void fuzz_csv(const uint8_t *bytes, size_t size)
{
	static const char delimiters[] = {',', ';', '\t', '|'};
	struct csv_table table;
	struct error error = {0};
	unsigned char how = size ? bytes[0] : 0;
	size_t length = size ? size - 1 : 0;
	void *text = fuzz_copy(size ? bytes + 1 : bytes, length);
	fuzz_poison(&table, sizeof table);
	int status = csv_table_parse(&table, "input", text, length, delimiters[how % 4],
				     how / 4 % 2 != 0, &error);
	free(text);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&table, sizeof table));
		return;
	}
	FUZZ_CHECK(table.rows > 0 && table.columns > 0);
	FUZZ_CHECK((table.header != NULL) == (how / 4 % 2 != 0));
	for (int64_t i = 0; i < table.rows * table.columns; i++) {
		double value;
		FUZZ_CHECK(table.fields[i].line >= 1 && table.fields[i].column >= 1);
		FUZZ_CHECK(table.fields[i].line <= length + 1);
		if (csv_number(table.fields[i].text, &value) == 0)
			check_number(value);
	}
	check_csv_again(&table);
	csv_table_free(&table);
}

static void check_values(const struct dataset *data)
{
	int64_t inputs = data->rows * data->input_dim, targets = data->rows * data->output_dim;
	FUZZ_CHECK(data->rows > 0 && data->input_dim > 0 && data->output_dim > 0);
	FUZZ_CHECK(data->train_rows > 0 && data->train_rows <= data->rows);
	for (int64_t i = 0; data->inputs && i < inputs; i++)
		FUZZ_CHECK(isfinite(data->inputs[i]));
	for (int64_t i = 0; i < targets; i++)
		FUZZ_CHECK(data->targets[i] >= 0.0f && data->targets[i] <= 1.0f);
}

/* The rows that a data set was made of, encoded as those of another file, are the same numbers. */
static void check_encoding(const struct dataset *data, const struct task *task, const char *name)
{
	float *inputs = NULL;
	uint32_t *lines = NULL;
	int64_t rows = 0;
	struct error error = {0};
	int status = dataset_encode_file(data, task, name, &inputs, &lines, &rows, &error);
	FUZZ_CHECK(status == 0);
	FUZZ_CHECK(rows == data->rows);
	size_t count = (size_t)(rows * data->input_dim);
	FUZZ_CHECK(memcmp(inputs, data->inputs, count * sizeof *inputs) == 0);
	free(inputs);
	free(lines);
}

static void load_with(struct task *task, const uint8_t *bytes, size_t size, int file)
{
	struct dataset data;
	struct error error = {0};
	char *kept = task->files[file].path;
	char name[64];
	snprintf(name, sizeof name, "%s", fuzz_file(0, bytes, size));
	task->files[file].path = name;
	fuzz_poison(&data, sizeof data);
	int status = dataset_load(&data, task, &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&data, sizeof data));
	} else {
		check_values(&data);
		if (task->source == TASK_CSV)
			check_encoding(&data, task, name);
		dataset_free(&data);
	}
	task->files[file].path = kept;
}

/* The task is read once; its data file is the input. */
static struct task *shared_task(struct task *task, const char *name)
{
	struct error error = {0};
	if (task->file_name == NULL && task_read(task, name, NULL, &error) != 0) {
		error_print(stderr, &error);
		fuzz_fail(name, 0, "the task of the fuzz target is read");
	}
	return task;
}

void fuzz_encoder(const uint8_t *bytes, size_t size)
{
	static struct task task;
	load_with(shared_task(&task, "tests/fuzz/tiny.json"), bytes, size, 0);
}

/* The first byte says which of the four files the rest is. */
void fuzz_images(const uint8_t *bytes, size_t size)
{
	static struct task task;
	if (size == 0)
		return;
	load_with(shared_task(&task, "tests/fuzz/images.json"), bytes + 1, size - 1, bytes[0] % 4);
}

void fuzz_idx(const uint8_t *bytes, size_t size)
{
	struct idx idx;
	struct error error = {0};
	struct byte_source source = {.bytes = fuzz_copy(bytes, size), .size = size};
	fuzz_poison(&idx, sizeof idx);
	int status = idx_parse(&idx, &source, "input", &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&idx, sizeof idx));
	} else {
		int64_t items = 1;
		FUZZ_CHECK(idx.dims >= 1 && idx.dims <= 4);
		for (int d = 0; d < idx.dims; d++)
			items *= idx.size[d];
		FUZZ_CHECK(items > 0 && items == idx.items * idx.item_size);
		FUZZ_CHECK(idx.data == source.bytes + 4 + 4 * idx.dims);
		FUZZ_CHECK((size_t)(4 + 4 * idx.dims + items) == size);
	}
	free(source.bytes);
}

enum { UNPACKED_MAX = 1 << 24 };

/* What gzip members from the first to the last byte hold; -1: they do not, or hold too much. */
static int64_t unpack(const uint8_t *bytes, size_t size, unsigned char *out)
{
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
	int64_t total = 0;
	while (z.avail_in > 0) {
		int status = inflateInit2(&z, 15 + 16);
		FUZZ_CHECK(status == Z_OK);
		z.next_out = out + total;
		z.avail_out = (unsigned)(UNPACKED_MAX - total);
		status = inflate(&z, Z_FINISH);
		total = UNPACKED_MAX - (int64_t)z.avail_out;
		inflateEnd(&z);
		if (status != Z_STREAM_END)
			return -1;
	}
	return total;
}

static bool zeros(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Every byte of the file is accounted for: what is read is all that its members hold. */
static void check_unpacked(const uint8_t *bytes, size_t size, const struct byte_source *source)
{
	static unsigned char out[UNPACKED_MAX];
	bool packed = size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
	if (!packed) {
		FUZZ_CHECK(source->size == size && memcmp(source->bytes, bytes, size) == 0);
		return;
	}
	/* Zeros that fill up the last block of a tape are no data, whether refused or not. */
	while (size > 8 && zeros(bytes + size - 8, 8))
		size -= 8;
	int64_t expected = unpack(bytes, size, out);
	while (expected < 0 && size > 2 && bytes[size - 1] == 0)
		expected = unpack(bytes, --size, out);
	if (expected < 0 && source->size >= UNPACKED_MAX)
		return;
	FUZZ_CHECK(expected >= 0 && (size_t)expected == source->size);
	FUZZ_CHECK(memcmp(out, source->bytes, source->size) == 0);
}

void fuzz_gz(const uint8_t *bytes, size_t size)
{
	struct byte_source source;
	struct error error = {0};
	char hex[65];
	fuzz_poison(&source, sizeof source);
	int status = byte_source_read(&source, fuzz_file(0, bytes, size), &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&source, sizeof source));
		return;
	}
	FUZZ_CHECK(source.bytes[source.size] == '\0');
	struct digest *digest = digest_new();
	FUZZ_CHECK(digest != NULL);
	digest_update(digest, source.bytes, source.size);
	digest_finish(digest, hex);
	FUZZ_CHECK(strcmp(hex, source.sha256) == 0);
	check_unpacked(bytes, size, &source);
	byte_source_free(&source);
}
