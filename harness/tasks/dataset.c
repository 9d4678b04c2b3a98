/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/dataset.h"

#include <math.h> /* sqrt */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "foundation/large_pages.h"
#include "foundation/byte_source.h"
#include "harness/tasks/dataset_identity.h"
#include "harness/tasks/encoder.h"
#include "harness/tasks/generate.h"
#include "harness/tasks/idx.h"
#include "kernels/random.h"

static int read_pinned(const struct task *task, int file, struct byte_source *source,
		       char content[65], struct error *error)
{
	int status = byte_source_read(source, task->files[file].path, error);
	if (status)
		return status;
	memcpy(content, source->sha256, 65);
	status = dataset_check_pin(task, file, content, error);
	if (status)
		byte_source_free(source);
	return status;
}

/* File order of the rows in the data set: training rows, then test rows, each ascending. */
static int64_t *split_order(const struct task *task, int64_t rows, int64_t *train_rows,
			    struct error *error)
{
	int64_t test = task->split == SPLIT_LAST ? task->test_rows
						 : (int64_t)(task->test_fraction * (double)rows);
	if (test >= rows || test < 1) {
		char expected[64];
		snprintf(expected, sizeof expected, "from 1 to %lld", (long long)rows - 1);
		error_set(error, ERROR_INPUT, task->file_name, 0, 0, "split", expected,
			  "%lld test rows of %lld rows", (long long)test, (long long)rows);
		return NULL;
	}
	int64_t *order = array_take(rows, sizeof *order);
	int64_t *shuffled = array_take(rows, sizeof *shuffled);
	char *is_test = array_zeroed(rows, 1);
	if (!order || !shuffled || !is_test) {
		free(order);
		order = NULL;
		error_no_memory(error, NULL);
	} else {
		for (int64_t i = 0; i < rows; i++)
			shuffled[i] = i;
		if (task->split == SPLIT_SEEDED) {
			struct random_stream stream;
			random_open(&stream, task->split_seed, "test split", task->name);
			random_shuffle(&stream, shuffled, rows);
		}
		for (int64_t i = 0; i < test && task->split == SPLIT_SEEDED; i++)
			is_test[shuffled[i]] = 1;
		if (task->split != SPLIT_SEEDED)
			memset(is_test + rows - test, 1, (size_t)test);
		int64_t train_at = 0, test_at = rows - test;
		for (int64_t i = 0; i < rows; i++)
			order[is_test[i] ? test_at++ : train_at++] = i;
		*train_rows = rows - test;
	}
	free(shuffled);
	free(is_test);
	return order;
}

static int allocate(struct dataset *d, bool bytes, struct error *error)
{
	int64_t inputs = d->rows * d->input_dim;
	d->targets = array_zeroed(d->rows * d->output_dim, sizeof *d->targets);
	if (bytes)
		d->bytes = array_take(inputs, 1);
	else
		d->inputs = array_take(inputs, sizeof *d->inputs);
	d->class_names = array_zeroed(d->output_dim, sizeof *d->class_names);
	d->input_names = array_zeroed(d->input_dim, sizeof *d->input_names);
	if (!d->targets || !(d->bytes || d->inputs) || !d->class_names || !d->input_names)
		return error_no_memory(error, NULL);
	large_pages_ask(d->inputs, d->inputs ? (size_t)inputs * sizeof *d->inputs : 0);
	return 0;
}

static int name_it(char **names, int64_t index, struct error *error, const char *first,
		   const char *separator, const char *second)
{
	size_t size = strlen(first) + strlen(separator) + strlen(second) + 1;
	names[index] = malloc(size);
	if (!names[index])
		return error_no_memory(error, NULL);
	snprintf(names[index], size, "%s%s%s", first, separator, second);
	return 0;
}

static int name_columns(struct dataset *d, struct error *error)
{
	int status = 0;
	for (int64_t c = 0; c < d->encoder->count; c++) {
		const struct encoded_column *column = &d->encoder->columns[c];
		const char *name = column->column->name;
		bool label = column->column->role == COLUMN_LABEL;
		int64_t values = column->width - column->flagged;
		for (int64_t i = 0; !status && i < values; i++) {
			bool named = label || column->column->role == COLUMN_CATEGORY;
			status =
			    name_it(label ? d->class_names : d->input_names, column->offset + i,
				    error, label ? d->heads.head[column->column->head].name : name,
				    named ? "=" : "", named ? column->values[i] : "");
		}
		if (!status && column->flagged)
			status = name_it(d->input_names, column->offset + values, error, name,
					 " missing", "");
	}
	return status;
}

