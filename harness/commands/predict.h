/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench predict RUN_DIR FILE.csv: logits and probabilities for the rows of a file, as CSV,
 * from a finished run; inputs are encoded with the training statistics of the run's task. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_PREDICT_H
#define SHEAFBENCH_HARNESS_COMMANDS_PREDICT_H

#include "foundation/error.h"

int command_predict(int argc, char **argv, struct error *error);

#endif
