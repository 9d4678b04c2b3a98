/* SPDX-License-Identifier: Apache-2.0 */
/* What several sections show: tables, tasks, pairs, commands. */
#include <stdlib.h>
#include <string.h>

#include "foundation/shell_text.h"
#include "foundation/template.h"
#include "foundation/text_file.h"
#include "harness/report/report.h"
#include "harness/tables/cell.h"

/* A stream's text as a value; closes it. */
static json_t *take(struct text_stream *stream)
{
	char *text;
	size_t size;
	if (text_stream_take(stream, &text, &size, NULL))
		return NULL;
	json_t *value = template_bytes(text);
	free(text);
	return value;
}

json_t *report_text(report_writer *write, const struct report *report, int64_t at)
{
	struct text_stream stream;
	if (text_stream_open(&stream, NULL))
		return NULL;
	write(stream.out, report, at);
	return take(&stream);
}

static json_t *rows_of(const struct table *table, int64_t r, const struct report_rows *rows)
{
	char caption[160], label[TABLE_LABEL], id[TABLE_ID];
	struct text_stream stream;
	struct grid grid;
	if (text_stream_open(&stream, NULL))
		return NULL;
	snprintf(caption, sizeof caption, "%s: %s", table->row[r].task, rows->what);
	grid_begin(&grid, stream.out, GRID_HTML, caption, rows->heads);
	do {
		table_row_label(table, &table->row[r], label);
		table_row_id(table, &table->row[r], id);
		rows->write(&grid, &table->row[r], label, id);
	} while (++r < table->row_count && !table_task_begins(table, r));
	grid_end(&grid);
	return take(&stream);
}

json_t *report_tasks(const struct report *report, const struct report_rows *rows,
		     report_writer *before)
{
	json_t *list = json_array();
	for (int64_t r = 0; r < report->table->row_count; r++)
		if (table_task_begins(report->table, r))
			template_append(
			    &list,
			    json_pack("{s:o s:s s:o s:o}", "task",
				      template_bytes(report->table->row[r].task), "what",
				      rows->what, "rows", rows_of(report->table, r, rows), "before",
				      before ? report_text(before, report, r) : json_null()));
	return list;
}

void report_pair_label(const struct table *table, const struct comparison_pair *pair,
		       char label[COMPARISON_LABEL])
{
	char value[PARAMETER_VALUE];
	int parameter = study_parameter(pair->row->variant);
	comparison_label(table, pair->row, pair->reference, label);
	if (strcmp(table->experiment, study_names[STUDY_SENSITIVITY]) == 0 && parameter >= 0 &&
	    parameter < PARAMETERS) {
		study_value(pair->row->variant, parameter, value);
		snprintf(label, COMPARISON_LABEL, "%s = %s", parameter_names[parameter], value);
	}
}

json_t *report_pair(const struct table *table, const struct comparison_pair *pair, bool linked)
{
	char label[COMPARISON_LABEL], id[TABLE_ID], finding[COMPARISON_VERDICT];
	char estimate[CELL_TEXT] = "–";
	report_pair_label(table, pair, label);
	comparison_id(table, pair, id);
	comparison_pair_finding(pair, true, finding);
	if (pair->n > 0)
		cell_estimate(&pair->paired.difference, true, estimate);
	return json_pack("{s:o s:o s:o s:s s:s s:s}", "task", template_bytes(pair->row->task),
			 "metric", template_bytes(pair->row->primary_metric), "label",
			 template_bytes(label), "id", linked ? id : "", "estimate", estimate,
			 "finding", finding);
}

void report_explain(const struct table_row *row, const char *config, char command[REPORT_COMMAND])
{
	char cell[sizeof row->task + sizeof row->arm + 80 + sizeof row->variant + 4];
	snprintf(cell, sizeof cell, "%s/%s/%.79s%s%s", row->task, row->arm, row->primary_metric,
		 row->variant[0] ? "/" : "", row->variant);
	snprintf(command, REPORT_COMMAND, "build/sheafbench explain ");
	shell_word(command, REPORT_COMMAND, cell);
	snprintf(command + strlen(command), REPORT_COMMAND - strlen(command), " ");
	shell_word(command, REPORT_COMMAND, config);
}
