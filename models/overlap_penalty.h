/* SPDX-License-Identifier: Apache-2.0 */
/* The penalty of the sheaf routers: experts that meet in a sample shall agree.
 *
 *   L_overlap = (1/B) sum_rows sum_{i<j in T} w_i w_j |f_i - f_j|^2 / out
 *
 * over a batch of B rows, T the experts a row meets, w their gates, f their outputs: the Dirichlet
 * energy of the constant sheaf on the nerve, where experts are the open sets of a cover and their
 * outputs local sections (docs/ROUTERS.md).  It is differentiated through gates and sections. */
#ifndef SHEAFBENCH_MODELS_OVERLAP_PENALTY_H
#define SHEAFBENCH_MODELS_OVERLAP_PENALTY_H

#include "models/moe.h"

/* |f_i - f_j|^2 of the sections i < j (positions in chosen) of a row, after moe_forward. */
float overlap_distance(const struct moe *moe, const struct kernel_table *table, int64_t row, int i,
		       int j);

/* Adds the gradients of lambda L_overlap to moe->dw and moe->df and sets moe->overlap_loss, all in
 * ascending order of rows and pairs; with lambda 0 the loss is 0 and nothing is computed. */
void overlap_penalty_backward(struct moe *moe, const struct kernel_table *table, int64_t rows);

#endif
