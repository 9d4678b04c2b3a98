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

json_t *view_integer(int64_t value); /* "195,540" */
json_t *view_number(bool known, double value);
json_t *view_decimals(double value, int decimals);
json_t *view_estimate(const struct statistics *statistics, bool sign); /* NULL: unknown */
/* Of what was written, without its last line break. */
json_t *view_written(struct text_stream *stream);

/* {task, arm, label, metric, estimate, runs, one_run, parameters, active, flops, matched, residual,
 * means}, and of a point of the sensitivity {parameter, value}; means has those of the router's
 * metrics by their names. */
json_t *view_row(const struct table *table, const struct table_row *row);
/* A list of what `of` makes of each row, nulls left out. */
typedef json_t *row_view(const struct table *table, const struct table_row *row);
json_t *view_rows(const struct table *table, row_view *of);
/* A list of {task, metric, stem} of each task, added to what `more` makes of it, where it is given;
 * those it makes null of are left out. */
typedef json_t *task_view(const void *source, const char *task);
json_t *view_tasks(const struct table *table, task_view *more, const void *source);
/* {experiment, part, missing, tasks, rows}, missing: {runs, planned} where they differ. */
json_t *view_table(const struct table *table);

/* {task, metric, arms, row, reference, difference, p, holm, outcome, verdict, finding, reason,
 * decided, after_holm}: outcome is "better", verdict has its reason, finding what Holm says. */
json_t *view_pair(const struct comparisons *comparisons, const struct comparison_pair *pair);
/* Of the pairs that `keeps` says true of {all, decided, undecided, none, verdicts}: {pairs, n, one}
 * where there are any, one: whether n is 1, else null; verdicts: a list of the best, then worse,
 * undecided, none. */
typedef bool keeps_pair(const struct comparison_pair *pair, const void *like);
json_t *view_pairs(const struct comparisons *comparisons, keeps_pair *keeps, const void *like);
/* Of a task, and of a reference arm, by name. */
bool pair_has_task(const struct comparison_pair *pair, const void *task);
bool pair_has_reference(const struct comparison_pair *pair, const void *arm);
/* What the comparisons' own writer writes. */
json_t *view_comparisons(const struct comparisons *comparisons,
			 void (*write)(FILE *out, const struct comparisons *comparisons));

#endif
