/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/runner.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* unlink */

#include "harness/tasks/cache.h"
#include "foundation/json_write.h"
#include "foundation/leftovers.h"
#include "harness/runs/record.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

const struct run_spec *runner_find(const struct plan *plan, const char *id)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (!strcmp(plan->runs[i].run_id, id))
			return &plan->runs[i];
	return NULL;
}

const struct task *runner_task(const struct plan *plan, const struct run_spec *run)
{
	for (int i = 0; i < plan->task_count; i++)
		if (!strcmp(plan->tasks[i].name, run->task_name))
			return &plan->tasks[i];
	return NULL;
}

int runner_unknown(const struct plan *plan, const char *id, struct error *error)
{
	const char **ids = calloc((size_t)plan->run_count + 1, sizeof *ids);
	for (int64_t i = 0; ids && i < plan->run_count; i++)
		ids[i] = plan->runs[i].run_id;
	const char *near = ids ? error_near_name(id, ids) : NULL;
	int status = error_set(error, ERROR_INPUT, plan->file_name, 0, 0, NULL,
			       "a run_id that `plan` lists", "no run \"%s\" in this plan%s%s", id,
			       near ? ", near " : "", near ? near : "");
	free(ids);
	return status;
}

/* Of the plan, whose dims may come from a cache, and of the data. */
int runner_check_data(const struct dataset *dataset, const struct task *task,
		      const struct run_spec *run, struct error *error)
{
	if (strcmp(dataset->sha256, run->data_sha256) != 0)
		return error_set(error, ERROR_INPUT, task->file_name, 0, 0, NULL,
				 "the data that were planned",
				 "the data changed since the plan was made");
	if (dataset->input_dim == run->arch.input_dim &&
	    dataset->output_dim == run->arch.output_dim && dataset->train_rows == run->train_rows)
		return 0;
	return error_set(error, ERROR_INPUT, task->file_name, 0, 0, NULL,
			 "the data that were planned",
			 "found %" PRId64 " inputs, %" PRId64 " outputs, %" PRId64
			 " training rows, planned with %" PRId64 ", %" PRId64 ", %" PRId64,
			 dataset->input_dim, dataset->output_dim, dataset->train_rows,
			 run->arch.input_dim, run->arch.output_dim, run->train_rows);
}

/* A plan that is wrong came from a wrong cache, or the data changed: the next one reads them. */
static int load_data(const struct runner *runner, const struct task *task,
		     const struct run_spec *run, struct dataset *dataset, struct error *error)
{
	char cache[PATH_MAX];
	int status = dataset_load(dataset, task, error);
	if (status)
		return status;
	status = runner_check_data(dataset, task, run, error);
	if (!status)
		return 0;
	dataset_free(dataset);
	if (runner->results_dir &&
	    !path_make(cache, sizeof cache, NULL, "%s/.cache", runner->results_dir))
		data_cache_drop(cache);
	return status;
}

static int cannot_trace(const char *path, struct error *error)
{
	return error_set(error, ERROR_MACHINE, path, 0, 0, NULL, NULL, "cannot write the trace: %s",
			 strerror(errno));
}

/* What is needed to make the run again. */
static int write_header(const struct runner *runner, const struct run_spec *run, char **header,
			struct error *error)
{
	struct text_stream stream;
	size_t size;
	const struct trace_place *flip = &runner->trace->flip;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	fprintf(stream.out, "\"run_id\": \"%s\", \"config_file\": ", run->run_id);
	json_write_text(stream.out, runner->plan->file_name);
	fputs(", \"isa\": ", stream.out);
	json_write_text(stream.out, runner->isa ? runner->isa : "auto");
	fputs(", \"blis\": ", stream.out);
	json_write_text(stream.out, runner->blis ? runner->blis : "auto");
	fprintf(stream.out, ", \"flip\": [%" PRId64 ", %" PRId64 ", %" PRId64 "]", flip->step,
		flip->tensor, flip->element);
	return text_stream_take(&stream, header, &size, error);
}

/* Opens the trace under a temporary name. */
static int open_trace(const struct runner *runner, const struct run_spec *run, char *path,
		      size_t size, struct error *error)
{
	char *header = NULL;
	struct trace *trace = runner->trace;
	FILE *file = NULL;
	if (runner->trace_file) {
		int status = leftovers_name(path, size, runner->trace_file, "tmp", error);
		if (status)
			return status;
		file = path_create_file(path);
		if (!file)
			return cannot_trace(path, error);
	}
	/* close_trace closes it, also after a failure. */
	trace->file = file;
	int status = write_header(runner, run, &header, error);
	if (!status)
		status = trace_open(trace, file, runner->backend->table, &run->arch, header, error);
	free(header);
	return status;
}

/* `status` is the run's: after a failure nothing of the trace stays. */
static int close_trace(const struct runner *runner, const char *path, int status,
		       struct error *error)
{
	struct trace *trace = runner->trace;
	int failed = trace->status;
	trace_close(trace);
	if (trace->file && fclose(trace->file))
		failed = ERROR_MACHINE;
	trace->file = NULL;
	if (status) {
		if (path[0])
			unlink(path);
		return status;
	}
	if (failed || (runner->trace_file && rename(path, runner->trace_file)))
		return cannot_trace(path, error);
	return 0;
}

/* `log` holds metrics.jsonl; it is closed. */
static int record_run(const struct runner *runner, struct record *record, struct text_stream *log,
		      struct error *error)
{
	char *text = NULL;
	int status = text_stream_take(log, &text, &record->log_size, error);
	record->log = text;
	if (!status && runner->results_dir) {
		status = provenance_check_contract(runner->backend, error);
		status = status ? status : record_write(runner->results_dir, record, error);
	}
	free(text);
	return status;
}

static int train_and_record(const struct runner *runner, const struct run_spec *run,
			    const struct task *task, const struct dataset *dataset,
			    struct train_result *result, struct error *error)
{
	struct model model;
	struct text_stream log;
	struct provenance provenance = {0};
	struct record record = {.run = run,
				.config_file = runner->plan->file_name,
				.task = task,
				.provenance = &provenance,
				.result = result,
				.model = &model};
	int status = 0;
	if (runner->results_dir)
		status = provenance_open(&provenance, runner->results_dir, run, task,
					 runner->backend, error);
	status = status ? status : text_stream_open(&log, error);
	if (!status) {
		const struct train_job job = {.run = run,
					      .task = task,
					      .dataset = dataset,
					      .backend = runner->backend,
					      .log = log.out,
					      .progress = runner->progress,
					      .trace = runner->trace};
		status = train_run(&job, &model, result, error);
		if (status) {
			text_stream_drop(&log);
		} else {
			status = record_run(runner, &record, &log, error);
			model_close(&model);
		}
	}
	provenance_close(&provenance);
	return status;
}

int runner_train(const struct runner *runner, const struct run_spec *run,
		 struct train_result *result, struct error *error)
{
	const struct task *task = runner_task(runner->plan, run);
	struct dataset dataset;
	char trace_path[PATH_MAX] = "";
	int status = load_data(runner, task, run, &dataset, error);
	if (status)
		return status;
	if (runner->trace)
		status = open_trace(runner, run, trace_path, sizeof trace_path, error);
	if (!status)
		status = train_and_record(runner, run, task, &dataset, result, error);
	if (runner->trace)
		status = close_trace(runner, trace_path, status, error);
	dataset_free(&dataset);
	return status;
}
