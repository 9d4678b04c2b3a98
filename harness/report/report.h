/* SPDX-License-Identifier: Apache-2.0 */
/* One HTML page with all an experiment found: nothing is fetched, the same inputs give the same
 * bytes.  Whatever did not come from the sources is escaped. */
#ifndef SHEAFBENCH_HARNESS_REPORT_REPORT_H
#define SHEAFBENCH_HARNESS_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "foundation/csv_table.h"
#include "harness/experiment/experiment.h"
#include "harness/tables/comparisons.h"
#include "harness/tables/studies.h"
#include "harness/tables/table.h"

/* One run of the plan, by the plan's index. */
struct report_run {
	enum run_state state;
	char weights_sha256[65]; /* "" while it is not done */
	int64_t row, index;      /* table row, and which of its values; -1, -1 while not done */
};

/* What is known of a table row besides its metrics. */
struct report_row {
	const struct run_spec *spec; /* one of its runs: settings are those of all */
	int position;                /* among the rows of its task, for colours */
	/* Share of samples that chose experts i and j: experts x experts, mean over runs; owned. */
	double *chosen_together;
	char chosen_name[64]; /* what the runs call it; "": they do not say */
};

struct report {
	const struct plan *plan;
	const struct table *table;
	struct report_run *run;         /* owned; plan->run_count of them */
	struct report_row *row;         /* owned; table->row_count of them */
	struct comparisons comparisons; /* of `table`: those of its own files */
	/* Measurements of the machine; no header where the file is not there. */
	struct csv_table reproducibility, throughput, peers;
	struct studies studies;
};

/* Reads what the table does not hold: hashes of the runs, files beside the experiment's folder. */
int report_open(struct report *report, const struct plan *plan, const struct table *table,
		const char *results_dir, struct error *error);
void report_free(struct report *report);

int report_write(FILE *out, const struct report *report, struct error *error);

/* Sections, each with its heading. */
void report_write_verdict(FILE *out, const struct report *report);
void report_write_results(FILE *out, const struct report *report);
void report_write_forest(FILE *out, const struct report *report);
/* The forest plot of one task, of the page's own comparisons or a study's; nothing where no pair
 * has seeds in common.  `title` stands before the task's name. */
void report_write_forest_task(FILE *out, const struct report *report, const struct comparisons *c,
			      const char *task, const char *title, const char *id);
void report_write_curves(FILE *out, const struct report *report);
void report_write_experts(FILE *out, const struct report *report);
void report_write_codec(FILE *out, const struct report *report);
void report_write_studies(FILE *out, const struct report *report);
/* The opening of an answer's <article>, with the answer in a word; ids are "answer-ID". */
void report_write_answer(FILE *out, const char *id, const char *title, const struct tally *tally);
/* An answer of the verdict, from the controls; nothing where they are not there. */
void report_write_routing(FILE *out, const struct report *report);
void report_write_speed(FILE *out, const struct report *report);
void report_write_reproducibility(FILE *out, const struct report *report);
void report_write_peers(FILE *out, const struct report *report);
void report_write_pairs(FILE *out, const struct report *report);
void report_write_runs(FILE *out, const struct report *report);

/* Whether the metric is a share, of which a hundredth is a percentage point. */
bool report_is_share(const char *metric);
/* In percentage points of a share ("+0.06"), else as it is ("+0.0006"). */
enum { REPORT_DIFFERENCE = 64 };
void report_difference(const char *metric, double difference, bool sign,
		       char text[REPORT_DIFFERENCE]);
/* "+0.06 [-0.10, +0.22]" of the differences; "–" where there are none. */
enum { REPORT_ESTIMATE = 3 * REPORT_DIFFERENCE + 8 };
void report_estimate(const struct comparison_pair *pair, char text[REPORT_ESTIMATE]);
/* The finding in words (comparison_pair_finding), and the reason in brackets, with a space before,
 * where there is no verdict. */
void report_finding(FILE *out, const struct comparison_pair *pair);
void report_reason(FILE *out, const struct comparison_pair *pair);
/* "better" or "worse" also after Holm, else "open": a class of the style sheet. */
const char *report_class(const struct comparison_pair *pair);
/* Cells of a table of comparisons: the finding, p and Holm's p. */
void report_finding_cells(FILE *out, const struct comparison_pair *pair);

/* Addresses within the page, without '#'. */
void report_row_id(FILE *out, const struct report *report, int64_t row);
void report_pair_id(FILE *out, const struct report *report, const struct comparison_pair *pair);
/* "SheafOnly − SoftmaxOnly", escaped; of the sensitivity the setting that is another,
 * "digits N = 7". */
void report_pair_label(FILE *out, const struct table *table, const struct comparison_pair *pair);
/* The row's label, escaped. */
void report_row_label(FILE *out, const struct report *report, int64_t row);
/* A cell of numbers that leads to the row's runs. */
void report_row_cell(FILE *out, const struct report *report, int64_t row, double value,
		     const char *text);
/* The command that explains a cell of an experiment's table, as code. */
void report_explain(FILE *out, const struct table_row *row, const char *metric, const char *config);
/* One past the last row of the task that begins at `row`. */
int64_t report_task_end(const struct report *report, int64_t row);

#endif
