/* SPDX-License-Identifier: Apache-2.0 */
/* What killed processes left in a results folder (foundation/leftovers.h has the names).
 *
 * In `runs` there are two kinds more than elsewhere: TARGET.PLACE-PID-BEGIN.old is a record that
 * was set aside to be replaced where two folders cannot be exchanged at once; if its place is empty
 * it goes back.  ID.failed is stale where the run's record is younger. */
#ifndef SHEAFBENCH_HARNESS_RUNS_CLEAN_H
#define SHEAFBENCH_HARNESS_RUNS_CLEAN_H

/* Cleans the folders of one experiment, of the caches and of the golden hashes.  What cannot be
 * cleaned stays: it disturbs nothing. */
void results_clean(const char *results_dir, const char *experiment);

#endif
