/* SPDX-License-Identifier: Apache-2.0 */
#include "models/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/loss.h"
#include "models/params.h"

int64_t model_memory(const struct arch *arch, int64_t capacity, bool training)
{
	int64_t params = arch_count(arch).total_params;
	int64_t batch = arch->model_kind == MODEL_MOE ? moe_memory(arch, capacity, training)
						      : dense_memory(arch, capacity, training);
	/* Logits, probabilities, gradient, and the inputs and targets that the caller holds. */
	batch += capacity * 4 * (4 * arch->output_dim + arch->input_dim);
	return params * (training ? 16 : 4) + batch;
}

/* MemAvailable, in bytes; -1 when the system does not say. */
static int64_t available_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[256];
	int64_t kib = -1;
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, "MemAvailable:", 13))
			kib = strtoll(line + 13, NULL, 10);
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

static int refuse_memory(int64_t needed, int64_t available, struct error *error)
{
	char expected[128];
	snprintf(expected, sizeof expected, "at least %.1f GiB free",
		 (double)needed / (1024.0 * 1024.0 * 1024.0));
	return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, expected,
			 "the network needs %.1f GiB of memory, %.1f GiB are available",
			 (double)needed / (1024.0 * 1024.0 * 1024.0),
			 (double)(available < 0 ? 0 : available) / (1024.0 * 1024.0 * 1024.0));
}

int model_open(struct model *model, const struct backend *backend, const struct arch *arch,
	       const struct router_settings *router, const struct heads *heads, int64_t capacity,
	       bool training, struct error *error)
{
	int64_t needed = model_memory(arch, capacity, training), available = available_memory();
	if (available >= 0 && needed > available)
		return refuse_memory(needed, available, error);
	struct model made = {.backend = backend,
			     .arch = *arch,
			     .heads = *heads,
			     .capacity = capacity,
			     .training = training,
			     .param_count = arch_count(arch).total_params};
	size_t params = (size_t)made.param_count, out = (size_t)(capacity * arch->output_dim);
	made.params = malloc(params * sizeof(float));
	made.grads = training ? malloc(params * sizeof(float)) : NULL;
	made.logits = malloc(out * sizeof(float));
	made.probabilities = malloc(out * sizeof(float));
	made.dlogits = malloc(out * sizeof(float));
	bool ok = made.params && (made.grads || !training) && made.logits && made.probabilities &&
		  made.dlogits;
	if (ok && arch->model_kind == MODEL_MOE)
		made.moe = moe_open(arch, router, capacity, training);
	else if (ok)
		made.dense = dense_open(arch, capacity, training);
	if (!made.moe && !made.dense) {
		model_close(&made);
		return refuse_memory(needed, available, error);
	}
	params_init(arch, made.params);
	*model = made;
	return 0;
}

void model_close(struct model *model)
{
	free(model->params);
	free(model->grads);
	free(model->logits);
	free(model->probabilities);
	free(model->dlogits);
	moe_close(model->moe);
	dense_close(model->dense);
	memset(model, 0, sizeof *model);
}

void model_forward(struct model *model, int64_t rows, const float *inputs, bool for_training)
{
	if (model->moe)
		moe_forward(model->moe, model->backend, model->params, rows, inputs, for_training,
			    model->logits);
	else
		dense_forward(model->dense, model->backend, model->params, rows, inputs,
			      for_training, model->logits);
}

double model_loss(struct model *model, int64_t rows, const float *targets, bool for_training)
{
	return loss_forward(model->backend->table, &model->heads, rows, model->arch.output_dim,
			    model->logits, targets, model->probabilities,
			    for_training ? model->dlogits : NULL, model->head_loss);
}

void model_backward(struct model *model, int64_t rows, const float *inputs)
{
	if (model->moe)
		moe_backward(model->moe, model->backend, model->params, rows, inputs,
			     model->dlogits, model->grads);
	else
		dense_backward(model->dense, model->backend, model->params, rows, inputs,
			       model->dlogits, model->grads);
}
