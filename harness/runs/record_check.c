/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/record_check.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "foundation/json_write.h"
#include "foundation/number_text.h"
#include "foundation/text_file.h"
#include "models/checkpoint.h"
#include "foundation/digest.h"
#include "foundation/path.h"

int run_seal(const char *file_name, const char *text, size_t size, char seal[RUN_SEAL + 1],
	     struct error *error)
{
	char hex[65];
	digest_bytes(text, size, hex);
	int status = digest_check(hex, file_name, error);
	if (!status)
		snprintf(seal, RUN_SEAL + 1, RUN_SEAL_BEGIN "%s" RUN_SEAL_END, hex);
	return status;
}

int run_check_seal(const struct json_file *file, bool sealed, struct error *error)
{
	char seal[RUN_SEAL + 1];
	if (!sealed && !json_object_get(file->root, "sha256"))
		return 0;
	if (file->size <= RUN_SEAL)
		return json_file_refuse(file, "", error, "a SHA-256 at its end", "found none");
	size_t size = file->size - RUN_SEAL;
	int status = run_seal(file->name, file->text, size, seal, error);
	if (status || memcmp(file->text + size, seal, RUN_SEAL) == 0)
		return status;
	char expected[80];
	snprintf(expected, sizeof expected, "%.64s", seal + sizeof RUN_SEAL_BEGIN - 1);
	return json_file_refuse(file, "sha256", error, expected,
				"the bytes before it have another SHA-256 than it says");
}

/* As harness/experiment/identity.h has it; the keys were sorted when the record was written. */
static void write_canonical(FILE *out, const json_t *value)
{
	char number[NUMBER_TEXT];
	const char *key;
	json_t *member;
	bool first = true;
	if (json_is_object(value)) {
		fputc('{', out);
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			fputs(first ? "" : ",", out);
			json_write_text(out, key);
			fputc(':', out);
			write_canonical(out, member);
			first = false;
		}
		fputc('}', out);
	} else if (json_is_array(value)) {
		fputc('[', out);
		for (size_t i = 0; i < json_array_size(value); i++) {
			fputs(i > 0 ? "," : "", out);
			write_canonical(out, json_array_get(value, i));
		}
		fputc(']', out);
	} else if (json_is_real(value)) {
		number_text(json_real_value(value), number);
		fputs(number, out);
	} else {
		json_write_value(out, value);
	}
}

static int hash_config(const json_t *config, char hex[65], struct error *error)
{
	struct text_stream stream;
	char *text;
	size_t size;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	write_canonical(stream.out, config);
	status = text_stream_take(&stream, &text, &size, error);
	if (status)
		return status;
	digest_bytes(text, size, hex);
	free(text);
	return digest_check(hex, NULL, error);
}

/* What stands in the config stands beside it too, for those who read no config. */
static int check_copies(const struct run_file *run, const json_t *config, struct error *error)
{
	const struct {
		const char *key, *path;
		json_t *value;
	} copies[] = {
	    {"contract", "contract", json_integer(run->contract)},
	    {"data_sha256", "data_sha256", json_string(run->data_sha256)},
	    {"evaluate_on", "evaluated_on", json_string(run->on_test ? "test" : "validation")},
	    {"seed", "seed", json_integer(run->seed)},
	    {"task", "task", json_string(run->task)},
	};
	const char *different = NULL;
	bool made = true;
	for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
		const json_t *in_config = json_object_get(config, copies[i].key);
		made = made && copies[i].value;
		if (in_config && !json_equal(in_config, copies[i].value))
			different = copies[i].path;
		json_decref(copies[i].value);
	}
	if (!made)
		return error_no_memory(error, NULL);
	return different ? json_file_refuse(&run->file, different, error,
					    "the same as in the config", "found another value")
			 : 0;
}

int run_check_config(const struct run_file *run, struct error *error)
{
	char hex[65], expected[80];
	const json_t *config;
	int status =
	    json_file_get_object(&run->file, run->file.root, "", "config", true, &config, error);
	if (status >= 0)
		status = hash_config(config, hex, error);
	if (status)
		return status;
	snprintf(expected, sizeof expected, "%.16s, the hash of the config", hex);
	if (strncmp(run->run_id, hex, 16) != 0)
		return json_file_refuse(&run->file, "run_id", error, expected, "found \"%s\"",
					run->run_id);
	return check_copies(run, config, error);
}

