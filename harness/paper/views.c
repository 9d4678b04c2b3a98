/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/paper/views.h"

#include <stdlib.h>
#include <string.h>

#include "harness/tables/cell.h"
#include "harness/tables/studies.h"

static const char unknown[] = "–";

json_t *view_integer(int64_t value)
{
	char text[CELL_TEXT];
	cell_integer(value, text);
	return template_bytes(text);
}

json_t *view_number(bool known, double value)
{
	char text[CELL_TEXT];
	cell_number(value, false, text);
	return template_bytes(known ? text : unknown);
}

json_t *view_decimals(double value, int decimals)
{
	char text[CELL_TEXT];
	cell_decimals(value, decimals, text);
	return template_bytes(text);
}

json_t *view_estimate(const struct statistics *statistics, bool sign)
{
	char text[CELL_TEXT];
	if (statistics)
		cell_estimate(statistics, sign, text);
	return template_bytes(statistics ? text : unknown);
}

json_t *view_count(int64_t count)
{
	return count ? json_pack("{s:o s:b}", "n", template_integer(count), "one", count == 1)
		     : json_null();
}

json_t *view_written(struct text_stream *stream)
{
	char *text;
	size_t size;
	if (text_stream_take(stream, &text, &size, NULL))
		return NULL;
	json_t *view = json_stringn_nocheck(text, size - (size > 0 && text[size - 1] == '\n'));
	free(text);
	return view;
}

json_t *view_join(json_t *view, json_t *more)
{
	if (json_object_update_new(view, more) == 0)
		return view;
	json_decref(view);
	return NULL;
}

/* The setting that makes a point of the sensitivity. */
static json_t *view_point(const struct table_row *row)
{
	char value[PARAMETER_VALUE];
	int parameter = study_parameter(row->variant);
	if (parameter == PARAMETER_NONE || parameter == PARAMETER_MIDDLE)
		return json_pack("{s:n s:n}", "parameter", "value");
	study_value(row->variant, parameter, value);
	return json_pack("{s:s s:o}", "parameter", parameter_names[parameter], "value",
			 template_bytes(value));
}

json_t *view_row(const struct table *table, const struct table_row *row)
{
	char label[TABLE_LABEL], residual[CELL_TEXT];
	bool matched = row->match_target != 0;
	table_row_label(table, row, label);
	cell_residual(row->match_residual, row->match_target, " %", residual);
	json_t *view =
	    json_pack("{s:s s:s s:s s:s s:o s:o s:b s:o s:o s:o s:o s:s}", "task", row->task, "arm",
		      row->arm, "label", label, "metric", row->primary_metric, "estimate",
		      view_estimate(table_row_statistics(row, row->primary_metric), false), "runs",
		      template_integer(row->runs), "one_run", row->runs == 1, "parameters",
		      view_integer(row->total_params), "active", view_integer(row->active_params),
		      "flops", view_integer(row->train_flops), "matched",
		      matched ? view_integer(row->match_target) : template_bytes(unknown),
		      "residual", matched ? residual : unknown);
	return view_join(view, view_point(row));
}

json_t *view_rows(const struct table *table, row_view *of)
{
	json_t *rows = json_array();
	for (int64_t i = 0; i < table->row_count; i++) {
		json_t *row = of(table, &table->row[i]);
		if (!json_is_null(row))
			template_append(&rows, row);
	}
	return rows;
}

json_t *view_tasks(const struct table *table, task_view *more, const void *source)
{
	json_t *tasks = json_array();
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		char stem[64];
		if (!table_task_begins(table, i))
			continue;
		json_t *made = more ? more(source, row->task) : json_object();
		if (json_is_null(made))
			continue;
		table_task_stem(row->task, stem);
		template_append(&tasks,
				view_join(json_pack("{s:s s:s s:s}", "task", row->task, "metric",
						    row->primary_metric, "stem", stem),
					  made));
	}
	return tasks;
}

