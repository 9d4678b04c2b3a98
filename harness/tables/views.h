/* SPDX-License-Identifier: Apache-2.0 */
/* What templates are given of tables and comparisons: numbers as texts, "–" for what is unknown,
 * null for what is not there.  All are NULL without memory, and take a NULL among their parts. */
#ifndef SHEAFBENCH_HARNESS_TABLES_VIEWS_H
#define SHEAFBENCH_HARNESS_TABLES_VIEWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "foundation/template.h"
#include "foundation/text_file.h"
#include "harness/tables/comparisons.h"
#include "harness/tables/questions.h"

json_t *view_integer(int64_t value); /* "195,540" */
json_t *view_number(bool known, double value);
json_t *view_decimals(double value, int decimals);
json_t *view_estimate(const struct statistics *statistics, bool sign); /* NULL: unknown */
/* Of what was written, without its last line break. */
json_t *view_written(struct text_stream *stream);

/* {task, arm, label, id, metric, estimate, runs, planned, one_run, parameters, active, flops,
 * matched, residual, means, parameter, value}: id is table_row_id, parameter and value are null but
 * of a point of the sensitivity; means has those of the router's metrics by their names. */
json_t *view_row(const struct table *table, const struct table_row *row);
/* A list of what `of` makes of each row, nulls left out. */
typedef json_t *row_view(const struct table *table, const struct table_row *row);
json_t *view_rows(const struct table *table, row_view *of);
/* A list of {task, metric, stem} of each task, added to what `more` makes of it, where it is given;
 * those it makes null of are left out. */
typedef json_t *task_view(const void *source, const char *task);
json_t *view_tasks(const struct table *table, task_view *more, const void *source);
/* {experiment, part, runs, planned, missing, tasks, rows}, missing: whether not all runs are in. */
json_t *view_table(const struct table *table);
/* What table_write_task writes without times. */
json_t *view_task_table(const struct table *table, const char *task, enum grid_format format);

/* {task, metric, arms, id, question, row, reference, difference, p, holm, outcome, verdict,
 * finding, reason, decided, after_holm}: arms is study_pair_label, id comparison_id, question what
 * a study asks it, or null; outcome is "better", verdict has its reason, finding what Holm says. */
json_t *view_pair(const struct comparisons *comparisons, const struct comparison_pair *pair);
/* Of the pairs that `keeps` says true of {all, decided, undecided, none, verdicts}: {pairs, n, one}
 * where there are any, one: whether n is 1, else null; verdicts: a list of the best, then worse,
 * undecided, none. */
typedef bool keeps_pair(const struct comparison_pair *pair, const void *like);
json_t *view_pairs(const struct comparisons *comparisons, keeps_pair *keeps, const void *like);
/* Of a task, and of a reference arm (NULL: any), by name. */
bool pair_has_task(const struct comparison_pair *pair, const void *task);
bool pair_has_reference(const struct comparison_pair *pair, const void *arm);
/* A list of view_pairs of each reference arm, with its name as {reference}. */
json_t *view_references(const struct comparisons *comparisons);
/* Of those that answer a question of the plan's experiment, on one task or any (NULL). */
struct asked {
	const struct plan *plan;
	const struct comparisons *comparisons;
	enum question_name question;
	const char *task;
};
bool pair_answers(const struct comparison_pair *pair, const void *asked);
/* Their tally_answer; false: there are none. */
bool pairs_answer(const struct comparisons *comparisons, keeps_pair *keeps, const void *like,
		  const char *on, const char *task, char answer[TALLY_ANSWER]);
/* What one of the comparisons' own writers writes. */
typedef void comparisons_writer(FILE *out, enum grid_format format,
				const struct comparisons *comparisons);
json_t *view_comparisons(const struct comparisons *comparisons, comparisons_writer *write,
			 enum grid_format format);

#endif
