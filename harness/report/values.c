/* SPDX-License-Identifier: Apache-2.0 */
/* What several sections show: tables, tasks, commands. */
#include <string.h>

#include "foundation/shell_text.h"
#include "harness/report/report.h"
#include "harness/tables/views.h"

json_t *report_text(report_writer *write, const struct report *report, int64_t at)
{
	struct text_stream stream;
	if (text_stream_open(&stream, NULL))
		return NULL;
	write(stream.out, report, at);
	return view_written(&stream);
}

/* What report_tasks is asked of each task. */
struct asked_rows {
	const struct table *table;
	const struct report_rows *rows;
};

static json_t *rows_of(const struct table *table, const struct report_rows *rows, const char *task)
{
	const struct table_row *row = NULL;
	char caption[160], label[TABLE_LABEL], id[TABLE_ID];
	struct text_stream stream;
	struct grid grid;
	if (text_stream_open(&stream, NULL))
		return NULL;
	snprintf(caption, sizeof caption, "%s: %s", task, rows->what);
	grid_begin(&grid, stream.out, GRID_HTML, caption, rows->heads);
	while ((row = table_next_row(table, task, row)) != NULL) {
		table_row_label(table, row, label);
		table_row_id(table, row, id);
		rows->write(&grid, row, label, id);
	}
	grid_end(&grid);
	return view_written(&stream);
}

static json_t *task_of(const void *asked, const char *task)
{
	const struct table *table = ((const struct asked_rows *)asked)->table;
	const struct report_rows *rows = ((const struct asked_rows *)asked)->rows;
	return json_pack("{s:s s:o s:o}", "what", rows->what, "rows", rows_of(table, rows, task),
			 "table",
			 rows->with_table ? view_task_table(table, task, GRID_HTML) : json_null());
}

json_t *report_tasks(const struct report *report, const struct report_rows *rows)
{
	return view_tasks(report->table, task_of, &(struct asked_rows){report->table, rows});
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