json_t *view_table(const struct table *table)
{
	json_t *missing = table->runs < table->planned
			      ? json_pack("{s:o s:o}", "runs", template_integer(table->runs),
					  "planned", template_integer(table->planned))
			      : json_null();
	return json_pack("{s:s s:s s:o s:o s:o}", "experiment", table->experiment, "part",
			 table->on_test ? "test" : "validation", "missing", missing, "tasks",
			 view_tasks(table, NULL, NULL), "rows", view_rows(table, view_row));
}

static json_t *view_p(bool known, double p)
{
	char text[CELL_TEXT];
	cell_p(p, text);
	return template_bytes(known ? text : unknown);
}

json_t *view_pair(const struct comparisons *comparisons, const struct comparison_pair *pair)
{
	const struct table *table = comparisons->table;
	char label[COMPARISON_LABEL], finding[COMPARISON_VERDICT], verdict[COMPARISON_VERDICT];
	char reason[REASON_TEXT];
	comparison_label(table, pair->row, pair->reference, label);
	comparison_pair_finding(pair, true, finding);
	comparison_pair_verdict(pair, verdict);
	comparison_pair_reason(pair, reason);
	return json_pack(
	    "{s:s s:s s:s s:o s:o s:o s:o s:o s:s s:s s:s s:s s:b s:b}", "task", pair->row->task,
	    "metric", pair->row->primary_metric, "arms", label, "row", view_row(table, pair->row),
	    "reference", view_row(table, pair->reference), "difference",
	    view_estimate(pair->n > 0 ? &pair->paired.difference : NULL, true), "p",
	    view_p(pair->tested, pair->flip.p), "holm", view_p(pair->tested, pair->holm), "outcome",
	    comparison_name(pair->verdict), "verdict", verdict, "finding", finding, "reason",
	    reason, "decided", comparison_pair_decided(pair), "after_holm", pair->after_holm);
}

/* Verdicts as bits of a set. */
enum {
	NONE = 1 << COMPARISON_NONE,
	UNDECIDED = 1 << COMPARISON_UNDECIDED,
	BETTER = 1 << COMPARISON_BETTER,
	WORSE = 1 << COMPARISON_WORSE
};

static json_t *with_verdicts(const struct comparisons *comparisons, keeps_pair *keeps,
			     const void *like, int verdicts)
{
	json_t *pairs = json_array();
	for (int64_t i = 0; i < comparisons->pair_count; i++) {
		const struct comparison_pair *pair = &comparisons->pair[i];
		if ((verdicts >> pair->verdict & 1) && keeps(pair, like))
			template_append(&pairs, view_pair(comparisons, pair));
	}
	if (pairs && json_array_size(pairs) == 0) {
		json_decref(pairs);
		return json_null();
	}
	json_t *count = view_count((int64_t)json_array_size(pairs));
	return view_join(count, json_pack("{s:o}", "pairs", pairs));
}

json_t *view_pairs(const struct comparisons *comparisons, keeps_pair *keeps, const void *like)
{
	static const int order[] = {BETTER, WORSE, UNDECIDED, NONE};
	json_t *verdicts = json_array();
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		json_t *found = with_verdicts(comparisons, keeps, like, order[i]);
		if (!json_is_null(found))
			template_append(&verdicts, found);
	}
	return json_pack("{s:o s:o s:o s:o s:o}", "all",
			 with_verdicts(comparisons, keeps, like, BETTER | WORSE | UNDECIDED | NONE),
			 "decided", with_verdicts(comparisons, keeps, like, BETTER | WORSE),
			 "undecided", with_verdicts(comparisons, keeps, like, UNDECIDED), "none",
			 with_verdicts(comparisons, keeps, like, NONE), "verdicts", verdicts);
}

bool pair_has_task(const struct comparison_pair *pair, const void *task)
{
	return strcmp(pair->row->task, task) == 0;
}

bool pair_has_reference(const struct comparison_pair *pair, const void *arm)
{
	return strcmp(pair->reference->arm, arm) == 0;
}

json_t *view_comparisons(const struct comparisons *comparisons,
			 void (*write)(FILE *out, const struct comparisons *comparisons))
{
	struct text_stream stream;
	if (text_stream_open(&stream, NULL))
		return NULL;
	write(stream.out, comparisons);
	return view_written(&stream);
}
