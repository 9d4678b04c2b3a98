/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as a table: per op the share of a training step, calls, GF/s and GB/s. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_PROFILE_PRINT_H
#define SHEAFBENCH_HARNESS_TRAINING_PROFILE_PRINT_H

#include <stdio.h>

#include "kernels/profile.h"

/* Ops by falling share; the last row is the time in no op. */
void profile_print(FILE *out, const struct profile *profile);

#endif
