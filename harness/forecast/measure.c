/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/forecast/measure.h"

#include <math.h> /* isfinite, fmin */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/training/codes.h"
#include "harness/training/evaluate.h"
#include "foundation/array.h"
#include "foundation/clock.h"
#include "kernels/share.h"
#include "models/model.h"
#include "models/optimiser.h"

static const double MEASURED_FLOPS = 1e9;      /* of a step; more take a smaller batch */
static const int64_t MEASURED_BYTES = 1 << 28; /* of a network; more take a Nano one */
static const int64_t MOST_BYTES = 1 << 30;     /* of a Nano one; more is not measured */
static const double MEASURED_SECONDS = 0.03;   /* of steps, per network */
enum { MEASURED_ROWS = 512 };

double forecast_now(void)
{
	return clock_seconds(CLOCK_MONOTONIC);
}

double forecast_busy(void)
{
	return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double forecast_spent(const struct backend *backend)
{
	return share_threads(backend) > 1 ? forecast_now() : forecast_busy();
}

/* A network under measurement. */
struct bench {
	const struct dataset *dataset;
	struct model model;
	struct optimiser optimiser;
	struct input_codes codes;
	int64_t rows;
	int64_t *index;
	float *inputs, *targets;
};

static bool small_enough(const struct arch *arch, const struct run_spec *run)
{
	return model_memory(arch, &run->router, 1, true) <= MEASURED_BYTES;
}

/* The run's network where that does not take too much, else one of its kind that is as wide as can
 * be, of few layers: wide layers do not stay in the caches and take more time per FLOP. */
static struct arch measured_arch(const struct run_spec *run)
{
	struct arch arch = run->arch;
	int64_t hidden, depth;
	if (small_enough(&arch, run))
		return arch;
	arch_size_dims(SIZE_NANO, &hidden, &depth);
	arch.expert_depth = arch.expert_depth < depth ? arch.expert_depth : depth;
	while (arch.hidden_dim / 2 >= hidden && !small_enough(&arch, run)) {
		arch.hidden_dim /= 2;
		arch.intermediate /= 2;
	}
	return arch;
}

static void close_bench(struct bench *bench)
{
	optimiser_close(&bench->optimiser);
	model_close(&bench->model);
	input_codes_close(&bench->codes);
	free(bench->index);
	free(bench->inputs);
	free(bench->targets);
}

static bool open_bench(struct bench *bench, const struct run_spec *run,
		       const struct dataset *dataset, const struct backend *backend)
{
	struct arch arch = measured_arch(run);
	const struct train_settings *t = &run->train;
	struct error ignored;
	if (model_memory(&arch, &run->router, 1, true) > MOST_BYTES)
		return false;
	*bench = (struct bench){.dataset = dataset, .rows = t->batch_size};
	double flops = (double)arch_count(&arch).train_flops;
	while (bench->rows > 8 && (double)bench->rows * flops > MEASURED_FLOPS)
		bench->rows /= 2;
	if (model_open(&bench->model, backend, &arch, &run->router, &dataset->heads, bench->rows,
		       true, &ignored))
		return false;
	int64_t indices = bench->rows > MEASURED_ROWS ? bench->rows : MEASURED_ROWS;
	bench->index = array_take(indices, sizeof *bench->index);
	bench->inputs = array_take(bench->rows * dataset->input_dim, sizeof(float));
	bench->targets = array_take(bench->rows * dataset->output_dim, sizeof(float));
	if (!bench->index || !bench->inputs || !bench->targets ||
	    codes_open(&bench->codes, &bench->model, dataset) ||
	    optimiser_open(&bench->optimiser, bench->model.param_count, t->beta1, t->beta2,
			   t->epsilon, t->weight_decay)) {
		close_bench(bench);
		return false;
	}
	/* Scattered over the data like a shuffled epoch. */
	for (int64_t i = 0; i < indices; i++)
		bench->index[i] = i * 7919 % dataset->rows;
	return true;
}

static void step(struct bench *bench, double lr)
{
	struct model *model = &bench->model;
	dataset_gather(bench->dataset, model->backend, bench->index, bench->rows, bench->inputs,
		       bench->targets);
	input_codes_give(&bench->codes, model, bench->index, bench->rows);
	model_forward(model, bench->rows, bench->inputs, true);
	model_loss(model, bench->rows, bench->targets, true);
	model_backward(model, bench->rows, bench->inputs);
	optimiser_step(&bench->optimiser, model->backend->table, &model->arch, lr, model->grads,
		       model->params);
}

/* The mean of steps after the first, which fills caches. */
static double time_step(struct bench *bench, double deadline)
{
	int count = 0;
	step(bench, 1e-4);
	double end = forecast_now() + MEASURED_SECONDS,
	       start = forecast_spent(bench->model.backend);
	do {
		step(bench, 1e-4);
		count++;
	} while (forecast_now() < end && forecast_now() < deadline);
	return (forecast_spent(bench->model.backend) - start) / count;
}

/* Seconds per row. */
static double time_evaluation(struct bench *bench, double deadline)
{
	struct metrics *metrics = malloc(sizeof *metrics);
	double end = forecast_now() + MEASURED_SECONDS / 2.0,
	       start = forecast_spent(bench->model.backend);
	int count = 0;
	do {
		if (metrics)
			(void)evaluate(&bench->model, bench->dataset, &bench->codes, bench->index,
				       MEASURED_ROWS, metrics, NULL);
		count++;
	} while (forecast_now() < end && forecast_now() < deadline);
	free(metrics);
	return (forecast_spent(bench->model.backend) - start) / count / MEASURED_ROWS;
}

bool forecast_measure(struct step_time *time, const struct run_spec *run,
		      const struct dataset *dataset, const struct backend *backend, double deadline)
{
	struct bench bench;
	if (!open_bench(&bench, run, dataset, backend))
		return false;
	struct arch_counts measured = arch_count(&bench.model.arch),
			   wanted = arch_count(&run->arch);
	time->step = time_step(&bench, deadline) * (double)run->train.batch_size /
		     (double)bench.rows * (double)wanted.train_flops / (double)measured.train_flops;
	time->evaluate = time_evaluation(&bench, deadline) * (double)wanted.forward_flops /
			 (double)measured.forward_flops;
	close_bench(&bench);
	return isfinite(time->step) && isfinite(time->evaluate);
}

static void train_forever(const struct run_spec *run, const struct dataset *dataset,
			  const struct backend *backend)
{
	struct bench bench;
	/* A rival never outlives the plan, and ends by itself should it all the same. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(30);
	if (open_bench(&bench, run, dataset, backend))
		for (;;)
			step(&bench, 0.0);
	_exit(0);
}

void forecast_start_rivals(struct rivals *rivals, int count, const struct run_spec *run,
			   const struct dataset *dataset, const struct backend *backend)
{
	rivals->count = 0;
	fflush(NULL);
	while (rivals->count < count && rivals->count < FORECAST_RIVALS) {
		pid_t pid = fork();
		if (pid == 0)
			train_forever(run, dataset, backend);
		if (pid < 0)
			return; /* measured with fewer */
		rivals->pid[rivals->count++] = pid;
	}
}

