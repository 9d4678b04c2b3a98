/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/provenance.h"

#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "foundation/build_info.h"
#include "harness/tasks/dataset.h"
#include "harness/tasks/dataset_hash.h"
#include "harness/runs/libraries.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "kernels/cpu.h"
#include "kernels/share.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"

/* What a record must have.  A text may be empty where "" says something. */
enum field_kind {
	FIELD_TEXT,
	FIELD_LATER_TEXT, /* records older than the field lack it */
	FIELD_LATER_COUNT,
	FIELD_ANY_TEXT,
	FIELD_HASH,
	FIELD_HASH_OR_NULL,
	FIELD_FLAG,
	FIELD_MAP
};
static const struct {
	const char *name;
	enum field_kind kind;
} fields[] = {
    {"version", FIELD_LATER_TEXT},
    {"architecture", FIELD_TEXT},
    {"cpu", FIELD_TEXT},
    {"features", FIELD_ANY_TEXT},
    {"isa", FIELD_TEXT},
    {"blis", FIELD_TEXT},
    {"threads", FIELD_LATER_COUNT},
    {"choice", FIELD_TEXT},
    {"warning", FIELD_ANY_TEXT},
    {"contract_check", FIELD_TEXT},
    {"compiler", FIELD_TEXT},
    {"flags", FIELD_TEXT},
    {"level_flags", FIELD_ANY_TEXT},
    {"commit", FIELD_TEXT},
    {"dirty", FIELD_FLAG},
    {"diff_sha256", FIELD_HASH_OR_NULL},
    {"source_sha256", FIELD_HASH},
    {"executable_sha256", FIELD_HASH},
    {"libraries", FIELD_MAP},
    {"shared_libraries", FIELD_MAP},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static bool is_text(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && text[0];
}

static bool is_hash(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* Every member a text that says something. */
static bool is_map(const json_t *value)
{
	json_t *walk = (json_t *)(uintptr_t)value, *member;
	const char *key;
	json_object_foreach(walk, key, member)
	{
		if (!is_text(member))
			return false;
	}
	return json_is_object(value) && json_object_size(value) > 0;
}

static bool has_value(const json_t *value, enum field_kind kind)
{
	switch (kind) {
	case FIELD_TEXT:
		return is_text(value);
	case FIELD_LATER_TEXT:
		return !value || is_text(value);
	case FIELD_LATER_COUNT:
		return !value || json_integer_value(value) > 0;
	case FIELD_ANY_TEXT:
		return json_is_string(value);
	case FIELD_HASH:
		return is_hash(value);
	case FIELD_HASH_OR_NULL:
		return is_hash(value) || json_is_null(value);
	case FIELD_FLAG:
		return json_is_boolean(value) || json_is_null(value);
	case FIELD_MAP:
		return is_map(value);
	}
	return false;
}

int provenance_missing(const json_t *environment, char *name, size_t size)
{
	for (int i = 0; i < FIELDS; i++) {
		const json_t *value = json_object_get(environment, fields[i].name);
		if (has_value(value, fields[i].kind))
			continue;
		snprintf(name, size, "environment.%s", fields[i].name);
		return -1;
	}
	return 0;
}

int provenance_check_file(const struct json_file *file, struct error *error)
{
	char name[80];
	const json_t *environment, *data;
	int status =
	    json_file_get_object(file, file->root, "", "environment", true, &environment, error);
	if (status < 0)
		return status;
	status = json_file_get_array(file, file->root, "", "data", true, &data, error);
	if (status < 0)
		return status;
	if (provenance_missing(environment, name, sizeof name))
		return json_file_refuse(file, name, error, "every field of a record of schema 2",
					"missing, or without a value");
	return 0;
}

static void put(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static void put_machine(json_t *object, const struct backend *backend)
{
	struct cpu cpu;
	char features[128];
	cpu_detect(&cpu);
	cpu_features(&cpu, features, sizeof features);
	put(object, "architecture", cpu.architecture);
	put(object, "cpu", cpu.model[0] ? cpu.model : "unknown");
	put(object, "features", features);
	put(object, "isa", backend->level);
	put(object, "blis", backend->blis_name);
	json_object_set_new(object, "threads", json_integer(share_threads(backend)));
	put(object, "choice", backend->choice[0] ? backend->choice : "oracle: asked for");
	put(object, "warning", backend->warning);
	put(object, "contract_check", "passed"); /* a backend that is open has passed */
}

static void put_build(json_t *object)
{
	const struct build_info *build = build_info();
	put(object, "version", build->version);
	put(object, "compiler", build->compiler);
	put(object, "flags", build->flags);
	put(object, "level_flags", build->level_flags);
	put(object, "commit", build->commit);
	json_object_set_new(object, "dirty",
			    build->known ? json_boolean(build->dirty) : json_null());
	json_object_set_new(object, "diff_sha256",
			    build->dirty ? json_string(build->diff_sha256) : json_null());
	put(object, "source_sha256", build->source_sha256);
}

int provenance_gather(json_t **environment, const struct backend *backend, const char *cache_dir,
		      struct error *error)
{
	char executable[65] = "", name[80];
	json_t *loaded = NULL;
	int status = provenance_loaded(&loaded, executable, cache_dir, error);
	if (status)
		return status;
	json_t *object = json_object();
	put_machine(object, backend);
	put_build(object);
	put(object, "executable_sha256", executable);
	json_object_set_new(object, "libraries", provenance_versions());
	json_object_set_new(object, "shared_libraries", loaded);
	if (json_memory_failed()) {
		json_decref(object);
		return json_memory_refuse(NULL, error);
	}
	/* A text that is not UTF-8 shows as a field that is not there. */
	if (provenance_missing(object, name, sizeof name)) {
		json_decref(object);
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, name,
				 "to find out all that a record must have",
				 "cannot be found out on this machine");
	}
	*environment = object;
	return 0;
}

int provenance_save_diff(const char *results_dir, const char *experiment, struct error *error)
{
	const struct build_info *build = build_info();
	char folder[PATH_MAX], path[PATH_MAX];
	struct stat info;
	if (!build->dirty)
		return 0;
	int status =
	    path_make(folder, sizeof folder, error, "%s/%s/provenance", results_dir, experiment);
	if (!status)
		status =
		    path_make(path, sizeof path, error, "%s/%s.diff", folder, build->diff_sha256);
	if (status)
		return status;
	if (stat(path, &info) == 0 && (size_t)info.st_size == build->diff_size)
		return 0;
	status = folder_make(folder, error);
	return status ? status : text_file_write(path, build->diff, build->diff_size, error);
}

int provenance_check_contract(const struct backend *backend, struct error *error)
{
	const char *op = backend_check_oracle();
	if (!op)
		op = share_check(backend);
	if (!op)
		return 0;
	return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL,
			 "the contract to hold from the start of a run to its end",
			 "%s differs from the oracle after training, not before", op);
}

static json_t *describe_files(const struct task *task, char (*content)[65])
{
	json_t *list = json_array();
	for (int i = 0; i < task->file_count; i++) {
		const char *path = task->files[i].path, *slash = strrchr(path, '/');
		json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "role", task->files[i].role,
						      "name", slash ? slash + 1 : path, "sha256",
						      content[i]));
	}
	if (task->generator)
		json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:I}", "role", "generator",
						      "name", task->generator, "rows",
						      (json_int_t)task->generated_rows, "seed",
						      (json_int_t)task->generated_seed));
	return list;
}

