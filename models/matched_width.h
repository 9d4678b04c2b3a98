/* SPDX-License-Identifier: Apache-2.0 */
/* How wide a Dense network is made to match a mixture: exact integer searches over the counts of
 * arch_count, which grow with every width. */
#ifndef SHEAFBENCH_MODELS_MATCHED_WIDTH_H
#define SHEAFBENCH_MODELS_MATCHED_WIDTH_H

#include <stdbool.h>
#include <stdint.h>

#include "models/arch.h"

/* What is made equal. */
enum arch_match { MATCH_TOTAL_PARAMS, MATCH_ACTIVE_PARAMS, MATCH_TRAIN_FLOPS };
extern const char *const arch_match_names[]; /* "total_params", "active_params", "train_flops" */

/* That count of arch_count. */
int64_t matched_count(const struct arch *arch, enum arch_match on);

/* The intermediate >= 1 for which a Dense network of `dense`'s dims comes nearest to `target` (the
 * smaller one on a tie).  *residual = reached - target. */
int64_t matched_intermediate(const struct arch *dense, enum arch_match on, int64_t target,
			     int64_t *residual);

/* Whether the residual is within 0.1 % of the target. */
bool matched_closely(int64_t target, int64_t residual);

/* Sets hidden_dim and intermediate of *dense.  One more unit of intermediate adds
 * depth * (2 h + 1) parameters, half of which may be more than 0.1 % of a small network; widths
 * beside the given hidden_dim, down to 7/8 and up to 9/8 of it, have other remainders.  The nearest
 * of them that matches closely is taken, the narrower first; without any, the one that misses by
 * least.  *residual = reached - target. */
void matched_near_width(struct arch *dense, enum arch_match on, int64_t target, int64_t *residual);

#endif