static void place_csv_heads(struct dataset *d)
{
	for (int64_t c = 0; c < d->encoder->count; c++) {
		const struct encoded_column *column = &d->encoder->columns[c];
		if (column->column->role != COLUMN_LABEL)
			continue;
		d->heads.head[column->column->head].offset = column->offset;
		d->heads.head[column->column->head].width = column->width;
	}
}

static int encode_table(struct dataset *d, const struct task *task, const struct csv_table *table,
			const int64_t *order, struct error *error)
{
	d->encoder = calloc(1, sizeof *d->encoder);
	int64_t *index = array_take(task->column_count, sizeof *index);
	int status = d->encoder && index ? 0 : error_no_memory(error, NULL);
	status = status ? status : encoder_map(task, table, true, index, error);
	status =
	    status ? status : encoder_fit(d->encoder, task, table, order, d->train_rows, error);
	if (!status) {
		d->input_dim = d->encoder->input_dim;
		d->output_dim = d->encoder->output_dim;
		place_csv_heads(d);
		status = allocate(d, false, error);
	}
	for (int64_t r = 0; !status && r < d->rows; r++)
		status =
		    encoder_row(d->encoder, table, order[r], index, d->inputs + r * d->input_dim,
				d->targets + r * d->output_dim, error);
	free(index);
	return status ? status : name_columns(d, error);
}

static int load_csv(struct dataset *d, const struct task *task, char (*content)[65],
		    struct error *error)
{
	struct byte_source source;
	struct csv_table table;
	int status = read_pinned(task, 0, &source, content[0], error);
	if (status)
		return status;
	status = csv_table_parse(&table, task->files[0].path, source.bytes, source.size,
				 task->delimiter, task->header, error);
	byte_source_free(&source);
	if (status)
		return status;
	d->rows = table.rows;
	int64_t *order = split_order(task, table.rows, &d->train_rows, error);
	status = order ? encode_table(d, task, &table, order, error) : error->status;
	free(order);
	csv_table_free(&table);
	return status;
}

static int find_role(const struct task *task, const char *role)
{
	int i = 0;
	while (strcmp(task->files[i].role, role) != 0)
		i++;
	return i;
}

/* "28 x 28". */
static void describe_shape(const struct idx *idx, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (int i = 1; i < idx->dims && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%lld", i > 1 ? " x " : "",
					 (long long)idx->size[i]);
}

/* Equal counts of pixels are not enough: 2 x 8 is no 4 x 4. */
static int check_shape(const struct idx *idx, const struct idx *train, const struct task *task,
		       int file, struct error *error)
{
	char shape[80], wanted[80], expected[400];
	bool same = idx->dims == train->dims;
	for (int i = 1; same && i < idx->dims; i++)
		same = idx->size[i] == train->size[i];
	if (same)
		return 0;
	describe_shape(idx, shape, sizeof shape);
	describe_shape(train, wanted, sizeof wanted);
	snprintf(expected, sizeof expected, "%s, as in %.300s", wanted,
		 task->files[find_role(task, "train_images")].path);
	return error_set(error, ERROR_INPUT, task->files[file].path, 0, 0, NULL, expected,
			 "images of %s", shape);
}

/* Training or test rows of an IDX task. */
struct idx_part {
	const char *images, *labels; /* roles */
	int64_t first, items;        /* rows; items are known when the images are read */
};

/* Pixels of one part into d->bytes; the first part sets the shape. */
static int load_images(struct dataset *d, const struct task *task, struct idx_part *part,
		       struct idx *train, char (*content)[65], struct error *error)
{
	struct byte_source source;
	struct idx idx;
	int64_t first = part->first;
	int file = find_role(task, part->images);
	int status = read_pinned(task, file, &source, content[file], error);
	if (status)
		return status;
	status = idx_parse(&idx, &source, task->files[file].path, error);
	if (!status && first)
		status = check_shape(&idx, train, task, file, error);
	if (!status) {
		if (!first)
			*train = idx;
		/* Not grown in place: what is moved stays on the pages that it had. */
		const int64_t size = (first + idx.items) * idx.item_size;
		uint8_t *bytes = array_take(size, 1);
		if (bytes) {
			large_pages_ask(bytes, (size_t)size);
			if (first)
				memcpy(bytes, d->bytes, (size_t)(first * idx.item_size));
			free(d->bytes);
			d->bytes = bytes;
			d->input_dim = idx.item_size;
			part->items = idx.items;
			memcpy(bytes + first * idx.item_size, idx.data,
			       (size_t)(idx.items * idx.item_size));
		} else {
			status = error_no_memory(error, NULL);
		}
	}
	byte_source_free(&source);
	return status;
}

