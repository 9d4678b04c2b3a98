/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of a network on a part of the data (harness/training/metrics.h).
 *
 * Sums run over samples in ascending order in binary64. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_EVALUATE_H
#define SHEAFBENCH_HARNESS_TRAINING_EVALUATE_H

#include "harness/tasks/dataset.h"
#include "harness/training/metrics.h"
#include "models/input_codes.h"
#include "models/model.h"

/* Runs the model over rows index[0..n) in batches of its capacity; no metrics of no rows.  codes
 * are those of the data set (harness/training/codes.h); NULL: each batch is encoded.  A logit or a
 * metric that is no finite number is an ERROR_CHECK: the network has diverged. */
int evaluate(struct model *model, const struct dataset *dataset, const struct input_codes *codes,
	     const int64_t *index, int64_t n, struct metrics *metrics, struct error *error);
/* The index of the first of n values that is nan or infinite; n: none. */
int64_t first_not_finite(const float *x, int64_t n);

#endif
