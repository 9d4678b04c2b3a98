/* SPDX-License-Identifier: Apache-2.0 */
/* One run: split, train epoch by epoch, evaluate.
 *
 * Validation rows: the first floor(fraction * n) of the n training rows shuffled by the stream
 * (seed, "split", task name); both parts are then used in ascending order.  Epoch e visits the
 * other rows in the order that the stream (seed, "order", "epoch e") shuffles them into, e from 1;
 * the last batch may be short.  Nothing here depends on the arm.  The test part is read once, at
 * the end, and not at all when the run is evaluated on validation.
 *
 * Learning rate at step t = 1 .. T: warm = floor(warmup T); t <= warm: lr t / warm; then constant,
 * or lr (1 + cos(pi (t - warm) / (T - warm))) / 2; binary64. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_TRAIN_H
#define SHEAFBENCH_HARNESS_TRAINING_TRAIN_H

#include <stdio.h>

#include "harness/tasks/dataset.h"
#include "harness/training/evaluate.h"
#include "harness/experiment/experiment.h"
#include "kernels/backend.h"
#include "harness/training/trace.h"
#include "models/model.h"

struct train_result {
	int64_t steps, samples;          /* optimiser steps; rows seen by them */
	double train_loss;               /* mean over the last epoch */
	struct metrics validation, test; /* test.count 0 when it was not to be touched */
	double seconds;                  /* training alone, evaluation excluded */
	char weights_sha256[65];
};

/* What one training works with; nothing of it is owned. */
struct train_job {
	const struct run_spec *run;
	const struct task *task;
	const struct dataset *dataset;
	const struct backend *backend;
	FILE *log;           /* receives metrics.jsonl */
	bool progress;       /* a line on standard error */
	struct trace *trace; /* NULL: none */
};

/* Trains a model opened here; the caller closes it (models keep their last weights).  A loss that
 * is not finite is ERROR_CHECK. */
int train_run(const struct train_job *job, struct model *model, struct train_result *result,
	      struct error *error);

double train_learning_rate(const struct train_settings *settings, int64_t step, int64_t steps);

/* One JSON object of metrics, shortest round-trip numbers. */
void metrics_write(FILE *file, const struct metrics *metrics);

#endif
