/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of an evaluation.  Every metric has one name, used in run.json,
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
 * harness/training/metrics.c has the one list of them, with the range of their values.  A metric
 * that an evaluation comes to compute is entered there (tests/training/test_evaluate.c finds one
 * that is not), so that its intervals stay where its values are. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_METRICS_H
#define SHEAFBENCH_HARNESS_TRAINING_METRICS_H

#include <stdbool.h>

#include "harness/statistics/summary.h"

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

/* Appends a metric; beyond METRICS_MAX they are dropped. */
__attribute__((format(printf, 3, 4))) void metrics_put(struct metrics *metrics, double value,
						       const char *format, ...);

const struct metric *metrics_find(const struct metrics *metrics, const char *name); /* NULL: none */

/* RANGE_REAL for a name that is not on the list. */
enum value_range metric_range(const char *name);
bool metric_is_known(const char *name);
/* Whether a mean of such values can be `value`; NaN and infinities cannot. */
bool metric_allows(const char *name, double value);
const char *metric_allowed(const char *name); /* "a number from 0 to 1": what a message expects */

#endif
