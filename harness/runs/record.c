/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/record.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h> /* getrusage: peak memory */
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "foundation/number_text.h"
#include "foundation/json_write.h"
#include "foundation/leftovers.h"
#include "harness/runs/provenance.h"
#include "harness/runs/publish.h"
#include "harness/runs/record_check.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "models/checkpoint.h"
#include "foundation/digest.h"
#include "foundation/path.h"

/* A folder cannot be exchanged with a link that leads to one. */
static int check_place(const char *results_dir, const struct run_spec *run, struct error *error)
{
	char place[PATH_MAX];
	struct stat info;
	int status = record_place(results_dir, run, place, sizeof place, error);
	if (status || lstat(place, &info) || !S_ISLNK(info.st_mode))
		return status;
	return error_set(error, ERROR_INPUT, place, 0, 0, NULL, "a folder or nothing",
			 "found a symbolic link where the run's record is to be written");
}

int record_make_runs(const char *results_dir, const char *experiment, struct error *error)
{
	char path[PATH_MAX];
	int status = folder_make(results_dir, error);
	if (!status)
		status = path_make(path, sizeof path, error, "%s/%s", results_dir, experiment);
	status = status ? status : folder_make(path, error);
	if (!status)
		status = path_make(path, sizeof path, error, "%s/%s/runs", results_dir, experiment);
	return status ? status : folder_make(path, error);
}

int record_make_folders(const char *results_dir, const struct run_spec *run, struct error *error)
{
	char path[PATH_MAX];
	int status = check_place(results_dir, run, error);
	if (status)
		return status;
	/* The longest of all that will be written: found out before training, not after it. */
	status = path_make(path, sizeof path, error,
			   "%s/%s/runs/%s.00000000-0000000000.tmp/"
			   "model.safetensors.tmp.0000000000",
			   results_dir, run->experiment, run->run_id);
	return status ? status : record_make_runs(results_dir, run->experiment, error);
}

int record_place(const char *results_dir, const struct run_spec *run, char *path, size_t size,
		 struct error *error)
{
	return path_make(path, size, error, "%s/%s/runs/%s", results_dir, run->experiment,
			 run->run_id);
}

int record_set_aside(const char *results_dir, const struct run_spec *run, struct error *why)
{
	char place[PATH_MAX], aside[PATH_MAX];
	struct error error = {0};
	int status = record_place(results_dir, run, place, sizeof place, &error);
	status = status ? status : publish_set_aside(place, aside, sizeof aside, &error);
	if (status) {
		*why = error;
		return status;
	}
	error_print(stderr, why);
	fprintf(stderr, "%s: set aside as %s; the run is trained again\n", run->run_id, aside);
	return 0;
}

static int failure_path(const char *results_dir, const struct run_spec *run, char *path,
			size_t size)
{
	return path_make(path, size, NULL, "%s/%s/runs/%s.failed", results_dir, run->experiment,
			 run->run_id);
}

void record_failure(const char *results_dir, const struct run_spec *run, const struct error *reason)
{
	char path[PATH_MAX];
	if (failure_path(results_dir, run, path, sizeof path) || path_check_target(path, NULL))
		return;
	FILE *file = path_create_file(path);
	if (!file)
		return; /* the reason is printed as well */
	error_print(file, reason);
	fclose(file);
}

bool record_read_failure(const char *results_dir, const struct run_spec *run, char *text,
			 size_t size)
{
	char path[PATH_MAX];
	FILE *file =
	    failure_path(results_dir, run, path, sizeof path) ? NULL : path_open_file(path, NULL);
	if (!file)
		return false;
	const bool found = fgets(text, (int)size, file) != NULL;
	fclose(file);
	if (found)
		text[strcspn(text, "\n")] = '\0';
	return found;
}

void record_forget_failure(const char *results_dir, const struct run_spec *run)
{
	char path[PATH_MAX];
	if (!failure_path(results_dir, run, path, sizeof path))
		unlink(path);
}

