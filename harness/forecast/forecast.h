/* SPDX-License-Identifier: Apache-2.0 */
/* How long the runs of a plan will take here.
 *
 * A run is predicted as start + loading + parameters x (time to begin, hash and write one) + steps
 * x (time of a step) + rows evaluated x (time of a row).  The times are measured by doing real
 * steps on the task's own data, for every kind of network that is pending, while as many other
 * processes train as will run side by side; under a second in all, data that must be loaded for it
 * apart; with as many threads as the run will have (jobs_threads).  Processor time is measured and
 * stretched by how busy others keep the machine at the moment.  Networks that are too large or too
 * many to be measured take the rate (FLOPs per second) of the like.  What was measured is kept in
 * <results>/.cache/forecast by CPU, build, processes and network. */
#ifndef SHEAFBENCH_HARNESS_FORECAST_FORECAST_H
#define SHEAFBENCH_HARNESS_FORECAST_FORECAST_H

#include <stdbool.h>

#include "harness/experiment/experiment.h"

struct forecast {
	double *seconds; /* owned; per run of the plan, 0 of those that are done */
	double total;    /* of all that are left, `jobs` at a time */
};

/* False where nothing could be measured: a forecast is no reason to fail. */
bool forecast_make(struct forecast *forecast, const struct plan *plan, const enum run_state *states,
		   const char *results_dir, int jobs);
/* Two numbers that the cache holds: the first above 0, at most a million seconds, the second from 0
 * to second_max.  False, with nothing set: others, or none. */
bool forecast_read_times(const char *text, double *first, double *second, double second_max);
void forecast_free(struct forecast *forecast);

/* End of the last of `count` jobs that `workers` take in order, each the next when it is free. */
double forecast_makespan(const double *seconds, int64_t count, int workers);

/* 3725 s: "1:02:05", 65 s: "1:05"; from 0:00 to 999999:00:00, for any number. */
void forecast_clock(double seconds, char *text, size_t size);

#endif
