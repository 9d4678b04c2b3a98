/* SPDX-License-Identifier: Apache-2.0 */
/* The generated parts of PAPER.md.  A part is what stands between two lines
 *
 *     <!-- generated:KEY -->
 *     <!-- /generated:KEY -->
 *
 * and is replaced as a whole; everything else stays byte for byte.  Generating twice changes
 * nothing.  A line `<!-- generated from: EXPERIMENT -->` makes any other experiment ERROR_INPUT.
 */
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
#include "foundation/template.h"

struct paper_source {
	const struct plan *plan;
	const struct table *table;
	const struct table *tuning;            /* NULL: none was made */
	const struct comparisons *comparisons; /* of `table` */
	const struct measured *measured;       /* NULL: nothing */
	const struct studies *studies;         /* NULL: none */
};

extern const struct template_text paper_templates[]; /* templates/, by mk/build.mk */

/* *out (free() it) is `text` with its generated parts replaced.  An unknown key, a marker without
 * its partner and nested markers are ERROR_INPUT with their line. */
int paper_generate(const char *file_name, const char *text, size_t size,
		   const struct paper_source *source, char **out, size_t *out_size,
		   struct error *error);

/* Every part: its key, and who says what the template templates/KEY.md is given, NULL without
 * memory.  In the order in which a message lists the keys. */
#define PAPER_PARTS(PART)                                                                          \
	/* A sentence for each reference on what is decided. */                                    \
	PART("finding", paper_finding)                                                             \
	/* Training settings, tasks and seeds, from the plan. */                                   \
	PART("protocol", paper_protocol)                                                           \
	/* Counts, and by how much the Dense arms miss what they are matched to. */                \
	PART("params", paper_table)                                                                \
	/* The search for learning rates, from results/tuning. */                                  \
	PART("tuning", paper_tuning)                                                               \
	/* A table per task, without measured times. */                                            \
	PART("ablation-table", paper_ablation_table)                                               \
	/* Every pair of arms on every task, paired by seed, and their figure; over all tasks. */  \
	PART("comparisons", paper_comparisons)                                                     \
	PART("across", paper_across)                                                               \
	/* Each pair of arms in words. */                                                          \
	PART("verdict", paper_verdict)                                                             \
	/* What each arm reaches on Letter and Fashion-MNIST; figures. */                          \
	PART("reached", paper_reached)                                                             \
	PART("curves", paper_table)                                                                \
	/* What is too small to see, dead experts, settings each task would prefer. */             \
	PART("limits", paper_limits)                                                               \
	/* The measured tables of results/, where they are there. */                               \
	PART("reproducibility", paper_reproducibility)                                             \
	PART("throughput", paper_throughput)                                                       \
	PART("peers", paper_peers)                                                                 \
	/* The questions of the paper in one table. */                                             \
	PART("answers", paper_answers)                                                             \
	/* The experiments beside the ablation, where they are there. */                           \
	PART("matching", paper_matching)                                                           \
	PART("controls", paper_controls)                                                           \
	PART("sensitivity", paper_sensitivity)                                                     \
	/* What routing is worth where the true experts are known; in a word. */                   \
	PART("collapse", paper_routing)                                                            \
	PART("conclusion", paper_routing)                                                          \
	/* The metric at equal measured time. */                                                   \
	PART("wall-time", paper_wall_time)                                                         \
	/* What the routers and the codec of the ablation did. */                                  \
	PART("routers", paper_routers)                                                             \
	PART("valuations", paper_valuations)                                                       \
	/* Measured time of a training step by arm. */                                             \
	PART("cost", paper_cost)

#define PAPER_DECLARE(key, values) json_t *values(const struct paper_source *source);
PAPER_PARTS(PAPER_DECLARE)

/* Of the samples of a mixture the share that meets the pair of experts most met, mean over seeds.
 */
double paper_largest_pair(const struct table_row *row, bool *known);

/* Every number of a table belongs to runs: each of its seeds is a run of the plan, and where the
 * run's own file is in results_dir its metrics are the table's.  ERROR_CHECK else. */
int paper_check_trace(const struct table *table, const struct plan *plan, const char *results_dir,
		      struct error *error);

#endif
