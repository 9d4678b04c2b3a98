/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/train.h"

#include <inttypes.h>
#include <math.h> /* floor, isfinite */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* isatty */

#include "foundation/array.h"
#include "foundation/digest.h"
#include "foundation/number_text.h"
#include "harness/training/codes.h"
#include "harness/training/controls.h"
#include "foundation/clock.h"
#include "kernels/elementary.h"
#include "kernels/profile.h"
#include "kernels/random.h"
#include "models/checkpoint.h"
#include "models/optimiser.h"

double train_learning_rate(const struct train_settings *settings, int64_t step, int64_t steps)
{
	double warm = floor(settings->warmup * (double)steps);
	if ((double)step <= warm)
		return settings->lr * (double)step / warm;
	if (settings->schedule == SCHEDULE_CONSTANT)
		return settings->lr;
	double u = ((double)step - warm) / ((double)steps - warm);
	return 0.5 * settings->lr * (1.0 + elementary_cos_pi(u));
}

void metrics_write(FILE *file, const struct metrics *metrics)
{
	fputc('{', file);
	for (int i = 0; i < metrics->count; i++) {
		char number[NUMBER_TEXT];
		number_text(metrics->metric[i].value, number);
		fprintf(file, "%s\"%s\": %s", i ? ", " : "", metrics->metric[i].name, number);
	}
	fputc('}', file);
}

/* What one run works with. */
struct session {
	const struct train_job *job;
	struct model *model;
	struct optimiser optimiser;
	int64_t *train, *order, *validation; /* row numbers */
	int64_t train_count, validation_count;
	float *inputs, *targets; /* one batch */
	struct input_codes codes;
	int64_t step, steps;
	struct train_result *result;
};

static int compare_rows(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

static int split_rows(struct session *s)
{
	const struct task *task = s->job->task;
	int64_t n = s->job->dataset->train_rows;
	int64_t held = (int64_t)floor(task->validation_fraction * (double)n);
	int64_t *rows = array_take(n, sizeof *rows);
	s->train = array_take(n, sizeof *s->train);
	s->order = array_take(n, sizeof *s->order);
	s->validation = array_take(held + 1, sizeof *s->validation);
	if (!rows || !s->train || !s->order || !s->validation) {
		free(rows);
		return -1;
	}
	for (int64_t i = 0; i < n; i++)
		rows[i] = i;
	struct random_stream stream;
	random_open(&stream, s->job->run->seed, "split", task->name);
	random_shuffle(&stream, rows, n);
	s->validation_count = held;
	s->train_count = n - held;
	memcpy(s->validation, rows, (size_t)held * sizeof *rows);
	memcpy(s->train, rows + held, (size_t)(n - held) * sizeof *rows);
	qsort(s->validation, (size_t)held, sizeof *rows, compare_rows);
	qsort(s->train, (size_t)(n - held), sizeof *rows, compare_rows);
	free(rows);
	return 0;
}

static int diverged(const struct session *s, double loss, struct error *error)
{
	return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL, "a finite loss",
			 "training diverged: loss %g at step %" PRId64, loss, s->step);
}

/* What a rectifier or the codec hides from the loss shows in the weights. */
static int check_weights(const struct session *s, struct error *error)
{
	int64_t count = s->model->param_count, bad = first_not_finite(s->model->params, count);
	if (bad == count)
		return 0;
	return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL, "finite weights",
			 "training diverged: weight %" PRId64 " is %g after step %" PRId64, bad,
			 (double)s->model->params[bad], s->step);
}

static void trace_one(struct session *s, float *tensor, int64_t count)
{
	if (s->job->trace)
		trace_tensor(s->job->trace, s->step, tensor, count);
}

/* A trace can change an input of a step, and then it is not the data set's. */
static void give_codes(struct session *s, const int64_t *index, int64_t n)
{
	if (!s->job->trace || s->job->trace->flip.step != s->step)
		input_codes_give(&s->codes, s->model, index, n);
}

