/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room: the measurements behind a forecast. */
#ifndef SHEAFBENCH_HARNESS_FORECAST_MEASURE_H
#define SHEAFBENCH_HARNESS_FORECAST_MEASURE_H

#include <stdbool.h>
#include <sys/types.h> /* pid_t */

#include "harness/tasks/dataset.h"
#include "harness/experiment/experiment.h"
#include "kernels/backend.h"

/* Seconds. */
struct step_time {
	double step;     /* a whole batch, forward to optimiser */
	double evaluate; /* a row */
};

/* Trains a few steps of the run's network, or of a like one that is small enough, scaled by FLOPs.
 * Stops early at `deadline` (of forecast_now). */
bool forecast_measure(struct step_time *time, const struct run_spec *run,
		      const struct dataset *dataset, const struct backend *backend,
		      double deadline);

/* Seconds a parameter. */
struct weight_time {
	double begin; /* drawn, and memory for it, its gradient and its moments */
	double end;   /* hashed and written */
};

/* Begins, hashes and writes a network of a few million parameters, under the name of a file that is
 * removed again.  Takes a tenth of a second where the disk does not take longer.  False: there is
 * no memory, or no place for the file. */
bool forecast_measure_weights(struct weight_time *time, const struct backend *backend,
			      const char *file_name);

enum { FORECAST_RIVALS = 63 };
/* Other processes that train meanwhile, as they will during the runs. */
struct rivals {
	pid_t pid[FORECAST_RIVALS];
	int count;
};
void forecast_start_rivals(struct rivals *rivals, int count, const struct run_spec *run,
			   const struct dataset *dataset, const struct backend *backend);
void forecast_stop_rivals(struct rivals *rivals);

/* How much longer work takes than it uses of a processor, with `processes` of ours at a time: 1 on
 * a machine of its own, more where others want the processors too.  Takes a sixth of a second. */
double forecast_slowdown(int processes);

/* Time that passes, and what this process used of a processor: the first bounds measurements, the
 * second is what is measured.  Load that others put on the machine just then would stay in the
 * cache long after it has gone. */
double forecast_now(void);
double forecast_busy(void);
/* Of what one thread computes the second; of several the first, as they wait for each other. */
double forecast_spent(const struct backend *backend);

#endif
