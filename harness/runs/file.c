/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/file.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <math.h>   /* INFINITY */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "foundation/path.h"
#include "harness/runs/provenance.h"
#include "harness/runs/record_check.h"

/* A value that must consist of `digits` lower-case hex digits; `out` holds one more. */
static int get_hex(const struct json_file *file, const char *key, size_t digits, char *out,
		   struct error *error)
{
	const char *text;
	int status = json_file_get_string(file, file->root, "", key, true, &text, error);
	if (status < 0)
		return status;
	if (strlen(text) != digits || strspn(text, "0123456789abcdef") != digits) {
		char expected[48];
		snprintf(expected, sizeof expected, "%zu lower-case hex digits", digits);
		return json_file_refuse(file, key, error, expected, "found \"%.80s\"", text);
	}
	memcpy(out, text, digits + 1);
	return 0;
}

/* A schema above ours is another program's, unless a seal says that it was changed since. */
static bool is_newer(const struct json_file *file)
{
	static const char stem[] = "sheafbench/run/";
	const char *schema = json_string_value(json_object_get(file->root, "schema"));
	if (!schema || strncmp(schema, stem, sizeof stem - 1) != 0)
		return false;
	const char *number = schema + sizeof stem - 1;
	size_t digits = strspn(number, "0123456789");
	if (number[0] < '1' || number[0] > '9' || number[digits] || digits > 6 || atoi(number) <= 3)
		return false;
	return run_check_seal(file, false, NULL) == 0;
}

/* Records of schema 1 were made before all of their provenance was kept, those of schema 2 before
 * there were seals. */
static int check_schema(const struct json_file *file, bool *sealed, bool *newer,
			struct error *error)
{
	static const char *const schemas[] = {"sheafbench/run/1", "sheafbench/run/2",
					      "sheafbench/run/3", NULL};
	int schema = 0;
	*newer = is_newer(file);
	if (*newer)
		return json_file_refuse(
		    file, "schema", error, "sheafbench/run/3 or older",
		    "a newer version of sheafbench made this record, which stays as it is");
	int status =
	    json_file_get_choice(file, file->root, "", "schema", true, schemas, &schema, error);
	if (status < 0)
		return status;
	*sealed = schema >= 2;
	status = run_check_seal(file, *sealed, error);
	return status || schema == 0 ? status : provenance_check_file(file, error);
}

static int read_names(struct run_file *run, struct error *error)
{
	const struct {
		const char *key, **out;
		bool required;
	} names[] = {
	    {"experiment", &run->experiment, true},
	    {"config_file", &run->config_file, false},
	    {"task", &run->task, true},
	    {"arm", &run->arm, true},
	    {"variant", &run->variant, true},
	    {"primary_metric", &run->primary_metric, true},
	};
	const struct json_file *file = &run->file;
	run->config_file = "";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int status = json_file_get_string(file, file->root, "", names[i].key,
						  names[i].required, names[i].out, error);
		if (status < 0)
			return status;
	}
	int size = 0;
	int status =
	    json_file_get_choice(file, file->root, "", "size", true, arch_size_names, &size, error);
	run->size = (enum arch_size)size;
	return status < 0 ? status : 0;
}

static int read_hashes(struct run_file *run, struct error *error)
{
	int status = get_hex(&run->file, "run_id", 16, run->run_id, error);
	status = status ? status : get_hex(&run->file, "data_sha256", 64, run->data_sha256, error);
	return status ? status
		      : get_hex(&run->file, "weights_sha256", 64, run->weights_sha256, error);
}

