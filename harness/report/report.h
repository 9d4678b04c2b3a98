/* SPDX-License-Identifier: Apache-2.0 */
/* One HTML page with all an experiment found: nothing is fetched, the same inputs give the same
 * bytes.  What stands there is said here, section by section; how is in templates/, tables are
 * grids, and figures are those that scripts/plot*.sh drew.  Whatever did not come from the sources
 * is escaped. */
#ifndef SHEAFBENCH_HARNESS_REPORT_REPORT_H
#define SHEAFBENCH_HARNESS_REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/experiment/experiment.h"
#include "harness/tables/comparisons.h"
#include "harness/tables/measured.h"
#include "harness/tables/studies.h"
#include "harness/tables/table.h"
#include "foundation/template.h"

/* One run of the plan, by the plan's index. */
struct report_run {
	enum run_state state;
	char weights_sha256[65]; /* "" while it is not done */
	int64_t row;             /* of the table */
	int64_t index;           /* which of its values; -1 while it is not done */
};

struct report {
	const struct plan *plan;
	const struct table *table;
	struct report_run *run;         /* owned; plan->run_count of them */
	struct comparisons comparisons; /* of `table`: those of its own files */
	struct measured measured;
	struct studies studies;
	/* Figures by kind (harness/report/figure.h), owned; NULL of a study that is not there. */
	json_t *figures, *study_figures[STUDIES];
	json_t *throughput_figures; /* a list */
};

/* Reads what the table does not hold: hashes of the runs, files beside the experiment's folder. */
int report_open(struct report *report, const struct plan *plan, const struct table *table,
		const char *results_dir, struct error *error);
void report_free(struct report *report);

int report_write(FILE *out, const struct report *report, struct error *error);

/* The sections in the order of the page: who gives the values of templates/NAME.html, NULL without
 * memory. */
#define REPORT_SECTIONS(SECTION)                                                                   \
	SECTION(verdict)                                                                           \
	SECTION(results)                                                                           \
	SECTION(curves)                                                                            \
	SECTION(experts)                                                                           \
	SECTION(codec)                                                                             \
	SECTION(studies)                                                                           \
	SECTION(reproducibility)                                                                   \
	SECTION(speed)                                                                             \
	SECTION(peers)                                                                             \
	SECTION(pairs)                                                                             \
	SECTION(runs)

#define REPORT_DECLARE(name) json_t *report_##name(const struct report *report);
REPORT_SECTIONS(REPORT_DECLARE)
extern const struct template_text report_templates[]; /* templates/, by mk/build.mk */

/* What `write` writes at a row, pair or study of that index, a table of the page, without its last
 * line break. */
typedef void report_writer(FILE *out, const struct report *report, int64_t at);
json_t *report_text(report_writer *write, const struct report *report, int64_t at);
/* A table of each task, `what` of it, in which `write` writes something of each row; `id` leads to
 * the row's runs. */
struct report_rows {
	const char *what, *heads;
	void (*write)(struct grid *grid, const struct table_row *row, const char *label,
		      const char *id);
	bool with_table;
};
/* view_tasks with {what, rows, table} of each: `rows` is that table, `table` the task's own where
 * it is `with_table`. */
json_t *report_tasks(const struct report *report, const struct report_rows *rows);
/* The command that explains the primary metric of a row of an experiment's table. */
enum { REPORT_COMMAND = 4 * 4096 + 2048 }; /* every byte of the longest path as an escape */
void report_explain(const struct table_row *row, const char *config, char command[REPORT_COMMAND]);

#endif