/* One optimiser step on rows order[at .. at+n); adds n * loss to *sum. */
static int train_batch(struct session *s, int64_t at, int64_t n, double *sum, struct error *error)
{
	struct model *model = s->model;
	struct profile *profile = model->backend->profile;
	int64_t out = n * model->arch.output_dim;
	s->step++;
	profile_begin(profile);
	profile_enter(profile);
	dataset_gather(s->job->dataset, model->backend, s->order + at, n, s->inputs, s->targets);
	profile_leave(profile, PROFILE_GATHER, 8.0 * (double)(n * model->arch.input_dim + out));
	trace_one(s, s->inputs, n * model->arch.input_dim);
	trace_one(s, s->targets, out);
	control_step(model, s->job->dataset, s->step, s->order + at, n);
	give_codes(s, s->order + at, n);
	model_forward(model, n, s->inputs, true);
	if (s->job->trace)
		trace_forward(s->job->trace, s->step, model, n);
	trace_one(s, model->logits, out);
	double loss = model_loss(model, n, s->targets, true);
	if (!isfinite(loss))
		return diverged(s, loss, error);
	trace_one(s, model->probabilities, out);
	trace_one(s, model->dlogits, out);
	model_backward(model, n, s->inputs);
	if (s->job->trace)
		trace_arena(s->job->trace, s->step, model->grads);
	double lr = train_learning_rate(&s->job->run->train, s->step, s->steps);
	optimiser_step(&s->optimiser, model->backend->table, &model->arch, lr, model->grads,
		       model->params);
	if (s->job->trace)
		trace_arena(s->job->trace, s->step, model->params);
	profile_end(profile);
	*sum = *sum + (double)n * loss;
	return s->job->trace ? trace_check_element(s->job->trace, error) : 0;
}

static int train_epoch(struct session *s, int64_t epoch, struct error *error)
{
	char name[32];
	double start = clock_seconds(CLOCK_MONOTONIC), sum = 0.0;
	struct random_stream stream;
	snprintf(name, sizeof name, "epoch %" PRId64, epoch);
	memcpy(s->order, s->train, (size_t)s->train_count * sizeof *s->order);
	random_open(&stream, s->job->run->seed, "order", name);
	random_shuffle(&stream, s->order, s->train_count);
	int64_t seen = 0, batch = s->job->run->train.batch_size;
	while (seen < s->train_count && s->step < s->steps) {
		int64_t n = s->train_count - seen < batch ? s->train_count - seen : batch;
		int status = train_batch(s, seen, n, &sum, error);
		if (status)
			return status;
		seen += n;
	}
	s->result->samples += seen;
	s->result->train_loss = sum / (double)seen;
	if (!isfinite(s->result->train_loss))
		return diverged(s, s->result->train_loss, error);
	s->result->seconds += clock_seconds(CLOCK_MONOTONIC) - start;
	return 0;
}

static void log_epoch(struct session *s, int64_t epoch)
{
	FILE *log = s->job->log;
	char lr[NUMBER_TEXT], loss[NUMBER_TEXT];
	number_text(train_learning_rate(&s->job->run->train, s->step, s->steps), lr);
	number_text(s->result->train_loss, loss);
	fprintf(log,
		"{\"epoch\": %" PRId64 ", \"step\": %" PRId64
		", \"lr\": %s, \"train\": {\"loss\": %s}",
		epoch, s->step, lr, loss);
	fputs(", \"validation\": ", log);
	metrics_write(log, &s->result->validation);
	fprintf(log, ", \"seconds\": %.3f}\n", s->result->seconds);
}

