/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that other commands measured: reproducibility.csv, throughput.csv, peers.csv,
 * controls/step_time.csv, matching/wall_time.csv of the results folder.  Each may be absent. */
#ifndef SHEAFBENCH_HARNESS_PAPER_MEASURED_H
#define SHEAFBENCH_HARNESS_PAPER_MEASURED_H

#include <stdbool.h>

#include "foundation/csv_table.h"
#include "foundation/error.h"

enum paper_measurement {
	MEASURED_REPRODUCIBILITY,
	MEASURED_THROUGHPUT,
	MEASURED_PEERS,
	MEASURED_STEP_TIME,
	MEASURED_WALL_TIME
};
enum { MEASURED_COUNT = MEASURED_WALL_TIME + 1 };

struct paper_measured {
	bool there[MEASURED_COUNT];
	struct csv_table table[MEASURED_COUNT];
};

/* A table without one of the columns that are shown is ERROR_INPUT. */
int paper_measured_read(struct paper_measured *measured, const char *results_dir,
			struct error *error);
void paper_measured_free(struct paper_measured *measured);

#endif
