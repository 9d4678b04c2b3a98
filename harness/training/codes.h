/* SPDX-License-Identifier: Apache-2.0 */
/* A data set's inputs as a model's router has them, where it has a codec. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_CODES_H
#define SHEAFBENCH_HARNESS_TRAINING_CODES_H

#include "harness/tasks/dataset.h"
#include "models/input_codes.h"

/* Encodes every row, training and test; for a model without a codec nothing.  The data set outlives
 * the codes, which input_codes_close frees.  -1: out of memory. */
int codes_open(struct input_codes *codes, const struct model *model, const struct dataset *dataset);

#endif