static void draw_progress(const struct session *s, int64_t epoch, double start)
{
	const char *primary = s->job->task->primary_metric;
	const struct metric *metric = metrics_find(&s->result->validation, primary);
	double spent = clock_seconds(CLOCK_MONOTONIC) - start,
	       left = spent * (double)(s->steps - s->step) / (double)s->step;
	fprintf(stderr, "\r%s  %s  %s  seed %" PRIu64 "  epoch %" PRId64 "/%" PRId64 "  loss %.4f",
		s->job->run->run_id, s->job->run->task_name, s->job->run->arm, s->job->run->seed,
		epoch, s->job->run->train.epochs, s->result->train_loss);
	if (metric)
		fprintf(stderr, "  validation %s %.4f", primary, metric->value);
	fprintf(stderr, "  %.0f s left \033[K", left);
	if (s->step == s->steps)
		fputc('\n', stderr);
}

static int train_epochs(struct session *s, struct error *error)
{
	double start = clock_seconds(CLOCK_MONOTONIC);
	for (int64_t epoch = 1; epoch <= s->job->run->train.epochs && s->step < s->steps; epoch++) {
		int status = train_epoch(s, epoch, error);
		status = status ? status : check_weights(s, error);
		status = status ? status
				: evaluate(s->model, s->job->dataset, &s->codes, s->validation,
					   s->validation_count, &s->result->validation, error);
		if (status)
			return status;
		log_epoch(s, epoch);
		if (s->job->progress && isatty(STDERR_FILENO))
			draw_progress(s, epoch, start);
	}
	return 0;
}

static int evaluate_test(struct session *s, struct error *error)
{
	int64_t n = s->job->dataset->rows - s->job->dataset->train_rows;
	int64_t *rows = array_take(n + 1, sizeof *rows);
	if (!rows)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < n; i++)
		rows[i] = s->job->dataset->train_rows + i;
	int status =
	    evaluate(s->model, s->job->dataset, &s->codes, rows, n, &s->result->test, error);
	free(rows);
	return status;
}

static int open_session(struct session *s, struct error *error)
{
	const struct train_settings *t = &s->job->run->train;
	int status = model_open(s->model, s->job->backend, &s->job->run->arch, &s->job->run->router,
				&s->job->dataset->heads, t->batch_size, true, error);
	if (status)
		return status;
	s->inputs = array_take(t->batch_size * s->job->dataset->input_dim, sizeof(float));
	s->targets = array_take(t->batch_size * s->job->dataset->output_dim, sizeof(float));
	if (!s->inputs || !s->targets || split_rows(s) ||
	    codes_open(&s->codes, s->model, s->job->dataset) ||
	    optimiser_open(&s->optimiser, s->model->param_count, t->beta1, t->beta2, t->epsilon,
			   t->weight_decay))
		return error_no_memory(error, NULL);
	s->steps = t->epochs * ((s->train_count + t->batch_size - 1) / t->batch_size);
	if (t->max_steps > 0 && t->max_steps < s->steps)
		s->steps = t->max_steps;
	return 0;
}

static void close_session(struct session *s)
{
	optimiser_close(&s->optimiser);
	input_codes_close(&s->codes);
	free(s->inputs);
	free(s->targets);
	free(s->train);
	free(s->order);
	free(s->validation);
}

int train_run(const struct train_job *job, struct model *model, struct train_result *result,
	      struct error *error)
{
	struct session s = {.job = job, .model = model, .result = result};
	memset(result, 0, sizeof *result);
	memset(model, 0, sizeof *model);
	int status = open_session(&s, error);
	if (!status && job->trace)
		status = trace_check_places(job->trace, s.steps, error);
	if (!status)
		status = train_epochs(&s, error);
	if (!status && job->run->evaluate_test)
		status = evaluate_test(&s, error);
	if (!status) {
		result->steps = s.step;
		checkpoint_weights_sha256(&job->run->arch, model->params, result->weights_sha256);
		status = digest_check(result->weights_sha256, NULL, error);
	}
	close_session(&s);
	if (status)
		model_close(model);
	return status;
}
