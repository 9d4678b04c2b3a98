/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/forecast/forecast.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <math.h>   /* floor, ceil */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "foundation/build_info.h"
#include "harness/tasks/cache.h"
#include "harness/forecast/measure.h"
#include "harness/runs/provenance.h"
#include "harness/runs/runner.h"
#include "harness/runs/jobs.h"
#include "kernels/share.h"
#include "foundation/folder.h"
#include "foundation/leftovers.h"
#include "foundation/text_file.h"
#include "foundation/path.h"
#include "kernels/cpu.h"

static const double BUDGET = 0.9;        /* seconds to measure for, loading apart */
static const double RUN_OVERHEAD = 0.06; /* shell, GNU Parallel, process, files of the result */

/* What one forecast works with; a backend and data are opened only for what is not cached. */
struct work {
	const struct plan *plan;
	char cache[PATH_MAX];
	char machine[256];          /* the beginning of every key */
	int rivals_wanted, threads; /* of the run in question */
	double deadline;
	bool open, failed, measured;
	struct backend backend;
	struct dataset dataset;
	const struct task *loaded; /* whose data `dataset` holds; NULL: none */
	struct rivals rivals;
	/* Seconds per FLOP by kind of what was measured so far, for what is not. */
	double train_rate[ROUTER_KINDS + 1], forward_rate[ROUTER_KINDS + 1];
};

static int kind_of(const struct run_spec *run)
{
	return run->arch.model_kind == MODEL_DENSE ? ROUTER_KINDS : (int)run->arch.router_kind;
}

/* Times in seconds, and rows; what is beyond these limits was not measured. */
static const double TIME_MAX = 1e6, ROWS_MAX = 1e12;

bool forecast_read_times(const char *text, double *first, double *second, double second_max)
{
	double a, b;
	if (sscanf(text, "%lf %lf", &a, &b) != 2 ||
	    !(a > 0.0 && a <= TIME_MAX && b >= 0.0 && b <= second_max))
		return false;
	*first = a;
	*second = b;
	return true;
}

static bool cached(const struct work *work, const char *key, double *a, double *b, double b_max)
{
	char value[80];
	return data_cache_get(work->cache, key, value, sizeof value) &&
	       forecast_read_times(value, a, b, b_max);
}

static void keep(const struct work *work, const char *key, double a, double b)
{
	char value[80];
	snprintf(value, sizeof value, "%.6g %.6g", a, b);
	data_cache_put(work->cache, key, value);
}

static void describe_machine(struct work *work, int processes)
{
	struct cpu cpu;
	cpu_detect(&cpu);
	snprintf(work->machine, sizeof work->machine, "%s %s %.16s %d", cpu.architecture, cpu.model,
		 build_info()->source_sha256, processes);
	for (char *c = work->machine; *c; c++)
		if (*c == '\t' || *c == '\n')
			*c = ' ';
}

/* From nothing to a backend that is known to conform, and the check at a run's end. */
static bool start_time(struct work *work, double *seconds)
{
	char key[300];
	double unused;
	struct error ignored;
	snprintf(key, sizeof key, "start %s", work->machine);
	if (cached(work, key, seconds, &unused, TIME_MAX))
		return true;
	double start = forecast_busy();
	if (!work->open && backend_open(&work->backend, NULL, NULL, &ignored))
		return false;
	work->open = true;
	provenance_check_contract(&work->backend, &ignored);
	/* Kernels are chosen once; runs read the choice. */
	*seconds = forecast_busy() - start - work->backend.decided_seconds;
	keep(work, key, *seconds, 0.0);
	return true;
}

static bool load(struct work *work, const struct task *task, double *seconds)
{
	struct error ignored;
	*seconds = 0.0;
	if (work->loaded == task)
		return true;
	if (work->loaded)
		dataset_free(&work->dataset);
	work->loaded = NULL;
	double start = forecast_busy(), wall = forecast_now();
	if (dataset_load(&work->dataset, task, &ignored))
		return false;
	*seconds = forecast_busy() - start;
	/* Data that took long must not use up the time of the steps. */
	work->deadline += forecast_now() - wall;
	work->loaded = task;
	return true;
}