void forecast_stop_rivals(struct rivals *rivals)
{
	for (int i = 0; i < rivals->count; i++)
		kill(rivals->pid[i], SIGKILL);
	for (int i = 0; i < rivals->count; i++)
		waitpid(rivals->pid[i], NULL, 0);
	rivals->count = 0;
}

static void spin(double seconds)
{
	double end = forecast_now() + seconds;
	while (forecast_now() < end)
		continue;
}

/* What the last minute's load would make of it; a moment's sample can catch a burst. */
static double most_slowdown(int processes)
{
	double load;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	if (online < 1 || getloadavg(&load, 1) != 1)
		return INFINITY;
	load = (load + (double)processes) / (double)online;
	return load > 1.0 ? load : 1.0;
}

double forecast_slowdown(int processes)
{
	static const double seconds = 0.16;
	struct rivals rivals = {.count = 0};
	fflush(NULL);
	while (rivals.count + 1 < processes && rivals.count < FORECAST_RIVALS) {
		pid_t pid = fork();
		if (pid == 0) {
			spin(2.0 * seconds);
			_exit(0);
		}
		if (pid < 0)
			break;
		rivals.pid[rivals.count++] = pid;
	}
	double wall = forecast_now(), busy = forecast_busy();
	spin(seconds);
	wall = forecast_now() - wall;
	busy = forecast_busy() - busy;
	forecast_stop_rivals(&rivals);
	double sample = busy > 0.0 && wall > busy ? wall / busy : 1.0;
	return fmin(sample, most_slowdown(processes));
}
