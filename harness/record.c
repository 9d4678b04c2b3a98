/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/record.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h> /* getrusage: peak memory */
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "harness/canonical.h"
#include "harness/json_write.h"
#include "harness/provenance.h"
#include "models/checkpoint.h"

static int cannot(struct error *error, const char *path, const char *what)
{
	return error_set(error, ERROR_MACHINE, path, 0, 0, NULL, NULL, "cannot %s: %s", what,
			 strerror(errno));
}

static int make_folder(const char *path, struct error *error)
{
	if (mkdir(path, 0777) && errno != EEXIST)
		return cannot(error, path, "create the folder");
	return 0;
}

int record_make_folders(const char *results_dir, const struct run_spec *run, struct error *error)
{
	char path[PATH_MAX];
	int status = make_folder(results_dir, error);
	snprintf(path, sizeof path, "%s/%s", results_dir, run->experiment);
	status = status ? status : make_folder(path, error);
	snprintf(path, sizeof path, "%s/%s/runs", results_dir, run->experiment);
	return status ? status : make_folder(path, error);
}

void record_failure(const char *results_dir, const struct run_spec *run, const struct error *reason)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s/runs/%s.failed", results_dir, run->experiment,
		 run->run_id);
	FILE *file = fopen(path, "w");
	if (!file)
		return; /* the reason is printed as well */
	error_print(file, reason);
	fclose(file);
}

static void write_text(FILE *file, const char *text)
{
	json_t *string = json_string(text);
	char *dumped = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	fputs(dumped ? dumped : "\"\"", file);
	free(dumped);
	json_decref(string);
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
	char *text = json_dumps(data, 0);
	fprintf(file, "  \"data\": %s,\n", text ? text : "");
	free(text);
}

static void write_exact(FILE *file, const struct run_spec *run, const char *config_file,
			const struct task *task, const struct provenance *provenance,
			const struct train_result *result)
{
	struct arch_counts counts = arch_count(&run->arch);
	char loss[CANONICAL_NUMBER];
	canonical_number(result->train_loss, loss);
	fprintf(file,
		"{\n  \"schema\": \"sheafbench/run/2\",\n  \"metrics_version\": %d,\n"
		"  \"run_id\": \"%s\",\n",
		METRICS_VERSION, run->run_id);
	fprintf(file, "  \"experiment\": \"%s\",\n  \"config_file\": ", run->experiment);
	write_text(file, config_file);
	fprintf(file, ",\n  \"task\": \"%s\",\n  \"arm\": ", run->task_name);
	write_text(file, run->arm);
	fputs(",\n  \"variant\": ", file);
	write_text(file, run->variant);
	fprintf(file, ",\n  \"size\": \"%s\",\n  \"seed\": %" PRIu64 ",\n  \"contract\": %d,\n",
		arch_size_names[run->size], run->seed, CONTRACT_VERSION);
	fprintf(file, "  \"config\": %s,\n  \"data_sha256\": \"%s\",\n", run->canonical,
		run->data_sha256);
	write_data(file, provenance->data);
	fprintf(file,
		"  \"counts\": {\"total_params\": %" PRId64 ", \"active_params\": %" PRId64
		", \"forward_flops\": %" PRId64 ", \"train_flops\": %" PRId64
		", \"match_target\": %" PRId64 ", \"match_residual\": %" PRId64 "},\n",
		counts.total_params, counts.active_params, counts.forward_flops, counts.train_flops,
		run->match_target, run->match_residual);
	fprintf(file, "  \"weights_sha256\": \"%s\",\n  \"steps\": %" PRId64 ",\n",
		result->weights_sha256, result->steps);
	fprintf(file, "  \"primary_metric\": \"%s\",\n  \"evaluated_on\": \"%s\",\n",
		task->primary_metric, run->evaluate_test ? "test" : "validation");
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
		"\"peak_memory_bytes\": %" PRId64 "}\n}\n",
		result->seconds, rate, (int64_t)usage.ru_maxrss * 1024);
}

static int finish_file(FILE *file, const char *path, struct error *error)
{
	int failed = ferror(file) || fflush(file) || fsync(fileno(file));
	if (fclose(file) || failed)
		return cannot(error, path, "write");
	return 0;
}

static int write_bytes(const char *folder, const char *name, const char *bytes, size_t size,
		       struct error *error)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	if (!file)
		return cannot(error, path, "create");
	fwrite(bytes, 1, size, file);
	return finish_file(file, path, error);
}

static void remove_folder(const char *folder)
{
	static const char *const names[] = {"run.json", "metrics.jsonl", "arch.json",
					    "model.safetensors"};
	char path[PATH_MAX];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* The folder becomes visible whole or not at all.  An older result of the same id is replaced. */
static int publish(const char *made, const char *place, struct error *error)
{
	if (rename(made, place) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return cannot(error, place, "rename the finished run to");
	remove_folder(place);
	return rename(made, place) ? cannot(error, place, "rename the finished run to") : 0;
}

static int write_arch(const char *folder, const struct arch *arch, struct error *error)
{
	char *text = arch_to_json(arch);
	if (!text)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	int status = write_bytes(folder, "arch.json", text, strlen(text), error);
	free(text);
	return status;
}

static int write_run_json(const char *folder, const struct run_spec *run, const char *config_file,
			  const struct task *task, const struct provenance *provenance,
			  const struct train_result *result, struct error *error)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/run.json", folder);
	FILE *file = fopen(path, "wb");
	if (!file)
		return cannot(error, path, "create");
	write_exact(file, run, config_file, task, provenance, result);
	fputs("  \"environment\": ", file);
	bool whole = !json_write_object(file, provenance->environment, 4);
	fputs(",\n", file);
	write_timing(file, result);
	int status = finish_file(file, path, error);
	return status || whole
		   ? status
		   : error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
}

int record_write(const char *results_dir, const struct run_spec *run, const char *config_file,
		 const struct task *task, const struct provenance *provenance,
		 const struct train_result *result, const struct model *model, const char *log_text,
		 size_t log_size, struct error *error)
{
	char place[PATH_MAX - 64], made[PATH_MAX - 32], file[PATH_MAX];
	int status = record_make_folders(results_dir, run, error);
	snprintf(place, sizeof place, "%s/%s/runs/%s", results_dir, run->experiment, run->run_id);
	snprintf(made, sizeof made, "%s.tmp.%ld", place, (long)getpid());
	status = status ? status : make_folder(made, error);
	status = status ? status : write_bytes(made, "metrics.jsonl", log_text, log_size, error);
	status = status ? status : write_arch(made, &run->arch, error);
	snprintf(file, sizeof file, "%s/model.safetensors", made);
	status = status ? status : checkpoint_write(file, &run->arch, model->params, error);
	if (!status)
		status = write_run_json(made, run, config_file, task, provenance, result, error);
	status = status ? status : publish(made, place, error);
	if (status) {
		remove_folder(made);
		return status;
	}
	snprintf(file, sizeof file, "%s.failed", place);
	unlink(file);
	return 0;
}