/* Seconds to load the run's data, and the rows of its test part. */
static bool load_time(struct work *work, const struct run_spec *run, double *seconds,
		      double *test_rows)
{
	char key[400];
	const struct task *task = runner_task(work->plan, run);
	snprintf(key, sizeof key, "load %s %s", run->data_sha256, work->machine);
	if (cached(work, key, seconds, test_rows, ROWS_MAX))
		return true;
	/* Loaded already for another reason: once more, for the time. */
	if (work->loaded == task) {
		dataset_free(&work->dataset);
		work->loaded = NULL;
	}
	if (!load(work, task, seconds))
		return false;
	*test_rows = (double)(work->dataset.rows - work->dataset.train_rows);
	keep(work, key, *seconds, *test_rows);
	return true;
}

static bool open_backend(struct work *work)
{
	struct error ignored;
	if (!work->open)
		work->failed = backend_open(&work->backend, NULL, NULL, &ignored) != 0;
	work->open = !work->failed;
	return work->open;
}

static bool measure(struct work *work, const struct run_spec *run, struct step_time *time)
{
	double unused;
	struct error ignored;
	/* One is measured however late it is on a busy machine: the others can borrow from it. */
	const bool first = !work->measured;
	if (work->failed || (!first && forecast_now() > work->deadline))
		return false;
	if (!open_backend(work) || !load(work, runner_task(work->plan, run), &unused))
		return false;
	/* What does not fit the network would be read beyond its end. */
	if (runner_check_data(&work->dataset, work->loaded, run, &ignored))
		return false;
	if (work->rivals.count == 0)
		forecast_start_rivals(&work->rivals, work->rivals_wanted, run, &work->dataset,
				      &work->backend);
	if (share_open(&work->backend, work->threads, &ignored))
		return false;
	work->measured =
	    forecast_measure(time, run, &work->dataset, &work->backend, work->deadline);
	share_close(&work->backend);
	return work->measured;
}

/* Fewer parameters take milliseconds, which RUN_OVERHEAD has. */
static const int64_t WEIGHTS_LEAST = 1 << 20;

/* Nothing where it cannot be measured: the steps are the most of a run. */
static void weight_time(struct work *work, struct weight_time *time)
{
	char key[300], path[PATH_MAX], file[PATH_MAX];
	struct error ignored;
	*time = (struct weight_time){0.0, 0.0};
	snprintf(key, sizeof key, "weights %d %s", work->threads, work->machine);
	if (cached(work, key, &time->begin, &time->end, TIME_MAX) || work->failed)
		return;
	if (path_make(path, sizeof path, NULL, "%s/weights", work->cache) ||
	    leftovers_name(file, sizeof file, path, "tmp", NULL) || !open_backend(work) ||
	    share_open(&work->backend, work->threads, &ignored))
		return;
	const double start = forecast_now();
	if (forecast_measure_weights(time, &work->backend, file))
		keep(work, key, time->begin, time->end);
	share_close(&work->backend);
	/* A slow disk must not use up the time of the steps. */
	work->deadline += forecast_now() - start;
}

static double weights_time(struct work *work, const struct run_spec *run)
{
	struct weight_time time;
	const int64_t params = arch_count(&run->arch).total_params;
	if (params < WEIGHTS_LEAST)
		return 0.0;
	weight_time(work, &time);
	return (time.begin + time.end) * (double)params;
}

static bool borrow(const struct work *work, const struct run_spec *run,
		   const struct arch_counts *counts, struct step_time *time)
{
	int kind = kind_of(run);
	for (int i = 0; i <= ROUTER_KINDS && work->train_rate[kind] == 0.0; i++)
		if (work->train_rate[i] > 0.0)
			kind = i;
	time->step =
	    work->train_rate[kind] * (double)counts->train_flops * (double)run->train.batch_size;
	time->evaluate = work->forward_rate[kind] * (double)counts->forward_flops;
	return time->step > 0.0;
}

static bool step_time(struct work *work, const struct run_spec *run, struct step_time *time)
{
	char key[768];
	const struct arch *a = &run->arch;
	struct arch_counts counts = arch_count(a);
	snprintf(key, sizeof key,
		 "step %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
		 " %" PRId64 " %" PRId64 " %d %d %s",
		 kind_of(run), a->input_dim, a->hidden_dim, a->output_dim, a->n_experts, a->top_k,
		 a->expert_depth, a->intermediate, run->train.batch_size, run->router.nerve.count,
		 work->threads, work->machine);
	bool known = cached(work, key, &time->step, &time->evaluate, TIME_MAX);
	if (!known) {
		if (!measure(work, run, time))
			return borrow(work, run, &counts, time);
		keep(work, key, time->step, time->evaluate);
	}
	double flops = (double)counts.train_flops * (double)run->train.batch_size;
	work->train_rate[kind_of(run)] = time->step / flops;
	work->forward_rate[kind_of(run)] = time->evaluate / (double)counts.forward_flops;
	return true;
}

