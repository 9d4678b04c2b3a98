/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/golden.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/json_write.h"
#include "kernels/contract.h"
#include "foundation/json_file.h"
#include "foundation/text_file.h"

static int read_run(const struct json_file *file, const char *id, const json_t *value,
		    struct golden_run *run, struct error *error)
{
	static const char *const keys[] = {"task",           "arm", "variant", "seed",
					   "weights_sha256", NULL};
	char path[64];
	const char *hash = "";
	snprintf(path, sizeof path, "runs.%.40s", id);
	if (strlen(id) != 16 || strspn(id, "0123456789abcdef") != 16 || !json_is_object(value))
		return json_file_refuse(file, path, error, "a run_id and an object", "found \"%s\"",
					id);
	int status = json_file_check_keys(file, value, path, keys, error);
	if (!status)
		status =
		    json_file_get_string(file, value, path, "weights_sha256", true, &hash, error);
	if (status < 0)
		return status;
	if (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
		return json_file_refuse(file, path, error, "64 lower-case hex digits",
					"weights_sha256 \"%s\"", hash);
	memcpy(run->run_id, id, 17);
	memcpy(run->weights_sha256, hash, 65);
	return 0;
}

static int read_runs(struct golden *golden, const struct json_file *file, struct error *error)
{
	static const char *const keys[] = {"schema", "contract", "runs", NULL};
	const json_t *runs = NULL;
	const char *schema = "", *id;
	json_t *value;
	int status = json_file_check_keys(file, file->root, "", keys, error);
	if (!status)
		status = json_file_get_string(file, file->root, "", "schema", true, &schema, error);
	if (status > 0 && strcmp(schema, "sheafbench/golden/1") != 0)
		status = json_file_refuse(file, "schema", error, "\"sheafbench/golden/1\"",
					  "found \"%s\"", schema);
	if (status > 0)
		status = json_file_get_integer(file, file->root, "", "contract", true, 1, 1000,
					       &golden->contract, error);
	if (status > 0)
		status = json_file_get_object(file, file->root, "", "runs", true, &runs, error);
	if (status < 0)
		return status;
	golden->runs = calloc(json_object_size(runs) + 1, sizeof *golden->runs);
	if (!golden->runs)
		return error_no_memory(error, NULL);
	json_object_foreach((json_t *)(uintptr_t)runs, id, value)
	{
		status = read_run(file, id, value, &golden->runs[golden->count], error);
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

static void write_run(FILE *file, const char *before, const struct run_spec *run, const char *hash)
{
	fprintf(file, "%s\n    \"%s\": {\"task\": ", before, run->run_id);
	json_write_text(file, run->task_name);
	fputs(", \"arm\": ", file);
	json_write_text(file, run->arm);
	fputs(", \"variant\": ", file);
	json_write_text(file, run->variant);
	fprintf(file, ", \"seed\": %" PRIu64 ", \"weights_sha256\": \"%s\"}", run->seed, hash);
}

int golden_write(const char *file_name, const struct run_spec *const *runs,
		 const char (*hashes)[65], int64_t count, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	fprintf(stream.out,
		"{\n  \"schema\": \"sheafbench/golden/1\",\n  \"contract\": %d,\n  \"runs\": {",
		CONTRACT_VERSION);
	for (int64_t i = 0; i < count; i++)
		write_run(stream.out, i ? "," : "", runs[i], hashes[i]);
	fputs("\n  }\n}\n", stream.out);
	return text_stream_save(&stream, file_name, error);
}
