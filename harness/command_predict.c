/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_predict.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/canonical.h"
#include "harness/dataset.h"
#include "harness/experiment.h"
#include "harness/options.h"
#include "models/checkpoint.h"
#include "models/model.h"
#include "models/path.h"

enum { BATCH = 256 };

/* Quoted where the name needs it. */
static void print_name(const char *prefix, const char *name)
{
	bool quote = strpbrk(name, ",\"\r\n") != NULL;
	printf(quote ? ",\"%s" : ",%s", prefix);
	for (; *name; name++) {
		if (*name == '"')
			putchar('"');
		putchar(*name);
	}
	if (quote)
		putchar('"');
}

static void print_header(const struct dataset *dataset)
{
	printf("row");
	for (int64_t c = 0; c < dataset->output_dim; c++)
		print_name("logit:", dataset->class_names[c]);
	for (int64_t c = 0; c < dataset->output_dim; c++)
		print_name("p:", dataset->class_names[c]);
	putchar('\n');
}

static void print_rows(const struct model *model, int64_t first, int64_t rows)
{
	int64_t width = model->arch.output_dim;
	char number[CANONICAL_NUMBER];
	for (int64_t r = 0; r < rows; r++) {
		printf("%lld", (long long)(first + r + 1));
		for (int64_t c = 0; c < 2 * width; c++) {
			const float *from = c < width ? model->logits : model->probabilities;
			canonical_number((double)from[r * width + c % width], number);
			printf(",%s", number);
		}
		putchar('\n');
	}
}

static int predict_rows(const struct run_spec *run, const char *run_dir,
			const struct dataset *dataset, const float *inputs, int64_t rows,
			struct error *error)
{
	struct options options = {0};
	struct backend backend;
	struct model model;
	struct arch arch;
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/arch.json", run_dir);
	status = status ? status : arch_read(&arch, path, error);
	if (status)
		return status;
	if (arch.input_dim != dataset->input_dim || arch.output_dim != dataset->output_dim)
		return error_set(error, ERROR_INPUT, path, 0, 0, NULL, "the dims of the run's task",
				 "input_dim %lld, output_dim %lld", (long long)arch.input_dim,
				 (long long)arch.output_dim);
	status = options_backend(&options, &backend, error);
	if (status)
		return status;
	status =
	    model_open(&model, &backend, &arch, &run->router, &dataset->heads, BATCH, false, error);
	float *targets = calloc((size_t)(BATCH * dataset->output_dim), sizeof *targets);
	if (!status && !targets)
		status = error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	status =
	    status ? status : path_make(path, sizeof path, error, "%s/model.safetensors", run_dir);
	status = status ? status : checkpoint_read(path, &arch, model.params, error);
	if (!status)
		print_header(dataset);
	for (int64_t at = 0; !status && at < rows; at += BATCH) {
		int64_t n = rows - at < BATCH ? rows - at : BATCH;
		model_forward(&model, n, inputs + at * dataset->input_dim, false);
		model_loss(&model, n, targets, false); /* for the probabilities */
		print_rows(&model, at, n);
	}
	free(targets);
	model_close(&model);
	backend_close(&backend);
	return status;
}

/* The run's plan entry, found again through the config it was made from. */
static int find_run(const char *run_dir, struct plan *plan, const struct run_spec **run,
		    struct error *error)
{
	char path[PATH_MAX];
	struct json_file file;
	const char *config = NULL, *id = NULL;
	int status = path_make(path, sizeof path, error, "%s/run.json", run_dir);
	status = status ? status : json_file_load(&file, path, error);
	if (status)
		return status;
	status = json_file_get_string(&file, file.root, "", "config_file", true, &config, error);
	if (status > 0)
		status = json_file_get_string(&file, file.root, "", "run_id", true, &id, error);
	status = status > 0 ? plan_read(plan, config, NULL, error) : status;
	if (!status) {
		*run = NULL;
		for (int64_t i = 0; i < plan->run_count; i++)
			if (!strcmp(plan->runs[i].run_id, id))
				*run = &plan->runs[i];
		if (!*run) {
			status =
			    json_file_refuse(&file, "run_id", error, "a run of the config it names",
					     "%s no longer plans \"%s\"", config, id);
			plan_free(plan);
		}
	}
	json_file_free(&file);
	return status;
}

static int predict(const struct plan *plan, const struct run_spec *run, const char *run_dir,
		   const char *file_name, struct error *error)
{
	const struct task *task = NULL;
	struct dataset dataset;
	float *inputs = NULL;
	int64_t rows = 0;
	if (run->router.control != CONTROL_NONE)
		return error_set(error, ERROR_INPUT, run_dir, 0, 0, NULL,
				 "a run whose router decides by what it sees",
				 "the control \"%s\" has no answer for other rows than its own",
				 router_control_names[run->router.control]);
	for (int i = 0; i < plan->task_count; i++)
		if (!strcmp(plan->tasks[i].name, run->task_name))
			task = &plan->tasks[i];
	int status = dataset_load(&dataset, task, error);
	if (status)
		return status;
	status = dataset_encode_file(&dataset, task, file_name, &inputs, &rows, error);
	if (!status)
		status = predict_rows(run, run_dir, &dataset, inputs, rows, error);
	free(inputs);
	dataset_free(&dataset);
	return status;
}

int command_predict(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan = {0};
	const struct run_spec *run = NULL;
	int status = options_read(&options, argc, argv, 0, 2, "predict RUN_DIR FILE.csv", error);
	status = status ? status : find_run(options.positional[0], &plan, &run, error);
	if (status)
		return status;
	status = predict(&plan, run, options.positional[0], options.positional[1], error);
	plan_free(&plan);
	return status;
}
