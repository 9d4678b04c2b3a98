/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons of arms by seed, from the values a table holds; docs/RESULTS.md has the files.
 *
 * Every row is compared with each reference of its task and size, on the task's primary metric.
 * References are the MoE rows with a baseline router (SoftmaxOnly) and the Dense rows, and for arms
 * with a router that adds to another (SheafPadic to SheafOnly; models/router.h) the task's first
 * arm with that one; of a reference arm that is swept the row is taken whose settings are all the
 * other's too, of several the one with most.  Two references are compared once, the one that comes
 * first in the plan minus the other.
 *
 * The verdict is of the Student interval, by paired_verdict (harness/statistics/hypothesis.h), and
 * there is none where the sample cannot give one, with the reason.  Sign-flip p values are adjusted
 * by Holm over all pairs of the experiment that share two seeds.  Random streams have seed
 * COMPARISONS_SEED and the pair's names, so that neither another arm nor another experiment changes
 * an interval. */
#ifndef SHEAFBENCH_HARNESS_TABLES_COMPARISONS_H
#define SHEAFBENCH_HARNESS_TABLES_COMPARISONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/statistics/resample.h"
#include "harness/statistics/hypothesis.h"
#include "harness/tables/grid.h"
#include "harness/tables/table.h"

enum { COMPARISONS_SEED = 1 };
#define COMPARISONS_POWER 0.8

/* row - reference on one task. */
struct comparison_pair {
	const struct table_row *row, *reference; /* of the table */
	bool lower_is_better;
	int64_t n;           /* seeds in both */
	int64_t *seeds;      /* owned */
	double *differences; /* owned */
	double rounding;     /* of the differences: paired_rounding */
	struct paired paired;
	struct resample_interval bca;
	bool tested;           /* two seeds or more, and all differences finite */
	struct sign_flip flip; /* where tested; else p means nothing */
	double holm;           /* p adjusted; 1 where not tested */
	enum comparison verdict;
	enum reason why;    /* of COMPARISON_NONE */
	bool after_holm;    /* decided, and holm <= SIGNIFICANCE_LEVEL */
	double smallest;    /* difference seen by n seeds with COMPARISONS_POWER; 0: none known */
	int64_t seeds_near; /* seeds that would see the observed effect; 0: none, or too many */
};

/* One pair of arms over all tasks where both have runs. */
struct comparison_across {
	const struct table_row *row, *reference; /* of the first task */
	int64_t tasks, better, worse, undecided, no_verdict;
	bool one_metric; /* else there is no iqm, whose values must be on one scale */
	/* Interquartile mean of the differences of all tasks.  Not of the scores: where tasks'
	 * scores do not overlap theirs leaves whole tasks out. */
	struct resample_interval iqm;
	enum comparison iqm_verdict;
	struct resample_interval improvement; /* probability of, seeds not paired */
	enum comparison improvement_verdict;
};

struct comparisons {
	const struct table *table;
	struct comparison_pair *pair; /* owned; by task, then reference, in plan order */
	int64_t pair_count;
	int64_t family;                   /* pairs Holm's adjustment is over */
	struct comparison_across *across; /* owned */
	int64_t across_count;
};

/* All pairs, with everything above computed.  Keeps pointers into `table`, which must outlive it;
 * ERROR_MACHINE: no memory.  Free with comparisons_free. */
int comparisons_make(struct comparisons *made, const struct table *table, struct error *error);
void comparisons_free(struct comparisons *comparisons);

/* For comparisons of one's own choice: from {.table = table} add pairs, then adjust, by Holm over
 * those that were added. */
int comparisons_add(struct comparisons *made, const struct table_row *row,
		    const struct table_row *reference, struct error *error);
int comparisons_adjust(struct comparisons *made, struct error *error);

/* Adds the pairs over all tasks; comparisons_make calls it. */
int comparisons_make_across(struct comparisons *made, struct error *error);
bool comparison_pair_decided(const struct comparison_pair *pair);
/* Why there is no verdict, "" where there is one. */
void comparison_pair_reason(const struct comparison_pair *pair, char text[REASON_TEXT]);
/* "better", or "no verdict (REASON)": a cell of a table. */
enum { COMPARISON_VERDICT = REASON_TEXT + 32 };
void comparison_pair_verdict(const struct comparison_pair *pair, char text[COMPARISON_VERDICT]);
/* The same with what Holm's adjustment says of it, "better, not after Holm"; `reason` may be left
 * out where there is no room for it. */
void comparison_pair_finding(const struct comparison_pair *pair, bool reason,
			     char text[COMPARISON_VERDICT]);
/* The same of an interval over tasks. */
void comparison_across_verdict(const struct resample_interval *interval, enum comparison verdict,
			       char text[COMPARISON_VERDICT]);
/* Whether the pair, which has seeds, is of these arms. */
bool comparison_across_has(const struct comparison_across *across,
			   const struct comparison_pair *pair);
/* It, as a cell of estimates takes it. */
struct statistics comparison_across_statistics(const struct resample_interval *interval);
/* The smallest adjusted p that n seeds allow: where it exceeds the level, Holm's column cannot
 * decide anything. */
double comparisons_smallest_holm(const struct comparisons *comparisons);
/* "SheafOnly − Dense" with sizes and variants as table_row_label has them. */
enum { COMPARISON_LABEL = 2 * TABLE_LABEL + 8 };
void comparison_label(const struct table *table, const struct table_row *row,
		      const struct table_row *reference, char label[COMPARISON_LABEL]);
/* The id that the pair's seeds have on a page of HTML. */
void comparison_id(const struct table *table, const struct comparison_pair *pair,
		   char id[TABLE_ID]);
/* "better" or "worse" also after Holm, else "open": a class of the page's style sheet. */
const char *comparison_style(const struct comparison_pair *pair);

void comparisons_write_csv(FILE *out, const struct comparisons *comparisons);
void comparisons_write_json(FILE *out, const struct comparisons *comparisons);
void comparisons_write_markdown(FILE *out, const struct comparisons *comparisons);
/* The two tables without headings: pairs on each task, of HTML with a link to comparison_id, and
 * pairs over tasks. */
void comparisons_write_pairs(FILE *out, enum grid_format format,
			     const struct comparisons *comparisons);
void comparisons_write_across(FILE *out, enum grid_format format,
			      const struct comparisons *comparisons);
/* A sentence with the error of p values that are drawn, the same in every format; nothing where all
 * are exact. */
void comparisons_write_drawn(FILE *out, enum grid_format format,
			     const struct comparisons *comparisons);
/* For gnuplot: two blocks per task, two blank lines after each: of lines "position label mean low
 * high verdict task metric after-Holm lower-is-better finding", verdict -1, 0, 1, and of lines
 * "position difference", one per seed. */
void comparisons_write_plot(FILE *out, const struct comparisons *comparisons);
/* Whether that has a line, and so whether there is a figure. */
bool comparisons_drawn(const struct comparisons *comparisons);

#endif
