/* SPDX-License-Identifier: Apache-2.0 */
/* What a control tells the router in place of its logits (models/router.h), a batch at a time,
 * before model_forward.  Without a control nothing happens.
 *
 * random: an integer below the number of sets to choose from; in training row i of the batch takes
 *   draw i of the stream (seed, "route", "step S"), in evaluation row R of the data the first draw
 *   of (seed, "route", "row R"), so that what a row meets does not depend on the batch.
 * oracle: the expert that made the row. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_CONTROLS_H
#define SHEAFBENCH_HARNESS_TRAINING_CONTROLS_H

#include "harness/tasks/dataset.h"
#include "models/model.h"

void control_step(struct model *model, const struct dataset *dataset, int64_t step,
		  const int64_t *index, int64_t n);
void control_rows(struct model *model, const struct dataset *dataset, const int64_t *index,
		  int64_t n);

#endif
