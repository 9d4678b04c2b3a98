/* SPDX-License-Identifier: Apache-2.0 */
#include "models/model.h"

#include <stdio.h>
#include <stdlib.h> /* strtoll */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "models/buffers.h"
#include "models/loss.h"
#include "models/optimiser.h"
#include "models/params.h"

enum { MODEL_BUFFERS = 5 };

/* All that the network's fields ask for, but for what its kind adds. */
static void list_buffers(struct model *model, struct buffer row[MODEL_BUFFERS])
{
	const int64_t outputs = model->capacity * model->arch.output_dim;
	const struct buffer all[] = {
	    BUFFER(model->params, model->param_count, false),
	    BUFFER(model->grads, model->training ? model->param_count : 0, false),
	    BUFFER(model->logits, outputs, false),
	    BUFFER(model->probabilities, outputs, false),
	    BUFFER(model->dlogits, outputs, false),
	};
	_Static_assert(sizeof all == MODEL_BUFFERS * sizeof *row, "every row is there");
	memcpy(row, all, sizeof all);
}

static int64_t add_bytes(int64_t a, int64_t b)
{
	return a < INT64_MAX - b ? a + b : INT64_MAX;
}

int64_t model_memory(const struct arch *arch, const struct router_settings *router,
		     int64_t capacity, bool training)
{
	struct buffer row[MODEL_BUFFERS];
	struct model model = {.arch = *arch,
			      .capacity = capacity,
			      .training = training,
			      .param_count = arch_count(arch).total_params};
	list_buffers(&model, row);
	const int64_t moments = training ? optimiser_memory(model.param_count) : 0;
	const int64_t batch = capacity * (arch->input_dim + arch->output_dim) * 4;
	const int64_t kind = arch->model_kind == MODEL_MOE
				 ? moe_memory(arch, router, capacity, training)
				 : dense_memory(arch, capacity, training);
	return add_bytes(add_bytes(buffers_bytes(row, MODEL_BUFFERS), kind),
			 add_bytes(moments, batch));
}

/* A number of bytes after `key` in a file of the system; -1: none there. */
static int64_t read_bytes(const char *path, const char *key, int64_t unit)
{
	FILE *file = fopen(path, "r");
	char line[256];
	int64_t bytes = -1;
	size_t length = strlen(key);
	while (file && bytes < 0 && fgets(line, sizeof line, file)) {
		char *end;
		if (strncmp(line, key, length) != 0)
			continue;
		long long value = strtoll(line + length, &end, 10);
		if (end != line + length)
			bytes = value * unit;
	}
	if (file)
		fclose(file);
	return bytes;
}

static int64_t smaller(int64_t x, int64_t y)
{
	return y < 0 || (x >= 0 && x < y) ? x : y;
}

/* What the system, a control group and the process's own limits leave; -1 when none says. */
static int64_t available_memory(void)
{
	int64_t free_bytes = read_bytes("/proc/meminfo", "MemAvailable:", 1024);
	int64_t group = read_bytes("/sys/fs/cgroup/memory.max", "", 1);
	int64_t used = read_bytes("/sys/fs/cgroup/memory.current", "", 1);
	if (group >= 0 && used >= 0)
		free_bytes = smaller(free_bytes, group > used ? group - used : 0);
	struct rlimit limit;
	if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY) {
		int64_t mapped = read_bytes("/proc/self/statm", "", sysconf(_SC_PAGESIZE));
		uint64_t given = limit.rlim_cur;
		int64_t most = (int64_t)(given > INT64_MAX ? INT64_MAX : given);
		free_bytes = smaller(free_bytes, mapped >= 0 && most > mapped ? most - mapped : 0);
	}
	return free_bytes;
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
	int64_t needed = model_memory(arch, router, capacity, training);
	int64_t available = available_memory();
	if (available >= 0 && needed > available)
		return refuse_memory(needed, available, error);
	struct buffer row[MODEL_BUFFERS];
	struct model made = {.backend = backend,
			     .arch = *arch,
			     .heads = *heads,
			     .capacity = capacity,
			     .training = training,
			     .param_count = arch_count(arch).total_params};
	list_buffers(&made, row);
	bool ok = buffers_take(row, MODEL_BUFFERS);
	if (ok && arch->model_kind == MODEL_MOE)
		made.moe = moe_open(arch, router, capacity, training);
	else if (ok)
		made.dense = dense_open(arch, capacity, training);
	if (!made.moe && !made.dense) {
		model_close(&made);
		return refuse_memory(needed, available, error);
	}
	params_init(backend, arch, made.params);
	*model = made;
	return 0;
}

void model_close(struct model *model)
{
	struct buffer row[MODEL_BUFFERS];
	list_buffers(model, row);
	buffers_free(row, MODEL_BUFFERS);
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