/* The same numbers as the bits of the binary64, so that equality can be seen. */
static void write_bits(FILE *file, const struct metrics *metrics)
{
	fputc('{', file);
	for (int i = 0; i < metrics->count; i++) {
		uint64_t bits;
		memcpy(&bits, &metrics->metric[i].value, sizeof bits);
		fprintf(file, "%s\"%s\": \"%016" PRIx64 "\"", i ? ", " : "",
			metrics->metric[i].name, bits);
	}
	fputc('}', file);
}

static void write_data(FILE *file, const json_t *data)
{
	fputs("  \"data\": ", file);
	json_write_value(file, data);
	fputs(",\n", file);
}

static void write_exact(FILE *file, const struct record *record)
{
	const struct run_spec *run = record->run;
	const struct train_result *result = record->result;
	struct arch_counts counts = arch_count(&run->arch);
	char loss[NUMBER_TEXT];
	number_text(result->train_loss, loss);
	fprintf(file,
		"{\n  \"schema\": \"sheafbench/run/3\",\n  \"metrics_version\": %d,\n"
		"  \"run_id\": \"%s\",\n",
		METRICS_VERSION, run->run_id);
	fprintf(file, "  \"experiment\": \"%s\",\n  \"config_file\": ", run->experiment);
	json_write_text(file, record->config_file);
	fprintf(file, ",\n  \"task\": \"%s\",\n  \"arm\": ", run->task_name);
	json_write_text(file, run->arm);
	fputs(",\n  \"variant\": ", file);
	json_write_text(file, run->variant);
	fprintf(file, ",\n  \"size\": \"%s\",\n  \"seed\": %" PRIu64 ",\n  \"contract\": %d,\n",
		arch_size_names[run->size], run->seed, CONTRACT_VERSION);
	fprintf(file, "  \"config\": %s,\n  \"data_sha256\": \"%s\",\n", run->canonical,
		run->data_sha256);
	write_data(file, record->provenance->data);
	fprintf(file,
		"  \"counts\": {\"total_params\": %" PRId64 ", \"active_params\": %" PRId64
		", \"forward_flops\": %" PRId64 ", \"train_flops\": %" PRId64
		", \"match_target\": %" PRId64 ", \"match_residual\": %" PRId64 "},\n",
		counts.total_params, counts.active_params, counts.forward_flops, counts.train_flops,
		run->match_target, run->match_residual);
	fprintf(file, "  \"weights_sha256\": \"%s\",\n  \"steps\": %" PRId64 ",\n",
		result->weights_sha256, result->steps);
	fprintf(file, "  \"primary_metric\": \"%s\",\n  \"evaluated_on\": \"%s\",\n",
		record->task->primary_metric, run->evaluate_test ? "test" : "validation");
	fputs("  \"metrics\": {\n    \"test\": ", file);
	metrics_write(file, &result->test);
	fputs(",\n    \"validation\": ", file);
	metrics_write(file, &result->validation);
	fprintf(file,
		",\n    \"train\": {\"loss\": %s}\n  },\n  \"bits\": {\n    \"test\": ", loss);
	write_bits(file, &result->test);
	fputs(",\n    \"validation\": ", file);
	write_bits(file, &result->validation);
	fputs("\n  },\n", file);
}

static void write_timing(FILE *file, const struct train_result *result)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	double rate = result->seconds > 0.0 ? (double)result->samples / result->seconds : 0.0;
	fprintf(file,
		"  \"timing\": {\"seconds\": %.3f, \"samples_per_second\": %.1f, "
		"\"peak_memory_bytes\": %" PRId64 "},\n",
		result->seconds, rate, (int64_t)usage.ru_maxrss * 1024);
}

/* The folder in the making, and what its other files are. */
struct folder {
	char path[PATH_MAX - 32];
	char log[65], arch[65], model[65]; /* SHA-256 */
};

