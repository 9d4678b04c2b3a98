/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical text of a resolved run, of which its id is the hash: one JSON object, keys sorted
 * by bytes, no white space, integers in decimal, reals as canonical_number writes them.  It holds
 * every value that can change the run's bits and nothing else: no display names, no file paths. */
#ifndef SHEAFBENCH_HARNESS_CANONICAL_H
#define SHEAFBENCH_HARNESS_CANONICAL_H

#include "harness/experiment/experiment.h"
#include "foundation/error.h"
#include "models/heads.h"

enum { CANONICAL_NUMBER = 32 };

/* The fewest significant digits that read back as the same binary64, written without a locale:
 * 0.001, 20, 1e-08 as "1e-8", 1.5e+30 as "1.5e30"; positional for 1e-7 <= |value| < 1e21.  Negative
 * zero is "0".  Total: what is no number is "nan", "inf" or "-inf", which no reader of JSON takes
 * for one; whoever records numbers refuses these before. */
void canonical_number(double value, char text[CANONICAL_NUMBER]);

/* Fills run->canonical (owned by the run) and run->run_id from its other fields. */
int canonical_run(struct run_spec *run, const struct heads *heads, struct error *error);

#endif