int provenance_data(json_t **data, const struct task *task, const char *data_sha256,
		    const char *cache_dir, struct error *error)
{
	char content[TASK_MAX_FILES][65], hex[65];
	int status = dataset_content(task, cache_dir, content, hex, error);
	if (status)
		return status;
	if (strcmp(hex, data_sha256) != 0)
		return error_set(error, ERROR_INPUT, task->file_name, 0, 0, NULL,
				 "the data that were planned", "the data changed during the run");
	json_t *list = describe_files(task, content);
	if (json_array_size(list) != (size_t)task->file_count + (task->generator != NULL)) {
		json_decref(list);
		return json_memory_refuse(task->file_name, error);
	}
	if (json_array_size(list) == 0) {
		json_decref(list);
		return error_set(error, ERROR_MACHINE, task->file_name, 0, 0, "data",
				 "files or a generator", "cannot describe the task's data");
	}
	*data = list;
	return 0;
}

int provenance_open(struct provenance *provenance, const char *results_dir,
		    const struct run_spec *run, const struct task *task,
		    const struct backend *backend, struct error *error)
{
	char cache[PATH_MAX];
	struct provenance made = {0};
	int status = path_make(cache, sizeof cache, error, "%s/.cache", results_dir);
	status =
	    status ? status : provenance_data(&made.data, task, run->data_sha256, cache, error);
	if (!status)
		status = provenance_gather(&made.environment, backend, cache, error);
	if (!status)
		status = provenance_save_diff(results_dir, run->experiment, error);
	if (status)
		provenance_close(&made);
	else
		*provenance = made;
	return status;
}

void provenance_close(struct provenance *provenance)
{
	json_decref(provenance->environment);
	json_decref(provenance->data);
	*provenance = (struct provenance){0};
}
