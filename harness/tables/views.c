/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/views.h"

#include <math.h> /* isfinite */
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

/* Of mixtures, over seeds. */
static json_t *view_means(const struct table_row *row)
{
	static const char *const names[] = {"router.entropy",           "router.load_cv",
					    "router.load_max",          "router.dead",
					    "router.outside_nerve",     "router.overruled",
					    "router.gluing_mean",       "router.gluing_max",
					    "router.class_information", "router.true_information",
					    "router.true_agreement",    "router.saturated",
					    "router.padic.digits",      "router.padic.skipped",
					    "router.padic.error_max",   "router.padic.zeros",
					    "router.padic.valuation.0", "router.padic.valuation.1",
					    "router.padic.valuation.2", "router.padic.valuation.3",
					    "router.padic.valuation.4", "router.padic.valuation.5"};
	const struct statistics *rare = table_row_statistics(row, "router.saturated");
	json_t *means = json_object();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct statistics *s = table_row_statistics(row, names[i]);
		template_set(&means, names[i], view_number(s != NULL, s ? s->mean : 0.0));
	}
	/* A share too small for fixed decimals. */
	if (rare && isfinite(rare->mean) && rare->mean != 0.0)
		template_set(&means, "router.saturated", template_print("%.1e", rare->mean));
	return means;
}

json_t *view_row(const struct table *table, const struct table_row *row)
{
	const struct statistics *primary = table_row_statistics(row, row->primary_metric);
	char label[TABLE_LABEL], id[TABLE_ID], residual[CELL_TEXT], value[PARAMETER_VALUE];
	const char *parameter = study_varied(row->variant, value);
	bool matched = row->match_target != 0;
	json_t *view = json_object();
	table_row_label(table, row, label);
	table_row_id(table, row, id);
	cell_residual(row->match_residual, row->match_target, " %", residual);
	template_set(&view, "task", template_bytes(row->task));
	template_set(&view, "arm", template_bytes(row->arm));
	template_set(&view, "label", template_bytes(label));
	template_set(&view, "id", template_bytes(id));
	template_set(&view, "metric", template_bytes(row->primary_metric));
	template_set(&view, "estimate", view_estimate(primary, false));
	template_set(&view, "runs", template_integer(row->runs));
	template_set(&view, "planned", template_integer(row->planned));
	template_set(&view, "one_run", json_boolean(row->runs == 1));
	template_set(&view, "parameters", view_integer(row->total_params));
	template_set(&view, "active", view_integer(row->active_params));
	template_set(&view, "flops", view_integer(row->train_flops));
	template_set(&view, "matched",
		     matched ? view_integer(row->match_target) : template_bytes(unknown));
	template_set(&view, "residual", template_bytes(matched ? residual : unknown));
	template_set(&view, "means", view_means(row));
	template_set(&view, "parameter", parameter ? template_bytes(parameter) : json_null());
	template_set(&view, "value", parameter ? template_bytes(value) : json_null());
	return view;
}

json_t *view_rows(const struct table *table, row_view *of)
{
	json_t *rows = json_array();
	for (int64_t i = 0; i < table->row_count; i++)
		template_append(&rows, of(table, &table->row[i]));
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
		json_t *task = more ? more(source, row->task) : json_object();
		table_task_stem(row->task, stem);
		if (!json_is_null(task)) {
			template_set(&task, "task", template_bytes(row->task));
			template_set(&task, "metric", template_bytes(row->primary_metric));
			template_set(&task, "stem", template_bytes(stem));
		}
		template_append(&tasks, task);
	}
	return tasks;
}

json_t *view_task_table(const struct table *table, const char *task, enum grid_format format)
{
	struct text_stream stream;
	if (text_stream_open(&stream, NULL))
		return NULL;
	table_write_task(stream.out, format, table, task, false);
	return view_written(&stream);
}

json_t *view_table(const struct table *table)
{
	return json_pack(
	    "{s:o s:s s:o s:o s:b s:o s:o}", "experiment", template_bytes(table->experiment),
	    "part", table->on_test ? "test" : "validation", "runs", template_integer(table->runs),
	    "planned", template_integer(table->planned), "missing", table->runs < table->planned,
	    "tasks", view_tasks(table, NULL, NULL), "rows", view_rows(table, view_row));
}

static json_t *view_p(bool known, double p)
{
	char text[CELL_TEXT];
	cell_p(p, text);
	return template_bytes(known ? text : unknown);
}

/* What the pair is asked; NULL: its experiment is no study, or asks it nothing. */
static const struct study_question *question_in(const struct table *table,
						const struct comparison_pair *pair)
{
	for (int s = 0; s < STUDIES; s++)
		if (strcmp(table->experiment, study_names[s]) == 0)
			return study_question_of((enum study_name)s, pair);
	return NULL;
}

