/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/predict.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "foundation/csv_write.h"
#include "harness/tasks/dataset.h"
#include "harness/training/evaluate.h" /* first_not_finite */
#include "harness/experiment/experiment.h"
#include "harness/commands/options.h"
#include "harness/runs/record_check.h"
#include "harness/runs/runner.h"
#include "models/checkpoint.h"
#include "models/model.h"
#include "foundation/path.h"

enum { BATCH = 256 };

static void print_header(const struct dataset *dataset)
{
	static const char *const kinds[] = {"logit:", "p:"};
	printf("row");
	for (int i = 0; i < 2; i++)
		for (int64_t c = 0; c < dataset->output_dim; c++) {
			putchar(',');
			csv_write_joined(stdout, kinds[i], dataset->class_names[c]);
		}
	putchar('\n');
}

/* The rows to be predicted and what comes of them. */
struct prediction {
	const char *file_name;
	float *inputs;   /* rows x input_dim */
	uint32_t *lines; /* of the file, where each row begins */
	int64_t rows;
	float *outputs; /* rows x (logits, probabilities) */
};

static void free_prediction(struct prediction *p)
{
	free(p->inputs);
	free(p->lines);
	free(p->outputs);
}

static void print_rows(const struct prediction *p, int64_t width)
{
	for (int64_t r = 0; r < p->rows; r++) {
		printf("%lld", (long long)r + 1);
		for (int64_t c = 0; c < 2 * width; c++) {
			putchar(',');
			csv_write_number(stdout, true, (double)p->outputs[r * 2 * width + c]);
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

/* Finite inputs may still overflow on their way through the network. */
static int check_outputs(const struct prediction *p, const struct dataset *dataset,
			 struct error *error)
{
	int64_t width = dataset->output_dim, count = p->rows * 2 * width;
	int64_t at = first_not_finite(p->outputs, count);
	if (at == count)
		return 0;
	return error_set(error, ERROR_INPUT, p->file_name, (long)p->lines[at / (2 * width)], 0,
			 NULL, "rows nearer to the training rows",
			 "row %lld overflows in the network: %s of %s is no finite number",
			 (long long)(at / (2 * width)) + 1,
			 at % (2 * width) < width ? "the logit" : "the probability",
			 dataset->class_names[at % width]);
}

/* Every row is computed before one is printed: a refused file prints nothing. */
static int compute_rows(struct model *model, const struct dataset *dataset, struct prediction *p,
			struct error *error)
{
	int64_t width = dataset->output_dim;
	float *targets = array_zeroed(BATCH * width, sizeof *targets);
	p->outputs = array_take(p->rows * 2 * width, sizeof *p->outputs);
	if (!targets || !p->outputs) {
		free(targets);
		return error_no_memory(error, NULL);
	}
	for (int64_t at = 0; at < p->rows; at += BATCH) {
		int64_t n = p->rows - at < BATCH ? p->rows - at : BATCH;
		model_forward(model, n, p->inputs + at * dataset->input_dim, false);
		model_loss(model, n, targets, false); /* for the probabilities */
		for (int64_t r = 0; r < n; r++) {
			float *out = p->outputs + (at + r) * 2 * width;
			memcpy(out, model->logits + r * width, (size_t)width * sizeof *out);
			memcpy(out + width, model->probabilities + r * width,
			       (size_t)width * sizeof *out);
		}
	}
	free(targets);
	return check_outputs(p, dataset, error);
}

static int predict_rows(const struct run_spec *run, const struct run_file *file,
			const char *run_dir, const struct dataset *dataset,
			struct prediction *prediction, struct error *error)
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
	if (!status)
		status = path_make(path, sizeof path, error, "%s/model.safetensors", run_dir);
	if (!status) {
		status = checkpoint_read(path, &arch, model.params, error);
		status = status ? status : check_weights(file, path, &model, error);
		status = run_check_damage(status, error);
	}
	status = status ? status : compute_rows(&model, dataset, prediction, error);
	if (!status) {
		print_header(dataset);
		print_rows(prediction, dataset->output_dim);
	}
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
	struct prediction prediction = {.file_name = file_name};
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
		status = dataset_encode_file(&dataset, task, file_name, &prediction.inputs,
					     &prediction.lines, &prediction.rows, error);
	if (!status)
		status = predict_rows(run, file, run_dir, &dataset, &prediction, error);
	free_prediction(&prediction);
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