static int load_labels(struct dataset *d, const struct task *task, const struct idx_part *part,
		       char (*content)[65], struct error *error)
{
	struct byte_source source;
	struct idx idx;
	int file = find_role(task, part->labels);
	const char *path = task->files[file].path;
	char expected[64];
	int status = read_pinned(task, file, &source, content[file], error);
	if (status)
		return status;
	status = idx_parse(&idx, &source, path, error);
	snprintf(expected, sizeof expected, "%lld, one per image", (long long)part->items);
	if (!status && (idx.items != part->items || idx.item_size != 1))
		status = error_set(error, ERROR_INPUT, path, 0, 0, NULL, expected, "%lld labels",
				   (long long)(idx.items * idx.item_size));
	snprintf(expected, sizeof expected, "a class from 0 to %lld", (long long)d->output_dim - 1);
	for (int64_t i = 0; !status && i < part->items; i++) {
		if (idx.data[i] >= d->output_dim)
			status = error_set(error, ERROR_INPUT, path, 0, 0, NULL, expected,
					   "label %d of item %lld", idx.data[i], (long long)i + 1);
		else
			d->targets[(part->first + i) * d->output_dim + idx.data[i]] = 1.0f;
	}
	byte_source_free(&source);
	return status;
}

/* byte b stands for (b - mean) / std over all training pixels; sums of bytes and of their squares
 * are exact. */
static void standardise_bytes(struct dataset *d)
{
	uint64_t sum = 0, square = 0, count = (uint64_t)(d->train_rows * d->input_dim);
	for (uint64_t i = 0; i < count; i++) {
		sum += d->bytes[i];
		square += (uint64_t)d->bytes[i] * d->bytes[i];
	}
	double mean = (double)sum / (double)count;
	double variance = (double)square / (double)count - mean * mean;
	d->constant_bytes = !(variance > 0.0);
	double std = sqrt(variance);
	for (int b = 0; b < 256; b++)
		d->byte_value[b] = d->constant_bytes ? 0.0f : (float)(((double)b - mean) / std);
}

static int name_pixels(struct dataset *d, const struct task *task, struct error *error)
{
	int status = 0;
	for (int64_t i = 0; !status && i < d->input_dim; i++) {
		char number[32];
		snprintf(number, sizeof number, "%lld", (long long)i);
		status = name_it(d->input_names, i, error, "pixel", "", number);
	}
	for (int64_t c = 0; !status && c < d->output_dim; c++)
		status = name_it(d->class_names, c, error, d->heads.head[0].name, "=",
				 task->columns[0].values[c]);
	return status;
}

static int load_idx(struct dataset *d, const struct task *task, char (*content)[65],
		    struct error *error)
{
	struct idx shape = {0};
	struct idx_part train = {.images = "train_images", .labels = "train_labels"};
	struct idx_part test = {.images = "test_images", .labels = "test_labels"};
	d->output_dim = task->columns[0].value_count;
	d->heads.head[0].width = d->output_dim;
	int status = load_images(d, task, &train, &shape, content, error);
	test.first = d->train_rows = train.items;
	status = status ? status : load_images(d, task, &test, &shape, content, error);
	if (status)
		return status;
	d->rows = d->train_rows + test.items;
	d->targets = array_zeroed(d->rows * d->output_dim, sizeof *d->targets);
	d->class_names = array_zeroed(d->output_dim, sizeof *d->class_names);
	d->input_names = array_zeroed(d->input_dim, sizeof *d->input_names);
	if (!d->targets || !d->class_names || !d->input_names)
		return error_no_memory(error, NULL);
	standardise_bytes(d);
	status = load_labels(d, task, &train, content, error);
	status = status ? status : load_labels(d, task, &test, content, error);
	return status ? status : name_pixels(d, task, error);
}

