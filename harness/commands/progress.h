/* SPDX-License-Identifier: Apache-2.0 */
/* One line on standard error about runs that are trained side by side: written over at a terminal,
 * anew every 15 seconds elsewhere. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_PROGRESS_H
#define SHEAFBENCH_HARNESS_COMMANDS_PROGRESS_H

#include <stdbool.h>

#include "harness/runs/jobs.h"

struct progress {
	double predicted; /* seconds for all; 0: could not be predicted */
	double start, said;
	bool terminal;
};

void progress_start(struct progress *progress, double predicted);
double progress_seconds(const struct progress *progress);
/* "NAME: 3/8 runs, 0 failed, 0:12, 0:20 left"; a jobs_watch with a struct progress. */
void progress_show(void *progress, const struct jobs *jobs);
/* The line makes room for what comes; `keep`: it stays above that. */
void progress_end(const struct progress *progress, bool keep);

/* Seconds that are left: by the prediction while little is done, then, from a fifth on, by the pace
 * of the work that is done.  Below 0: nobody knows. */
double progress_left(double predicted, double passed, double work_done, double work);

#endif