static int read_integers(struct run_file *run, struct error *error)
{
	const struct json_file *file = &run->file;
	const json_t *counts;
	int status = json_file_get_object(file, file->root, "", "counts", true, &counts, error);
	if (status < 0)
		return status;
	const struct {
		const json_t *object;
		const char *path, *key;
		int64_t min, *out;
	} integers[] = {
	    {file->root, "", "seed", 0, &run->seed},
	    {file->root, "", "contract", 1, &run->contract},
	    {file->root, "", "steps", 0, &run->steps},
	    {counts, "counts", "total_params", 1, &run->total_params},
	    {counts, "counts", "active_params", 1, &run->active_params},
	    {counts, "counts", "forward_flops", 0, &run->forward_flops},
	    {counts, "counts", "train_flops", 0, &run->train_flops},
	    {counts, "counts", "match_target", 0, &run->match_target},
	    {counts, "counts", "match_residual", INT64_MIN, &run->match_residual},
	};
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
		status = json_file_get_integer(file, integers[i].object, integers[i].path,
					       integers[i].key, true, integers[i].min, INT64_MAX,
					       integers[i].out, error);
		if (status < 0)
			return status;
	}
	status = json_file_get_integer(file, file->root, "", "metrics_version", false, 0, INT32_MAX,
				       &run->metrics_version, error);
	return status < 0 ? status : 0;
}

/* The decimal must read as exactly the number whose bits stand beside it: what was edited by hand
 * or written by another printf is found here. */
static int check_bits(const struct run_file *run, const char *part, const json_t *bits,
		      const struct metric *metric, struct error *error)
{
	char path[160], found[24];
	uint64_t value;
	const char *text = json_string_value(json_object_get(bits, metric->name));
	memcpy(&value, &metric->value, sizeof value);
	snprintf(found, sizeof found, "%016" PRIx64, value);
	if (text && strcmp(text, found) == 0)
		return 0;
	snprintf(path, sizeof path, "bits.%s.%s", part, metric->name);
	return json_file_refuse(&run->file, path, error, "the same number in metrics and bits",
				"found bits %.24s for a metric of bits %s", text ? text : "missing",
				found);
}

static int read_metric(struct run_file *run, const char *part, const json_t *metrics,
		       const json_t *bits, const char *key, struct error *error)
{
	char path[48];
	struct metric *metric = &run->metric[run->metric_count];
	snprintf(path, sizeof path, "metrics.%s", part);
	if (strlen(key) >= sizeof metric->name)
		return json_file_refuse(&run->file, path, error, "names below 80 bytes",
					"found the metric \"%.100s\"", key);
	int status = json_file_get_number(&run->file, metrics, path, key, true, -INFINITY, INFINITY,
					  &metric->value, error);
	if (status < 0)
		return status;
	snprintf(metric->name, sizeof metric->name, "%s", key);
	run->metric_count++;
	return check_bits(run, part, bits, metric, error);
}

static int read_part(struct run_file *run, const json_t *all_metrics, struct error *error)
{
	const struct json_file *file = &run->file;
	const char *part = run->on_test ? "test" : "validation", *key;
	const json_t *metrics, *all_bits, *bits;
	json_t *value;
	int status =
	    json_file_get_object(file, all_metrics, "metrics", part, true, &metrics, error);
	if (status < 0 || (status = json_file_get_object(file, file->root, "", "bits", true,
							 &all_bits, error)) < 0)
		return status;
	status = json_file_get_object(file, all_bits, "bits", part, true, &bits, error);
	if (status < 0)
		return status;
	run->metric = calloc(json_object_size(metrics) + 1, sizeof *run->metric);
	if (!run->metric)
		return error_no_memory(error, file->name);
	json_object_foreach((json_t *)metrics, key, value)
	{
		status = read_metric(run, part, metrics, bits, key, error);
		if (status)
			return status;
	}
	if (!run_file_metric(run, run->primary_metric))
		return json_file_refuse(file, "primary_metric", error, "one of the metrics",
					"found \"%.80s\"", run->primary_metric);
	return 0;
}

