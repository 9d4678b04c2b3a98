/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of a network on a part of the data.  Every metric has one name, used in run.json,
 * metrics.jsonl and the tables:
 *
 *   loss                      weighted sum over heads of the mean loss
 *   accuracy                  one softmax head: its accuracy; several: the mean over softmax heads
 *   <head>.loss, <head>.accuracy (softmax: arg max of targets; sigmoid: units right at 0.5),
 *   <head>.brier (sigmoid)
 *   router.entropy (nats, mean), router.load.E (share of assignments), router.dead (experts with
 *   under 1 % of an even share), router.gluing_mean, router.gluing_max, router.balance,
 *   router.overlap_penalty (before lambda), router.saturated (share of encoded numbers), and what
 *   docs/RESULTS.md lists of the router's choices and the codec
 *
 * Sums run over samples in ascending order in binary64. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_EVALUATE_H
#define SHEAFBENCH_HARNESS_TRAINING_EVALUATE_H

#include "harness/tasks/dataset.h"
#include "models/model.h"

enum { METRICS_MAX = 256 };

/* Which metrics there are.  A run whose file has an older number counts as pending, so that a table
 * never mixes runs with and without a metric.  2: load_cv and all below it in docs/RESULTS.md. */
enum { METRICS_VERSION = 2 };

struct metric {
	char name[80];
	double value;
};

struct metrics {
	int count;
	struct metric metric[METRICS_MAX];
};

/* Runs the model over rows index[0..n) in batches of its capacity; no metrics of no rows.  A logit
 * or a metric that is no finite number is an ERROR_CHECK: the network has diverged. */
int evaluate(struct model *model, const struct dataset *dataset, const int64_t *index, int64_t n,
	     struct metrics *metrics, struct error *error);
/* The index of the first of n values that is nan or infinite; n: none. */
int64_t first_not_finite(const float *x, int64_t n);
const struct metric *metrics_find(const struct metrics *metrics, const char *name); /* NULL: none */

#endif