static int load_generated(struct dataset *d, const struct task *task, char (*content)[65],
			  struct error *error)
{
	(void)content;
	d->rows = task->generated_rows;
	d->input_dim = GENERATE_INPUTS;
	d->output_dim = GENERATE_DECISIONS + GENERATE_QUALITIES;
	d->heads.head[0].width = GENERATE_DECISIONS;
	d->heads.head[1].offset = GENERATE_DECISIONS;
	d->heads.head[1].width = GENERATE_QUALITIES;
	/* Rows are drawn independently: any split of their order is a fair one. */
	int64_t *order = split_order(task, d->rows, &d->train_rows, error);
	if (!order)
		return error->status;
	free(order);
	int status = allocate(d, false, error);
	if (status)
		return status;
	d->true_expert = array_take(d->rows, sizeof *d->true_expert);
	if (!d->true_expert)
		return error_no_memory(error, NULL);
	generate_quality_decision(task->generated_seed, d->rows, d->inputs, d->targets,
				  d->true_expert);
	for (int i = 0; !status && i < GENERATE_INPUTS; i++) {
		char name[32];
		generate_input_name(i, name);
		status = name_it(d->input_names, i, error, name, "", "");
	}
	for (int64_t c = 0; !status && c < d->output_dim; c++) {
		char number[32];
		bool decision = c < GENERATE_DECISIONS;
		snprintf(number, sizeof number, "%lld",
			 (long long)(decision ? c : c - GENERATE_DECISIONS));
		status = name_it(d->class_names, c, error, d->heads.head[decision ? 0 : 1].name,
				 decision ? "=" : ".", number);
	}
	return status;
}

int dataset_load(struct dataset *dataset, const struct task *task, struct error *error)
{
	static int (*const load[])(struct dataset *, const struct task *, char(*)[65],
				   struct error *) = {load_csv, load_idx, load_generated};
	char content[TASK_MAX_FILES][65];
	struct dataset made = {.heads = task->heads};
	struct error local = {
	    0}; /* split_order reports through it even when the caller does not ask */
	int status = load[task->source](&made, task, content, &local);
	status = status ? status : dataset_identity(task, content, made.sha256, &local);
	if (status) {
		dataset_free(&made);
		if (error)
			*error = local;
		return status;
	}
	*dataset = made;
	return 0;
}

void dataset_print_notes(const struct dataset *dataset, const struct task *task, FILE *out)
{
	if (dataset->encoder)
		encoder_print_notes(dataset->encoder, task->files[0].path, out);
	else if (dataset->constant_bytes)
		fprintf(out, "note: %s: every training pixel is %d: its input is 0 for any value\n",
			task->files[find_role(task, "train_images")].path, dataset->bytes[0]);
}

static void free_names(char **names, int64_t count)
{
	for (int64_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

void dataset_free(struct dataset *dataset)
{
	free_names(dataset->class_names, dataset->output_dim);
	free_names(dataset->input_names, dataset->input_dim);
	free(dataset->inputs);
	free(dataset->bytes);
	free(dataset->targets);
	free(dataset->true_expert);
	if (dataset->encoder)
		encoder_free(dataset->encoder);
	free(dataset->encoder);
	memset(dataset, 0, sizeof *dataset);
}

int dataset_encode_file(const struct dataset *dataset, const struct task *task,
			const char *file_name, float **inputs, uint32_t **lines, int64_t *rows,
			struct error *error)
{
	struct byte_source source;
	struct csv_table table;
	if (!dataset->encoder)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a run of a CSV task",
				 "task %s does not read CSV files", task->name);
	int status = byte_source_read(&source, file_name, error);
	if (status)
		return status;
	status = csv_table_parse(&table, file_name, source.bytes, source.size, task->delimiter,
				 task->header, error);
	byte_source_free(&source);
	if (status)
		return status;
	int64_t *index = array_take(task->column_count, sizeof *index);
	float *made = array_take(table.rows * dataset->input_dim, sizeof *made);
	uint32_t *places = array_take(table.rows, sizeof *places);
	status = index && made && places ? encoder_map(task, &table, false, index, error)
					 : error_no_memory(error, NULL);
	for (int64_t r = 0; !status && r < table.rows; r++) {
		places[r] = table.fields[r * table.columns].line;
		status = encoder_row(dataset->encoder, &table, r, index,
				     made + r * dataset->input_dim, NULL, error);
	}
	if (status) {
		free(made);
		free(places);
	} else {
		*inputs = made;
		*lines = places;
		*rows = table.rows;
	}
	free(index);
	csv_table_free(&table);
	return status;
}