static int read_metrics(struct run_file *run, struct error *error)
{
	static const char *const parts[] = {"test", "validation", NULL};
	const struct json_file *file = &run->file;
	const json_t *metrics, *train;
	int part = 0;
	int status =
	    json_file_get_choice(file, file->root, "", "evaluated_on", true, parts, &part, error);
	if (status < 0)
		return status;
	run->on_test = part == 0;
	status = json_file_get_object(file, file->root, "", "metrics", true, &metrics, error);
	if (status < 0 || (status = read_part(run, metrics, error)) < 0)
		return status;
	status = json_file_get_object(file, metrics, "metrics", "train", true, &train, error);
	if (status < 0)
		return status;
	status = json_file_get_number(file, train, "metrics.train", "loss", true, -INFINITY,
				      INFINITY, &run->train_loss, error);
	return status < 0 ? status : 0;
}

static int read_timing(struct run_file *run, struct error *error)
{
	const struct json_file *file = &run->file;
	const json_t *timing;
	int status = json_file_get_object(file, file->root, "", "timing", true, &timing, error);
	if (status < 0)
		return status;
	status = json_file_get_number(file, timing, "timing", "seconds", true, 0.0, INFINITY,
				      &run->seconds, error);
	if (status < 0)
		return status;
	status = json_file_get_number(file, timing, "timing", "samples_per_second", true, 0.0,
				      INFINITY, &run->samples_per_second, error);
	if (status < 0)
		return status;
	status = json_file_get_integer(file, timing, "timing", "peak_memory_bytes", true, 0,
				       INT64_MAX, &run->peak_memory, error);
	return status < 0 ? status : 0;
}

/* Where the record lies in its own folder, what is wrong with it is damage. */
static int describe_damage(const char *file_name, int status, struct error *error)
{
	const char *slash = strrchr(file_name, '/');
	if (status != ERROR_INPUT || !error || !slash || strcmp(slash, "/run.json") != 0 ||
	    access(file_name, F_OK) != 0)
		return status;
	return run_check_damage(status, error);
}

static int read_record(struct run_file *read, const char *file_name, bool *newer,
		       struct error *error)
{
	bool sealed = false;
	int status = check_schema(&read->file, &sealed, newer, error);
	status = status ? status : read_names(read, error);
	status = status ? status : read_hashes(read, error);
	status = status ? status : read_integers(read, error);
	status = status ? status : read_metrics(read, error);
	status = status ? status : read_timing(read, error);
	status = status ? status : run_check_config(read, error);
	return status ? status : run_check_folder(read, file_name, sealed, error);
}

int run_file_read(struct run_file *run, const char *file_name, struct error *error)
{
	struct run_file read = {0};
	bool newer = false;
	int status = json_file_load(&read.file, file_name, error);
	if (status)
		return describe_damage(file_name, status, error);
	status = read_record(&read, file_name, &newer, error);
	if (status)
		run_file_free(&read);
	else
		*run = read;
	return newer ? status : describe_damage(file_name, status, error);
}

int run_file_read_planned(struct run_file *run, const char *results_dir,
			  const struct run_spec *spec, struct error *error)
{
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/%s/runs/%s/run.json", results_dir,
			       spec->experiment, spec->run_id);
	return status ? status : run_file_read(run, path, error);
}

bool run_file_is_newer(const char *file_name)
{
	struct json_file file;
	if (json_file_load(&file, file_name, NULL))
		return false;
	bool newer = is_newer(&file);
	json_file_free(&file);
	return newer;
}

void run_file_free(struct run_file *run)
{
	json_file_free(&run->file);
	free(run->metric);
	*run = (struct run_file){0};
}

const struct metric *run_file_metric(const struct run_file *run, const char *name)
{
	for (int64_t i = 0; i < run->metric_count; i++)
		if (strcmp(run->metric[i].name, name) == 0)
			return &run->metric[i];
	return NULL;
}

double run_file_primary(const struct run_file *run)
{
	const struct metric *metric = run_file_metric(run, run->primary_metric);
	return metric ? metric->value : 0.0; /* never: run_file_read looked */
}
