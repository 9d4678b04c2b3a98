/* SPDX-License-Identifier: Apache-2.0 */
/* Samples per second of training steps on made-up data, as one JSON line.
 *
 *   train_speed CASE SECONDS [PARAMETERS]
 *
 * CASE: a name from `cases`. PARAMETERS: a file that is written with the initial parameters, for
 * scripts/peers/torch_train.py to start from. The losses of the first steps are in the line, so
 * that the caller can tell whether two programs train one network. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/bench/roof.h"
#include "harness/peers/index_data.h"
#include "foundation/array.h"
#include "foundation/clock.h"
#include "models/model.h"
#include "models/optimiser.h"

enum { BATCHES = 16, WARM_STEPS = 20, LOSSES = 5 };
static const double learning_rate = 1e-4, weight_decay = 0.01, balance = 0.01;

static const struct speed_case {
	const char *name;
	bool moe;
	int64_t in, hidden, depth, out, batch;
} cases[] = {
    {.name = "moe-nano", .moe = true, .in = 96, .hidden = 128, .depth = 2, .out = 20, .batch = 128},
    {.name = "dense-256", .in = 784, .hidden = 256, .depth = 1, .out = 10, .batch = 128},
    {.name = "moe-512", .moe = true, .in = 96, .hidden = 512, .depth = 3, .out = 20, .batch = 256},
    {.name = "dense-1024", .in = 784, .hidden = 1024, .depth = 1, .out = 10, .batch = 256},
};

struct bench {
	const struct speed_case *c;
	struct model model;
	struct optimiser optimiser;
	float *inputs, *targets; /* BATCHES of them */
	int64_t step;
};

static struct arch arch_of(const struct speed_case *c)
{
	struct arch arch = c->moe ? arch_moe(SIZE_NANO, c->in, c->out, ROUTER_SOFTMAX_ONLY, 1)
				  : arch_dense(SIZE_NANO, c->in, c->out, c->hidden, 1);
	arch.hidden_dim = c->hidden;
	arch.expert_depth = c->depth;
	return arch;
}

static int make_data(struct bench *b)
{
	int64_t rows = BATCHES * b->c->batch, out = b->c->out, values = rows * b->c->in;
	b->inputs = array_take(values, sizeof *b->inputs);
	b->targets = array_zeroed(rows * out, sizeof *b->targets);
	if (!b->inputs || !b->targets)
		return -1;
	for (int64_t i = 0; i < values; i++)
		b->inputs[i] = index_value((uint32_t)i);
	for (int64_t r = 0; r < rows; r++)
		b->targets[r * out + index_hash((uint32_t)r) % (uint32_t)out] = 1.0f;
	return 0;
}

static double train_step(struct bench *b)
{
	int64_t rows = b->c->batch, batch = b->step++ % BATCHES;
	struct model *model = &b->model;
	const float *x = b->inputs + batch * rows * b->c->in;
	model_forward(model, rows, x, true);
	double loss = model_loss(model, rows, b->targets + batch * rows * b->c->out, true);
	model_backward(model, rows, x);
	optimiser_step(&b->optimiser, model->backend->table, &model->arch, learning_rate,
		       model->grads, model->params);
	return model->moe ? loss + balance * model->moe->balance_loss : loss;
}

static int write_parameters(const struct model *model, const char *path)
{
	FILE *file = fopen(path, "wb");
	size_t count = (size_t)model->param_count;
	if (!file)
		return -1;
	size_t written = fwrite(model->params, sizeof *model->params, count, file);
	return fclose(file) || written != count ? -1 : 0;
}

static void run(struct bench *b, double seconds)
{
	const struct backend *backend = b->model.backend;
	double losses[LOSSES] = {0};
	double peak = roof_fma(backend->table);
	for (int i = 0; i < WARM_STEPS; i++) {
		double loss = train_step(b);
		if (i < LOSSES)
			losses[i] = loss;
	}
	double start = clock_seconds(CLOCK_MONOTONIC), spent;
	double cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
	int64_t steps = 0;
	do {
		train_step(b);
		steps++;
		spent = clock_seconds(CLOCK_MONOTONIC) - start;
	} while (spent < seconds);
	cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	double samples = (double)(steps * b->c->batch);
	printf("{\"group\": \"train\", \"case\": \"%s\", \"peer\": \"sheafbench\", "
	       "\"unit\": \"samples/s\", \"value\": %.1f, \"cpu_value\": %.1f, \"threads\": 1, "
	       "\"version\": \"level %s, BLIS %s\", \"parameters\": %lld, \"flops\": %lld, "
	       "\"peak_gflops\": %.1f, \"losses\": [",
	       b->c->name, samples / spent, samples / cpu, backend->level, backend->blis_name,
	       (long long)b->model.param_count, (long long)arch_count(&b->model.arch).train_flops,
	       peak);
	for (int i = 0; i < LOSSES; i++)
		printf("%s%.9g", i ? ", " : "", losses[i]);
	puts("]}");
}

static int open_bench(struct bench *b, const struct backend *backend)
{
	struct arch arch = arch_of(b->c);
	struct router_settings router = {.kind = ROUTER_SOFTMAX_ONLY, .balance = balance};
	struct heads heads = {.count = 1, .head = {{"class", HEAD_SOFTMAX, 0, b->c->out, 1.0f}}};
	struct error error = {0};
	if (model_open(&b->model, backend, &arch, &router, &heads, b->c->batch, true, &error))
		return -1;
	return make_data(b) || optimiser_open(&b->optimiser, b->model.param_count, 0.9, 0.999, 1e-8,
					      weight_decay)
		   ? -1
		   : 0;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 0.0;
	for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof *cases; i++)
		if (!strcmp(cases[i].name, argv[1]))
			b.c = &cases[i];
	if (!b.c || argc > 4 || !(seconds > 0.0)) {
		fputs("usage: train_speed CASE SECONDS [PARAMETERS]\n", stderr);
		return 2;
	}
	struct backend backend;
	struct error error;
	if (backend_open(&backend, "auto", "auto", &error)) {
		fputs("train_speed: ", stderr);
		error_print(stderr, &error);
		return 3;
	}
	int status = open_bench(&b, &backend) ? 3 : 0;
	if (!status && argc > 3 && write_parameters(&b.model, argv[3]))
		status = 3;
	if (!status)
		run(&b, seconds);
	else
		fputs("train_speed: out of memory, or the file cannot be written\n", stderr);
	optimiser_close(&b.optimiser);
	model_close(&b.model);
	free(b.inputs);
	free(b.targets);
	backend_close(&backend);
	return peer_exit(status);
}
