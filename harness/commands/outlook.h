/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan finds done in the results folder, and how long the rest will take. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_OUTLOOK_H
#define SHEAFBENCH_HARNESS_COMMANDS_OUTLOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/experiment/experiment.h"
#include "harness/forecast/forecast.h"
#include "foundation/error.h"

struct outlook {
	enum run_state *states; /* owned; one per run of the plan */
	int64_t left;           /* runs that are not done */
	int64_t earlier;        /* of these: done under an earlier contract, whose records stay */
	int jobs;               /* at a time */
	bool predicted;         /* whether there is a forecast; false where none is left */
	struct forecast forecast;
};

/* Reads the state of every run; a damaged record is told on standard error, by a line that says
 * why.  `forecast`: what is left is predicted, where it can be measured.  ERROR_INPUT where a newer
 * version wrote a record: nothing is to be done here then. */
int outlook_open(struct outlook *outlook, const struct plan *plan, const char *results_dir,
		 int jobs, bool forecast, struct error *error);
void outlook_close(struct outlook *outlook);

/* "160 runs, 150 done, 1 failed, 9 pending; predicted 1:05, 2 at a time", without a line end. */
void outlook_print(FILE *out, const struct outlook *outlook, const struct plan *plan);

#endif