static int write_file(const struct folder *folder, const char *name, const char *bytes, size_t size,
		      char hex[65], struct error *error)
{
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/%s", folder->path, name);
	if (!status && hex) {
		digest_bytes(bytes, size, hex);
		status = digest_check(hex, path, error);
	}
	return status ? status : text_file_create(path, bytes, size, error);
}

static int write_arch(struct folder *folder, const struct arch *arch, struct error *error)
{
	char *text = arch_to_json(arch);
	if (!text)
		return error_no_memory(error, NULL);
	int status = write_file(folder, "arch.json", text, strlen(text), folder->arch, error);
	free(text);
	return status;
}

static int write_model(struct folder *folder, const struct arch *arch, const struct model *model,
		       struct error *error)
{
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/model.safetensors", folder->path);
	status = status ? status : checkpoint_write(path, arch, model->params, error);
	return status ? status : digest_file(path, folder->model, error);
}

static void write_files(FILE *file, const struct folder *folder)
{
	fprintf(file,
		"  \"files\": {\"metrics.jsonl\": \"%s\", \"arch.json\": \"%s\", "
		"\"model.safetensors\": \"%s\"},\n",
		folder->log, folder->arch, folder->model);
}

/* The text of run.json but for its seal. */
static int compose(const struct folder *folder, const struct record *record, char **text,
		   size_t *size, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	write_exact(stream.out, record);
	fputs("  \"environment\": ", stream.out);
	json_write_object(stream.out, record->provenance->environment, 4);
	fputs(",\n", stream.out);
	write_timing(stream.out, record->result);
	write_files(stream.out, folder);
	return text_stream_take(&stream, text, size, error);
}

static int write_run_json(const struct folder *folder, const struct record *record,
			  struct error *error)
{
	char *text, *sealed;
	size_t size;
	int status = compose(folder, record, &text, &size, error);
	if (status)
		return status;
	sealed = realloc(text, size + RUN_SEAL + 1);
	if (!sealed) {
		free(text);
		return error_no_memory(error, NULL);
	}
	status = run_seal(NULL, sealed, size, sealed + size, error);
	if (!status)
		status = write_file(folder, "run.json", sealed, size + RUN_SEAL, NULL, error);
	free(sealed);
	return status;
}

static int write_folder(struct folder *folder, const struct record *record, struct error *error)
{
	const struct arch *arch = &record->run->arch;
	int status = folder_make(folder->path, error);
	if (!status)
		status = write_file(folder, "metrics.jsonl", record->log, record->log_size,
				    folder->log, error);
	status = status ? status : write_arch(folder, arch, error);
	status = status ? status : write_model(folder, arch, record->model, error);
	return status ? status : write_run_json(folder, record, error);
}

/* What was published is there, and is what was meant: a folder that was removed or a disk that lost
 * it meanwhile is found while the run can still be called failed. */
static int check_published(const char *results_dir, const struct run_spec *run, struct error *error)
{
	enum run_state state = plan_run_check(results_dir, run, true, error);
	if (state == RUN_DONE)
		return 0;
	if (state >= RUN_DAMAGED)
		return ERROR_MACHINE;
	return error_set(error, ERROR_MACHINE, results_dir, 0, 0, NULL, NULL,
			 "the record of run %s is gone after it was written", run->run_id);
}

int record_write(const char *results_dir, const struct record *record, struct error *error)
{
	char place[PATH_MAX], failed[PATH_MAX];
	struct folder folder;
	const struct run_spec *run = record->run;
	int status = record_make_folders(results_dir, run, error);
	status = status ? status : record_place(results_dir, run, place, sizeof place, error);
	if (!status)
		status = path_make(failed, sizeof failed, error, "%s.failed", place);
	if (!status)
		status = leftovers_name(folder.path, sizeof folder.path, place, "tmp", error);
	if (status)
		return status;
	status = write_folder(&folder, record, error);
	status = status ? status : publish_record(folder.path, place, error);
	if (status) {
		publish_remove(folder.path);
		return status;
	}
	status = check_published(results_dir, run, error);
	if (!status)
		unlink(failed);
	return status;
}
