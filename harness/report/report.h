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
#include "harness/statistics/hypothesis.h"
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

/* What two arms of one task are compared for. */
enum report_question {
	QUESTION_SHEAF,   /* SheafOnly - SoftmaxOnly */
	QUESTION_PADIC,   /* SheafPadic - SheafOnly */
	QUESTION_BOTH,    /* SheafPadic - SoftmaxOnly */
	QUESTION_MIXTURE, /* SoftmaxOnly - Dense */
	QUESTIONS
};

enum report_finding {
	FINDING_UNKNOWN,     /* fewer than two paired seeds */
	FINDING_NO_VERDICT,  /* the seeds cannot give one; struct report_pair says why */
	FINDING_UNDECIDED,   /* the interval covers zero */
	FINDING_UNCONFIRMED, /* it does not, but Holm's p is above 5 % */
	FINDING_BETTER,
	FINDING_WORSE
};

struct report_pair {
	enum report_question question;
	int64_t x, y;        /* rows; the difference is x - y on the primary metric */
	double *differences; /* owned */
	int64_t n;
	struct paired paired;
	bool tested; /* n >= 2 */
	struct sign_flip flip;
	double holm;           /* over all tested pairs of the report */
	double smallest;       /* true difference seen in four of five such studies; 0: not known */
	enum comparison alone; /* what the interval says before the correction */
	enum reason why;       /* of COMPARISON_NONE */
	enum report_finding finding;
};

struct report {
	const struct plan *plan;
	const struct table *table;
	struct report_run *run;   /* owned; plan->run_count of them */
	struct report_row *row;   /* owned; table->row_count of them */
	struct report_pair *pair; /* owned; by task, then question */
	int64_t pair_count, tested;
	/* Measurements of the machine; no header where the file is not there. */
	struct csv_table reproducibility, throughput, peers;
	struct studies studies;
};

/* Reads what the table does not hold: hashes of the runs, files beside the experiment's folder. */
int report_open(struct report *report, const struct plan *plan, const struct table *table,
		const char *results_dir, struct error *error);
/* Fills report->pair; report_open calls it. */
int report_compare(struct report *report, struct error *error);
void report_free(struct report *report);

void report_write(FILE *out, const struct report *report);

/* Sections, each with its heading. */
void report_write_verdict(FILE *out, const struct report *report);
void report_write_results(FILE *out, const struct report *report);
void report_write_forest(FILE *out, const struct report *report);
void report_write_curves(FILE *out, const struct report *report);
void report_write_experts(FILE *out, const struct report *report);
void report_write_codec(FILE *out, const struct report *report);
void report_write_studies(FILE *out, const struct report *report);
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
/* "0.031"; "below 0.001" where it would read as zero. */
void report_p(double p, char text[REPORT_DIFFERENCE]);
/* "better", "undecided" ... */
const char *report_finding_name(enum report_finding finding);
/* The reason in brackets, with a space before, where there is no verdict; else nothing. */
void report_write_reason(FILE *out, enum reason why, int64_t n, double least);

/* Addresses within the page, without '#'. */
void report_row_id(FILE *out, const struct report *report, int64_t row);
void report_pair_id(FILE *out, const struct report *report, const struct report_pair *pair);
/* "SheafOnly − SoftmaxOnly", escaped. */
void report_pair_label(FILE *out, const struct report *report, const struct report_pair *pair);
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
