/* SPDX-License-Identifier: Apache-2.0 */
/* What the router of a mixture did in one evaluation, beyond what the losses need.
 * Names and definitions of the metrics: docs/RESULTS.md. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_ROUTER_METRICS_H
#define SHEAFBENCH_HARNESS_TRAINING_ROUTER_METRICS_H

#include "harness/training/metrics.h"
#include "models/model.h"
#include "harness/tasks/generate.h" /* GENERATE_EXPERTS */

struct router_metrics {
	int64_t rows;
	int64_t load[ARCH_MAX_EXPERTS];
	int64_t pair[ARCH_MAX_EXPERTS][ARCH_MAX_EXPERTS]; /* rows whose T has both, i < j */
	struct nerve nerve; /* the arm's own, or the cycle for an arm without one */
	int64_t outside, overruled;
	/* Rows by the expert with the largest gate (ties: smaller index). */
	int64_t *by_class; /* owned; n_experts x classes; NULL: no softmax head */
	int64_t class_offset, classes;
	bool has_truth;
	int64_t by_truth[GENERATE_EXPERTS][ARCH_MAX_EXPERTS];
	/* codec */
	double error_max;
	int64_t digits, nonzero, skipped, products;
};

/* False: out of memory. */
bool router_metrics_open(struct router_metrics *seen, const struct model *model, bool has_truth);
void router_metrics_close(struct router_metrics *seen);
/* After model_forward on rows index[0..rows) of the data. */
void router_metrics_add(struct router_metrics *seen, const struct model *model, int64_t rows,
			const float *inputs, const float *targets, const int32_t *true_expert,
			const int64_t *index);
void router_metrics_put(const struct router_metrics *seen, const struct model *model,
			struct metrics *metrics);

/* Mutual information in bits of the two indices of a table of counts. */
double mutual_information(const int64_t *table, int64_t rows, int64_t columns);
/* The largest sum of count[t][e] over pairs (t, e) that use no t and no e twice. */
int64_t best_matching(int64_t (*count)[ARCH_MAX_EXPERTS], int truths, int experts);

#endif
