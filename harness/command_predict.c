/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_predict.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/canonical.h"
#include "harness/dataset.h"
#include "harness/experiment.h"
#include "harness/options.h"
#include "harness/run_check.h"
#include "harness/runner.h"
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

static int check_weights(const struct run_file *file, const char *path, const struct model *model,
			 struct error *error)
{
	char hex[65];
	checkpoint_weights_sha256(&model->arch, model->params, hex);
	return run_check_digest(file, path, hex, error);
}

static int predict_rows(const struct run_spec *run, const struct run_file *file,
			const char *run_dir, const struct dataset *dataset, const float *inputs,
			int64_t rows, struct error *error)
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
	/* The nerve and the data belong to the plan's network. */
	char planned[65], found[65];
	arch_fingerprint(&run->arch, planned);
	arch_fingerprint(&arch, found);
	if (strcmp(planned, found) != 0)
		return error_set(error, ERROR_INPUT, path, 0, 0, NULL,
				 "the network of the run's config", "another network");
	status = options_backend(&options, &backend, error);
	if (status)
		return status;
	status =
	    model_open(&model, &backend, &arch, &run->router, &dataset->heads, BATCH, false, error);
	float *targets = calloc((size_t)(BATCH * dataset->output_dim), sizeof *targets);
	if (!status && !targets)
		status = error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	if (!status)
		status = path_make(path, sizeof path, error, "%s/model.safetensors", run_dir);
	status = status ? status : checkpoint_read(path, &arch, model.params, error);
	status = status ? status : check_weights(file, path, &model, error);
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
static int find_run(const struct run_file *file, struct plan *plan, const struct run_spec **run,
		    struct error *error)
{
	if (!file->config_file[0])
		return json_file_refuse(&file->file, "config_file", error,
					"the experiment file of the run", "missing");
	int status = plan_read(plan, file->config_file, NULL, error);
	if (status)
		return status;
	*run = runner_find(plan, file->run_id);
	if (*run)
		return 0;
	plan_free(plan);
	return json_file_refuse(&file->file, "run_id", error, "a run of the config it names",
				"%s no longer plans \"%s\"", file->config_file, file->run_id);
}

static int predict(const struct plan *plan, const struct run_spec *run, const struct run_file *file,
		   const char *run_dir, const char *file_name, struct error *error)
{
	const struct task *task = runner_task(plan, run);
	struct dataset dataset;
	float *inputs = NULL;
	int64_t rows = 0;
	if (run->router.control != CONTROL_NONE)
		return error_set(error, ERROR_INPUT, run_dir, 0, 0, NULL,
				 "a run whose router decides by what it sees",
				 "the control \"%s\" has no answer for other rows than its own",
				 router_control_names[run->router.control]);
	int status = dataset_load(&dataset, task, error);
	if (status)
		return status;
	status = runner_check_data(&dataset, task, run, error);
	if (!status)
		status = dataset_encode_file(&dataset, task, file_name, &inputs, &rows, error);
	if (!status)
		status = predict_rows(run, file, run_dir, &dataset, inputs, rows, error);
	free(inputs);
	dataset_free(&dataset);
	return status;
}

int command_predict(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan = {0};
	struct run_file file;
	const struct run_spec *run = NULL;
	char path[PATH_MAX];
	int status = options_read(&options, argc, argv, 0, 2, "predict RUN_DIR FILE.csv", error);
	if (!status)
		status = path_make(path, sizeof path, error, "%s/run.json", options.positional[0]);
	status = status ? status : run_file_read(&file, path, error);
	if (status)
		return status;
	status = find_run(&file, &plan, &run, error);
	if (!status) {
		status =
		    predict(&plan, run, &file, options.positional[0], options.positional[1], error);
		plan_free(&plan);
	}
	run_file_free(&file);
	return status;
}
