/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of the heads and their gradients. */
#ifndef SHEAFBENCH_MODELS_LOSS_H
#define SHEAFBENCH_MODELS_LOSS_H

#include "kernels/backend.h"
#include "models/heads.h"

/* loss = sum over heads h of weight_h * mean over rows of loss_h:
 *   softmax: log sum exp z - t . z          (targets t sum to 1; dot by contract rule 2)
 *   sigmoid: (sum over chunks of 64 units, ascending, of (sum softplus(z) - t . z)) / width, both
 *            sums of a chunk by rule 2
 * Rows are added in ascending order in binary64.  gradient (rows x width; may be NULL): (p - t) *
 * scale, scale = weight / rows for softmax, weight / (rows * width) for sigmoid, rounded to
 * binary32.  probabilities (rows x width): softmax or sigmoid of the logits; required.  head_loss:
 * heads->count sums over rows (not means), weights not applied.  Returns the mean loss. */
double loss_forward(const struct kernel_table *table, const struct heads *heads, int64_t rows,
		    int64_t width, const float *logits, const float *targets, float *probabilities,
		    float *gradient, double *head_loss);

#endif
