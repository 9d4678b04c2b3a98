/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/golden.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/json_file.h"
#include "foundation/text_file.h"

static const char *const schemas[] = {"sheafbench/golden/2", "sheafbench/golden/1", NULL};

/* The hash of a run, of which schema 1 told more. */
static int read_hash(const struct json_file *file, const char *path, const json_t *value,
		     bool schema1, const char **hash, struct error *error)
{
	static const char *const keys[] = {"task",           "arm", "variant", "seed",
					   "weights_sha256", NULL};
	*hash = json_string_value(value);
	if (!schema1)
		return *hash
			   ? 0
			   : json_file_refuse(file, path, error, "a string", "found another type");
	if (!json_is_object(value))
		return json_file_refuse(file, path, error, "an object", "found another type");
	int status = json_file_check_keys(file, value, path, keys, error);
	if (!status)
		status =
		    json_file_get_string(file, value, path, "weights_sha256", true, hash, error);
	return status < 0 ? status : 0;
}

static int read_run(const struct json_file *file, const char *path, const char *id,
		    const json_t *value, bool schema1, struct golden_run *run, struct error *error)
{
	const char *hash;
	if (strlen(id) != 16 || strspn(id, "0123456789abcdef") != 16)
		return json_file_refuse(file, path, error, "a run_id", "found \"%.40s\"", id);
	int status = read_hash(file, path, value, schema1, &hash, error);
	if (status)
		return status;
	if (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
		return json_file_refuse(file, path, error, "64 lower-case hex digits",
					"weights_sha256 \"%.80s\"", hash);
	memcpy(run->run_id, id, 17);
	memcpy(run->weights_sha256, hash, 65);
	return 0;
}

static int read_runs(struct golden *golden, const struct json_file *file, struct error *error)
{
	const char *keys[] = {"schema", "contract", "weights_sha256", NULL};
	const json_t *runs = NULL;
	const char *id;
	json_t *value;
	int schema = 0;
	int status =
	    json_file_get_choice(file, file->root, "", "schema", true, schemas, &schema, error);
	bool schema1 = schema == 1;
	keys[2] = schema1 ? "runs" : "weights_sha256";
	if (status > 0)
		status = json_file_check_keys(file, file->root, "", keys, error);
	if (status >= 0)
		status = json_file_get_integer(file, file->root, "", "contract", true, 1, 1000,
					       &golden->contract, error);
	if (status > 0)
		status = json_file_get_object(file, file->root, "", keys[2], true, &runs, error);
	if (status < 0)
		return status;
	golden->runs = calloc(json_object_size(runs) + 1, sizeof *golden->runs);
	if (!golden->runs)
		return error_no_memory(error, NULL);
	json_object_foreach((json_t *)(uintptr_t)runs, id, value)
	{
		char path[80];
		snprintf(path, sizeof path, "%s.%.40s", keys[2], id);
		status =
		    read_run(file, path, id, value, schema1, &golden->runs[golden->count], error);
		if (status)
			return status;
		golden->count++;
	}
	return 0;
}

int golden_read(struct golden *golden, const char *file_name, struct error *error)
{
	struct json_file file;
	struct golden made = {0};
	int status = json_file_load(&file, file_name, error);
	if (status)
		return status;
	status = read_runs(&made, &file, error);
	json_file_free(&file);
	if (status) {
		golden_free(&made);
		return status;
	}
	*golden = made;
	return 0;
}

void golden_free(struct golden *golden)
{
	free(golden->runs);
	memset(golden, 0, sizeof *golden);
}

const struct golden_run *golden_find(const struct golden *golden, const char *run_id)
{
	for (int64_t i = 0; i < golden->count; i++)
		if (!strcmp(golden->runs[i].run_id, run_id))
			return &golden->runs[i];
	return NULL;
}

int golden_write(const char *file_name, const struct golden *golden, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	fprintf(stream.out,
		"{\n  \"schema\": \"%s\",\n  \"contract\": %" PRId64 ",\n  \"weights_sha256\": {",
		schemas[0], golden->contract);
	for (int64_t i = 0; i < golden->count; i++)
		fprintf(stream.out, "%s\n    \"%s\": \"%s\"", i ? "," : "", golden->runs[i].run_id,
			golden->runs[i].weights_sha256);
	fputs("\n  }\n}\n", stream.out);
	return text_stream_save(&stream, file_name, error);
}
