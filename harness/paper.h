/* SPDX-License-Identifier: Apache-2.0 */
/* The generated parts of PAPER.md.  A part is what stands between two lines
 *
 *     <!-- generated:KEY -->
 *     <!-- /generated:KEY -->
 *
 * and is replaced as a whole; everything else stays byte for byte.  Generating twice changes
 * nothing.
 *
 *   protocol        training settings, tasks and seeds, from the plan
 *   params          counts, and by how much the Dense arms miss what they are matched to
 *   ablation-table  a table per task, without measured times
 *   verdict         per task, each sheaf router against SoftmaxOnly, paired by seed
 *   reached         what each arm reaches on Letter and Fashion-MNIST
 *   curves          figures
 *   tuning          the search for learning rates, from results/tuning */
#ifndef SHEAFBENCH_HARNESS_PAPER_H
#define SHEAFBENCH_HARNESS_PAPER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/experiment.h"
#include "harness/table.h"
#include "models/error.h"

struct paper_source {
	const struct plan *plan;
	const struct table *table;
	const struct table *tuning; /* NULL: none was made */
};

/* *out (free() it) is `text` with its generated parts replaced.  An unknown key, a marker without
 * its partner and nested markers are ERROR_INPUT with their line. */
int paper_generate(const char *file_name, const char *text, size_t size,
		   const struct paper_source *source, char **out, size_t *out_size,
		   struct error *error);
/* ERROR_CHECK naming the first line of `current` that differs from `generated`. */
int paper_compare(const char *file_name, const char *current, size_t current_size,
		  const char *generated, size_t generated_size, struct error *error);

/* Writers of the parts (harness/paper_*.c). */
void paper_write_protocol(FILE *out, const struct paper_source *source);
void paper_write_params(FILE *out, const struct paper_source *source);
void paper_write_table(FILE *out, const struct paper_source *source);
void paper_write_verdict(FILE *out, const struct paper_source *source);
void paper_write_reached(FILE *out, const struct paper_source *source);
void paper_write_curves(FILE *out, const struct paper_source *source);
void paper_write_tuning(FILE *out, const struct paper_source *source);

/* What a sheaf router does to a metric, from the paired differences (router minus SoftmaxOnly). */
enum verdict {
	VERDICT_HELPS,         /* the interval is on the good side of zero */
	VERDICT_HURTS,         /* on the bad side */
	VERDICT_DOES_NOT_HELP, /* not one seed differs */
	VERDICT_UNDECIDED,     /* the interval covers zero */
	VERDICT_UNKNOWN        /* fewer than two seeds are in both arms */
};
enum verdict verdict_of(const struct statistics *differences, bool lower_is_better);

/* Differences row - reference of the primary metric, over the seeds that both have.  n = 0 when
 * there are none, or no memory. */
struct statistics verdict_differences(const struct table_row *row,
				      const struct table_row *reference);

#endif