static int check_bytes(const struct run_file *run, const char *folder, const char *name,
		       struct error *error)
{
	char path[PATH_MAX], hex[65];
	const json_t *files;
	const char *recorded = "";
	const struct json_file *file = &run->file;
	int status = json_file_get_object(file, file->root, "", "files", true, &files, error);
	if (status >= 0)
		status = json_file_get_string(file, files, "files", name, true, &recorded, error);
	if (status >= 0)
		status = path_make(path, sizeof path, error, "%s/%s", folder, name);
	status = status < 0 ? status : digest_file(path, hex, error);
	if (status || strcmp(hex, recorded) == 0)
		return status;
	return error_set(error, ERROR_INPUT, path, 0, 0, NULL, recorded,
			 "the file's SHA-256 is %s, not what its run.json has", hex);
}

int run_check_folder(const struct run_file *run, const char *file_name, bool sealed,
		     struct error *error)
{
	char folder[PATH_MAX], path[PATH_MAX];
	const char *slash = strrchr(file_name, '/');
	if (!slash || strcmp(slash, "/run.json") != 0)
		return 0;
	int status =
	    path_make(folder, sizeof folder, error, "%.*s", (int)(slash - file_name), file_name);
	if (status)
		return status;
	const char *last = strrchr(folder, '/'), *name = last ? last + 1 : folder;
	/* A record that was copied may have any other name. */
	if (strlen(name) == 16 && strspn(name, "0123456789abcdef") == 16 &&
	    strcmp(name, run->run_id) != 0)
		return json_file_refuse(&run->file, "run_id", error,
					"the name of the folder it is in", "found \"%s\"",
					run->run_id);
	if (sealed) {
		status = check_bytes(run, folder, "metrics.jsonl", error);
		return status ? status : check_bytes(run, folder, "arch.json", error);
	}
	status = path_make(path, sizeof path, error, "%s/metrics.jsonl", folder);
	return status ? status : run_log_check(path, run->steps, error);
}

static int check_tensors(const struct run_file *run, const char *path, const struct arch *arch,
			 struct error *error)
{
	char hex[65];
	float *weights = array_take(run->total_params, sizeof *weights);
	if (!weights)
		return error_no_memory(error, path);
	int status = checkpoint_read(path, arch, weights, error);
	if (!status) {
		checkpoint_weights_sha256(arch, weights, hex);
		status = run_check_digest(run, path, hex, error);
	}
	free(weights);
	return status;
}

int run_check_digest(const struct run_file *run, const char *file_name, const char *found,
		     struct error *error)
{
	if (strcmp(found, run->weights_sha256) == 0)
		return 0;
	int status = digest_check(found, file_name, error);
	if (status)
		return status;
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, run->weights_sha256,
			 "the weights' SHA-256 is %s", found);
}

int run_check_damage(int status, struct error *error)
{
	if (status != ERROR_INPUT || !error)
		return status;
	return error_set(error, status, error->file, error->line, error->column, error->path,
			 error->expected,
			 "damaged record (run and make ablation set it aside and train it again): "
			 "%s",
			 error->what);
}

static int check_model(const struct run_file *run, const char *folder, const struct arch *arch,
		       bool every_tensor, struct error *error)
{
	char path[PATH_MAX];
	bool sealed = json_object_get(run->file.root, "files") != NULL;
	int status = path_make(path, sizeof path, error, "%s/model.safetensors", folder);
	if (status)
		return status;
	int64_t params = arch_count(arch).total_params;
	if (params != run->total_params)
		return json_file_refuse(&run->file, "counts.total_params", error,
					"that of the network", "found %" PRId64 ", not %" PRId64,
					run->total_params, params);
	if (sealed)
		status = check_bytes(run, folder, "model.safetensors", error);
	if (status)
		return status;
	return every_tensor || !sealed ? check_tensors(run, path, arch, error)
				       : checkpoint_check(path, arch, error);
}

int run_check_weights(const struct run_file *run, const char *folder, const struct arch *arch,
		      struct error *error)
{
	char path[PATH_MAX];
	struct arch own;
	int status = 0;
	if (!arch) {
		status = path_make(path, sizeof path, error, "%s/arch.json", folder);
		status = status ? status : arch_read(&own, path, error);
		arch = &own;
	}
	status = status ? status : check_model(run, folder, arch, true, error);
	return run_check_damage(status, error);
}

int run_check_model(const struct run_file *run, const char *folder, const struct arch *arch,
		    struct error *error)
{
	return run_check_damage(check_model(run, folder, arch, false, error), error);
}