/* Steps as harness/training/train.c takes them. */
static double run_time(const struct run_spec *run, const struct task *task,
		       const struct step_time *time, double test_rows)
{
	double held = floor(task->validation_fraction * (double)run->train_rows);
	double batch = (double)run->train.batch_size;
	double each = ceil(((double)run->train_rows - held) / batch);
	double steps = (double)run->train.epochs * each;
	if (run->train.max_steps > 0 && (double)run->train.max_steps < steps)
		steps = (double)run->train.max_steps;
	/* The last batch of an epoch is short. */
	double full = ((double)run->train_rows - held) / batch / each;
	double evaluated = ceil(steps / each) * held + (run->evaluate_test ? test_rows : 0.0);
	return steps * full * time->step + evaluated * time->evaluate;
}

static bool predict(struct work *work, const struct run_spec *run, double *seconds)
{
	struct step_time time;
	double start, loading, test_rows;
	if (!start_time(work, &start) || !load_time(work, run, &loading, &test_rows) ||
	    !step_time(work, run, &time))
		return false;
	*seconds = RUN_OVERHEAD + start + loading + weights_time(work, run) +
		   run_time(run, runner_task(work->plan, run), &time, test_rows);
	return true;
}

double forecast_makespan(const double *seconds, int64_t count, int workers)
{
	double *free_at = calloc((size_t)workers, sizeof *free_at), end = 0.0;
	for (int64_t i = 0; free_at && i < count; i++) {
		int next = 0;
		for (int w = 1; seconds[i] > 0.0 && w < workers; w++)
			next = free_at[w] < free_at[next] ? w : next;
		free_at[next] += seconds[i];
		end = free_at[next] > end ? free_at[next] : end;
	}
	free(free_at);
	return end;
}

static void close_work(struct work *work)
{
	forecast_stop_rivals(&work->rivals);
	if (work->loaded)
		dataset_free(&work->dataset);
	if (work->open)
		backend_close(&work->backend);
}

bool forecast_make(struct forecast *forecast, const struct plan *plan, const enum run_state *states,
		   const char *results_dir, int jobs)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	int processors = online > 0 && online < 4096 ? (int)online : 1;
	int workers = jobs < processors ? jobs : processors; /* more only share */
	struct work *work = calloc(1, sizeof *work);
	bool good = work != NULL;
	*forecast = (struct forecast){calloc((size_t)plan->run_count + 1, sizeof(double)), 0.0};
	if (!good || !forecast->seconds)
		return free(work), forecast_free(forecast), false;
	work->plan = plan;
	int64_t pending = 0, place = 0;
	for (int64_t i = 0; i < plan->run_count; i++)
		pending += states[i] != RUN_DONE;
	work->rivals_wanted = (int)(pending < workers ? pending : workers) - 1;
	work->deadline = forecast_now() + BUDGET;
	if (path_make(work->cache, sizeof work->cache, NULL, "%s/.cache/forecast", results_dir))
		return free(work), forecast_free(forecast), false;
	folder_make(work->cache, NULL); /* a cache that is not there costs time */
	describe_machine(work, workers);
	for (int64_t i = 0; good && i < plan->run_count; i++)
		if (states[i] != RUN_DONE) {
			work->threads = jobs_threads(jobs, pending, place++, online);
			good = predict(work, &plan->runs[i], &forecast->seconds[i]);
		}
	close_work(work);
	free(work);
	double slowdown = good ? forecast_slowdown(workers) : 1.0;
	for (int64_t i = 0; good && i < plan->run_count; i++)
		forecast->seconds[i] *= slowdown;
	if (good)
		forecast->total = forecast_makespan(forecast->seconds, plan->run_count, workers);
	else
		forecast_free(forecast);
	return good;
}

void forecast_free(struct forecast *forecast)
{
	free(forecast->seconds);
	*forecast = (struct forecast){0};
}

void forecast_clock(double seconds, char *text, size_t size)
{
	static const double most = 999999.0 * 3600.0;
	int64_t s = seconds > 0.0 ? (int64_t)((seconds < most ? seconds : most) + 0.5) : 0;
	if (s >= 3600)
		snprintf(text, size, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
			 (int)(s % 60));
	else
		snprintf(text, size, "%d:%02d", (int)(s / 60), (int)(s % 60));
}
