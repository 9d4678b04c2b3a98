/* SPDX-License-Identifier: Apache-2.0 */
/* The header is trusted in nothing: names, types, shapes and offsets are each checked against the
 * architecture before a byte of data is read. */
#include "models/checkpoint_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/json_file.h"
#include "foundation/memory_stream.h"

static const char metadata_key[] = "__metadata__";

void checkpoint_shape_text(const struct arch_tensor *tensor, char text[CHECKPOINT_SHAPE_TEXT])
{
	if (tensor->role == TENSOR_WEIGHT)
		snprintf(text, CHECKPOINT_SHAPE_TEXT, "[%lld,%lld]", (long long)tensor->rows,
			 (long long)tensor->cols);
	else
		snprintf(text, CHECKPOINT_SHAPE_TEXT, "[%lld]", (long long)tensor->rows);
}

char *checkpoint_header_text(const struct arch *arch, size_t *size)
{
	char *text = NULL;
	FILE *out = memory_stream_open(&text, size);
	if (out == NULL)
		return NULL;
	fprintf(out, "{\"%s\":{\"format\":\"pt\"}", metadata_key);
	int64_t begin = 0;
	for (int64_t i = 0; i < arch_tensor_count(arch); i++) {
		struct arch_tensor tensor;
		char shape[CHECKPOINT_SHAPE_TEXT];
		arch_tensor_at(arch, i, &tensor);
		checkpoint_shape_text(&tensor, shape);
		int64_t end = begin + tensor.rows * tensor.cols * CHECKPOINT_FLOAT;
		fprintf(out,
			",\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%lld,%lld]}",
			tensor.name, shape, (long long)begin, (long long)end);
		begin = end;
	}
	fputc('}', out);
	while (ftell(out) % CHECKPOINT_PREFIX != 0 && !ferror(out))
		fputc(' ', out);
	bool failed = ferror(out) != 0;
	failed |= fclose(out) != 0;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* A set of the arch's tensor names. */
static json_t *name_set(const struct arch *arch)
{
	json_t *names = json_object();
	for (int64_t i = 0; names != NULL && i < arch_tensor_count(arch); i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		if (json_object_set_new(names, tensor.name, json_null()) != 0) {
			json_decref(names);
			names = NULL;
		}
	}
	return names;
}

static int refuse_unknown(const struct json_file *file, const char *key, json_t *names,
			  struct error *error)
{
	const char **list = malloc((json_object_size(names) + 1) * sizeof *list);
	if (list == NULL)
		return error_no_memory(error, file->name);
	size_t count = 0;
	const char *name;
	json_t *unused;
	json_object_foreach(names, name, unused) list[count++] = name;
	list[count] = NULL;
	const char *near_name = error_near_name(key, list);
	long line, column;
	json_file_locate(file, key, true, &line, &column);
	int status = error_set(error, ERROR_INPUT, file->name, line, column, key,
			       "only the architecture's tensors", "unknown tensor%s%s%s",
			       near_name != NULL ? ", near \"" : "",
			       near_name != NULL ? near_name : "", near_name != NULL ? "\"" : "");
	free(list);
	return status;
}

/* Free text by the format: an object of strings. */
static int check_metadata(const struct json_file *file, struct error *error)
{
	const json_t *metadata;
	int status =
	    json_file_get_object(file, file->root, "", metadata_key, false, &metadata, error);
	if (status <= 0)
		return status;
	const char *key, *text;
	json_t *unused;
	json_object_foreach((json_t *)metadata, key, unused)
	{
		status =
		    json_file_get_string(file, metadata, metadata_key, key, true, &text, error);
		if (status < 0)
			return status;
	}
	return 0;
}

static int check_names(const struct json_file *file, const struct arch *arch, struct error *error)
{
	json_t *names = name_set(arch);
	if (names == NULL)
		return error_no_memory(error, file->name);
	int status = check_metadata(file, error);
	const char *key;
	json_t *unused;
	json_object_foreach(file->root, key, unused)
	{
		if (status != 0)
			break;
		if (strcmp(key, metadata_key) != 0 && json_object_get(names, key) == NULL)
			status = refuse_unknown(file, key, names, error);
	}
	json_decref(names);
	return status;
}

/* Refuses the array at NAME.key, quoted as it stands. */
static int refuse_array(const struct json_file *file, const char *name, const char *key,
			const json_t *array, const char *expected, struct error *error)
{
	char path[128];
	snprintf(path, sizeof path, "%s.%s", name, key);
	char *found = json_dumps(array, JSON_COMPACT);
	if (found == NULL)
		return error_no_memory(error, file->name);
	int status = json_file_refuse(file, path, error, expected, "found %s", found);
	free(found);
	return status;
}

static bool is_integer(const json_t *array, size_t index, int64_t value)
{
	const json_t *element = json_array_get(array, index);
	return json_is_integer(element) && json_integer_value(element) == value;
}

static int check_shape(const struct json_file *file, const json_t *entry,
		       const struct arch_tensor *tensor, struct error *error)
{
	const json_t *shape;
	char expected[CHECKPOINT_SHAPE_TEXT];
	int status = json_file_get_array(file, entry, tensor->name, "shape", true, &shape, error);
	if (status < 0)
		return status;
	bool matrix = tensor->role == TENSOR_WEIGHT;
	if (json_array_size(shape) == (matrix ? 2 : 1) && is_integer(shape, 0, tensor->rows) &&
	    (!matrix || is_integer(shape, 1, tensor->cols)))
		return 0;
	checkpoint_shape_text(tensor, expected);
	return refuse_array(file, tensor->name, "shape", shape, expected, error);
}

static int read_offsets(const struct json_file *file, const json_t *entry,
			const struct arch_tensor *tensor, int64_t *begin, struct error *error)
{
	const json_t *offsets;
	int status =
	    json_file_get_array(file, entry, tensor->name, "data_offsets", true, &offsets, error);
	if (status < 0)
		return status;
	int64_t bytes = tensor->rows * tensor->cols * CHECKPOINT_FLOAT;
	const json_t *first = json_array_get(offsets, 0);
	int64_t start = json_is_integer(first) ? json_integer_value(first) : -1;
	if (json_array_size(offsets) == 2 && start >= 0 && start <= INT64_MAX - bytes &&
	    is_integer(offsets, 1, start + bytes)) {
		*begin = start;
		return 0;
	}
	char expected[96];
	snprintf(expected, sizeof expected,
		 "[begin,end], begin at least 0, end %lld bytes after it", (long long)bytes);
	return refuse_array(file, tensor->name, "data_offsets", offsets, expected, error);
}

static int read_slot(const struct json_file *file, const struct arch_tensor *tensor,
		     struct checkpoint_slot *slot, struct error *error)
{
	static const char *const keys[] = {"dtype", "shape", "data_offsets", NULL};
	static const char *const types[] = {"F32", NULL};
	const json_t *entry;
	int type;
	if (json_object_get(file->root, tensor->name) == NULL) {
		char shape[CHECKPOINT_SHAPE_TEXT], expected[CHECKPOINT_SHAPE_TEXT + 32];
		checkpoint_shape_text(tensor, shape);
		snprintf(expected, sizeof expected, "a tensor of shape %s", shape);
		return json_file_refuse(file, tensor->name, error, expected, "missing");
	}
	int status = json_file_get_object(file, file->root, "", tensor->name, true, &entry, error);
	if (status < 0)
		return status;
	status = json_file_check_keys(file, entry, tensor->name, keys, error);
	if (status < 0)
		return status;
	status =
	    json_file_get_choice(file, entry, tensor->name, "dtype", true, types, &type, error);
	if (status < 0)
		return status;
	status = check_shape(file, entry, tensor, error);
	if (status < 0)
		return status;
	slot->rows = tensor->rows;
	slot->cols = tensor->cols;
	return read_offsets(file, entry, tensor, &slot->begin, error);
}

static int compare_begin(const void *a, const void *b)
{
	const struct checkpoint_slot *left = a, *right = b;
	return (left->begin > right->begin) - (left->begin < right->begin);
}

/* In ascending order every tensor must begin where the one before it ended. */
static int check_tiling(const struct json_file *file, const struct arch *arch,
			const struct checkpoint_slot *slots, struct error *error)
{
	int64_t end = 0;
	for (int64_t i = 0; i < arch_tensor_count(arch); i++) {
		const struct checkpoint_slot *slot = &slots[i];
		if (slot->begin != end) {
			struct arch_tensor tensor;
			char path[96], expected[64];
			arch_tensor_at(arch, slot->index, &tensor);
			snprintf(path, sizeof path, "%s.data_offsets[0]", tensor.name);
			snprintf(expected, sizeof expected, "%lld", (long long)end);
			return json_file_refuse(file, path, error, expected, "found %lld, %s",
						(long long)slot->begin,
						slot->begin < end ? "an overlap" : "a gap");
		}
		end += slot->rows * slot->cols * CHECKPOINT_FLOAT;
	}
	return 0;
}

static int read_slots(const struct json_file *file, const struct arch *arch, int64_t data_size,
		      struct checkpoint_slot *slots, struct error *error)
{
	int64_t offset = 0, count = arch_tensor_count(arch);
	int status = check_names(file, arch, error);
	for (int64_t i = 0; status == 0 && i < count; i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		slots[i].index = i;
		slots[i].offset = offset;
		offset += tensor.rows * tensor.cols;
		status = read_slot(file, &tensor, &slots[i], error);
	}
	if (status != 0)
		return status;
	if (data_size != offset * CHECKPOINT_FLOAT) {
		char expected[64];
		snprintf(expected, sizeof expected, "%lld", (long long)(offset * CHECKPOINT_FLOAT));
		return error_set(error, ERROR_INPUT, file->name, 0, 0, NULL, expected,
				 "found %lld bytes of data", (long long)data_size);
	}
	qsort(slots, (size_t)count, sizeof *slots, compare_begin);
	return check_tiling(file, arch, slots, error);
}

int checkpoint_header_read(const char *file_name, const char *text, size_t size, int64_t data_size,
			   const struct arch *arch, struct checkpoint_slot **slots,
			   struct error *error)
{
	struct json_file file;
	int status = json_file_parse(&file, file_name, text, size, error);
	if (status != 0)
		return status;
	struct checkpoint_slot *read = calloc((size_t)arch_tensor_count(arch), sizeof *read);
	status = read == NULL ? error_no_memory(error, file_name)
			      : read_slots(&file, arch, data_size, read, error);
	json_file_free(&file);
	if (status == 0)
		*slots = read;
	else
		free(read);
	return status;
}
