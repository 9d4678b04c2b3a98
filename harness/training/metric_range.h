/* SPDX-License-Identifier: Apache-2.0 */
/* Every metric there is, with the range of its values: the one list of them.  A metric that
 * harness/evaluate*.c comes to compute is entered here (tests/test_evaluate.c finds one that is
 * not), so that its intervals stay where its values are. */
#ifndef SHEAFBENCH_HARNESS_TRAINING_METRIC_RANGE_H
#define SHEAFBENCH_HARNESS_TRAINING_METRIC_RANGE_H

#include <stdbool.h>

#include "harness/statistics/summary.h"

/* RANGE_REAL for a name that is not on the list. */
enum value_range metric_range(const char *name);
bool metric_is_known(const char *name);
/* Whether a mean of such values can be `value`; NaN and infinities cannot. */
bool metric_allows(const char *name, double value);

#endif
