/* SPDX-License-Identifier: Apache-2.0 */
/* The generated parts of PAPER.md.  A part is what stands between two lines
 *
 *     <!-- generated:KEY -->
 *     <!-- /generated:KEY -->
 *
 * and is replaced as a whole; everything else stays byte for byte.  Generating twice changes
 * nothing.  A line `<!-- generated from: EXPERIMENT -->` makes any other experiment ERROR_INPUT.
 *
 *   protocol        training settings, tasks and seeds, from the plan
 *   params          counts, and by how much the Dense arms miss what they are matched to
 *   ablation-table  a table per task, without measured times
 *   finding         a sentence for each reference on what is decided
 *   comparisons     every pair of arms on every task, paired by seed, and their figure
 *   across          pairs of arms over all tasks
 *   verdict         each pair of arms in words
 *   limits          what is too small to see, dead experts, settings each task would prefer
 *   reproducibility, throughput, peers   the measured tables of results/, where they are there
 *   reached         what each arm reaches on Letter and Fashion-MNIST
 *   curves          figures
 *   answers         the questions of the paper in one table
 *   matching, controls, sensitivity      the experiments beside the ablation, where they are there
 *   collapse        what routing is worth where the true experts are known; conclusion: in a word
 *   wall-time       the metric at equal measured time
 *   routers, valuations      what the routers and the codec of the ablation did
 *   cost            measured time of a training step by arm
 *   tuning          the search for learning rates, from results/tuning */
#ifndef SHEAFBENCH_HARNESS_PAPER_PAPER_H
#define SHEAFBENCH_HARNESS_PAPER_PAPER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/tables/comparisons.h"
#include "harness/experiment/experiment.h"
#include "harness/tables/measured.h"
#include "harness/tables/studies.h"
#include "harness/tables/table.h"
#include "foundation/error.h"

struct paper_source {
	const struct plan *plan;
	const struct table *table;
	const struct table *tuning;            /* NULL: none was made */
	const struct comparisons *comparisons; /* of `table` */
	const struct measured *measured;       /* NULL: nothing */
	const struct studies *studies;         /* NULL: none */
};

/* *out (free() it) is `text` with its generated parts replaced.  An unknown key, a marker without
 * its partner and nested markers are ERROR_INPUT with their line. */
int paper_generate(const char *file_name, const char *text, size_t size,
		   const struct paper_source *source, char **out, size_t *out_size,
		   struct error *error);

/* What the parts say, as values of templates/KEY.md; NULL without memory (the other files of this
 * room). */
json_t *paper_finding(const struct paper_source *source);
json_t *paper_protocol(const struct paper_source *source);
json_t *paper_table(const struct paper_source *source);
json_t *paper_tuning(const struct paper_source *source);
json_t *paper_ablation_table(const struct paper_source *source);
json_t *paper_comparisons(const struct paper_source *source);
json_t *paper_across(const struct paper_source *source);
json_t *paper_verdict(const struct paper_source *source);
json_t *paper_reached(const struct paper_source *source);
json_t *paper_limits(const struct paper_source *source);
json_t *paper_reproducibility(const struct paper_source *source);
json_t *paper_throughput(const struct paper_source *source);
json_t *paper_peers(const struct paper_source *source);
json_t *paper_answers(const struct paper_source *source);
json_t *paper_matching(const struct paper_source *source);
json_t *paper_controls(const struct paper_source *source);
json_t *paper_sensitivity(const struct paper_source *source);
json_t *paper_routing(const struct paper_source *source);
json_t *paper_wall_time(const struct paper_source *source);
json_t *paper_routers(const struct paper_source *source);
json_t *paper_valuations(const struct paper_source *source);
json_t *paper_cost(const struct paper_source *source);

/* Of the samples of a mixture the share that meets the pair of experts most met, mean over seeds.
 */
double paper_largest_pair(const struct table_row *row, bool *known);

/* Every number of a table belongs to runs: each of its seeds is a run of the plan, and where the
 * run's own file is in results_dir its metrics are the table's.  ERROR_CHECK else. */
int paper_check_trace(const struct table *table, const struct plan *plan, const char *results_dir,
		      struct error *error);

#endif