json_t *view_pair(const struct comparisons *comparisons, const struct comparison_pair *pair)
{
	const struct table *table = comparisons->table;
	const struct statistics *difference = &pair->paired.difference;
	char label[COMPARISON_LABEL], finding[COMPARISON_VERDICT], verdict[COMPARISON_VERDICT];
	char reason[REASON_TEXT], id[TABLE_ID];
	const struct study_question *question = question_in(table, pair);
	study_pair_label(table, pair, label);
	comparison_id(table, pair, id);
	comparison_pair_finding(pair, true, finding);
	comparison_pair_verdict(pair, verdict);
	comparison_pair_reason(pair, reason);
	json_t *view = json_object();
	template_set(&view, "task", template_bytes(pair->row->task));
	template_set(&view, "metric", template_bytes(pair->row->primary_metric));
	template_set(&view, "arms", template_bytes(label));
	template_set(&view, "id", template_bytes(id));
	template_set(&view, "question", question ? template_bytes(question->text) : json_null());
	template_set(&view, "row", view_row(table, pair->row));
	template_set(&view, "reference", view_row(table, pair->reference));
	template_set(&view, "difference", view_estimate(pair->n > 0 ? difference : NULL, true));
	template_set(&view, "p", view_p(pair->tested, pair->flip.p));
	template_set(&view, "holm", view_p(pair->tested, pair->holm));
	template_set(&view, "outcome", template_bytes(comparison_name(pair->verdict)));
	template_set(&view, "verdict", template_bytes(verdict));
	template_set(&view, "finding", template_bytes(finding));
	template_set(&view, "reason", template_bytes(reason));
	template_set(&view, "decided", json_boolean(comparison_pair_decided(pair)));
	template_set(&view, "after_holm", json_boolean(pair->after_holm));
	return view;
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
	int64_t count = (int64_t)json_array_size(pairs);
	if (pairs && count == 0) {
		json_decref(pairs);
		return json_null();
	}
	json_t *view = json_object();
	template_set(&view, "pairs", pairs);
	template_set(&view, "n", template_integer(count));
	template_set(&view, "one", json_boolean(count == 1));
	return view;
}

json_t *view_pairs(const struct comparisons *comparisons, keeps_pair *keeps, const void *like)
{
	static const struct {
		const char *name;
		int verdicts;
	} sets[] = {{"all", BETTER | WORSE | UNDECIDED | NONE},
		    {"decided", BETTER | WORSE},
		    {"undecided", UNDECIDED},
		    {"none", NONE}};
	static const int order[] = {BETTER, WORSE, UNDECIDED, NONE};
	json_t *view = json_object(), *verdicts = json_array();
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		template_set(&view, sets[i].name,
			     with_verdicts(comparisons, keeps, like, sets[i].verdicts));
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		template_append(&verdicts, with_verdicts(comparisons, keeps, like, order[i]));
	template_set(&view, "verdicts", verdicts);
	return view;
}

bool pairs_answer(const struct comparisons *comparisons, keeps_pair *keeps, const void *like,
		  const char *on, const char *task, char answer[TALLY_ANSWER])
{
	struct tally tally = {0};
	for (int64_t i = 0; i < comparisons->pair_count; i++)
		if (keeps(&comparisons->pair[i], like))
			tally_add(&tally, &comparisons->pair[i]);
	tally_answer(&tally, on, task, answer);
	return tally.pairs > 0;
}

bool pair_answers(const struct comparison_pair *pair, const void *asked)
{
	const struct asked *of = asked;
	return (!of->task || pair_has_task(pair, of->task)) &&
	       question_of(of->plan, of->comparisons->table, pair->row, pair->reference) ==
		   of->question;
}

bool pair_has_task(const struct comparison_pair *pair, const void *task)
{
	return strcmp(pair->row->task, task) == 0;
}

bool pair_has_reference(const struct comparison_pair *pair, const void *arm)
{
	return !arm || strcmp(pair->reference->arm, arm) == 0;
}

/* Whether pair `index` is the first with its reference arm. */
static bool reference_begins(const struct comparisons *c, int64_t index)
{
	for (int64_t i = 0; i < index; i++)
		if (pair_has_reference(&c->pair[i], c->pair[index].reference->arm))
			return false;
	return true;
}

json_t *view_references(const struct comparisons *comparisons)
{
	json_t *references = json_array();
	for (int64_t i = 0; i < comparisons->pair_count; i++) {
		const char *arm = comparisons->pair[i].reference->arm;
		if (!reference_begins(comparisons, i))
			continue;
		json_t *reference = view_pairs(comparisons, pair_has_reference, arm);
		template_set(&reference, "reference", template_bytes(arm));
		template_append(&references, reference);
	}
	return references;
}

json_t *view_comparisons(const struct comparisons *comparisons, comparisons_writer *write,
			 enum grid_format format)
{
	struct text_stream stream;
	if (text_stream_open(&stream, NULL))
		return NULL;
	write(stream.out, format, comparisons);
	return view_written(&stream);
}
