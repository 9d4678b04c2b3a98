/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h> /* PATH_MAX */

#include "harness/tables/comparisons.h"
#include "harness/tables/studies.h"
#include "harness/tables/table.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

/* What writes a text: whole tables, or one task of them. */
struct output {
	const char *name; /* of the file; of a form of the table its extension */
	void (*whole)(FILE *out, const struct table *table);
	void (*of_task)(FILE *out, const struct table *table, const char *task);
};

static int write_text(const struct output *output, const char *path, const struct table *table,
		      const char *task, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	if (output->whole)
		output->whole(stream.out, table);
	else
		output->of_task(stream.out, table, task);
	return text_stream_save(&stream, path, error);
}

static int write_output(const struct output *output, const char *folder, const struct table *table,
			const char *task, struct error *error)
{
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/%s", folder, output->name);
	return status ? status : write_text(output, path, table, task, error);
}

static int write_forms(const struct table *table, const char *results_dir, struct error *error)
{
	static const struct output forms[] = {{"csv", table_write_csv, NULL},
					      {"json", table_write_json, NULL},
					      {"md", table_write_markdown, NULL},
					      {"tex", table_write_latex, NULL}};
	int status = 0;
	for (size_t i = 0; !status && i < sizeof forms / sizeof *forms; i++) {
		char path[PATH_MAX];
		status = table_path(path, sizeof path, error, results_dir, table->experiment,
				    forms[i].name);
		status = status ? status : write_text(&forms[i], path, table, NULL, error);
	}
	return status;
}

/* Whether a task's rows are, or have among them, points of the sensitivity. */
static bool has_points(const struct table *table, const char *task)
{
	const struct table_row *row = NULL;
	do
		row = table_next_row(table, task, row);
	while (row && !study_is_point(row->variant));
	return row != NULL;
}

static int write_task_plots(const struct table *table, const char *folder, const char *task,
			    struct error *error)
{
	char stem[64], curves[96], final[96], sensitivity[96];
	table_task_stem(task, stem);
	snprintf(curves, sizeof curves, "curves-%s.dat", stem);
	snprintf(final, sizeof final, "final-%s.dat", stem);
	snprintf(sensitivity, sizeof sensitivity, "sensitivity-%s.dat", stem);
	const struct output outputs[] = {
	    {curves, NULL, table_write_plot_curves},
	    {final, NULL, table_write_plot_final},
	    {sensitivity, NULL, table_write_plot_sensitivity},
	};
	int status = 0, count = has_points(table, task) ? 3 : 2;
	for (int i = 0; !status && i < count; i++)
		status = write_output(&outputs[i], folder, table, task, error);
	return status;
}

static int write_plots(const struct table *table, const char *folder, struct error *error)
{
	static const struct output index = {"index.tsv", table_write_plot_index, NULL};
	int status = folder_make(folder, error);
	for (int64_t i = 0; !status && i < table->row_count; i++)
		if (table_task_begins(table, i))
			status = write_task_plots(table, folder, table->row[i].task, error);
	/* Last: it names files that are there. */
	return status ? status : write_output(&index, folder, table, NULL, error);
}

int table_write_files(const struct table *table, const char *results_dir, struct error *error)
{
	static const struct output curves = {"learning_curves.csv", table_write_curves, NULL};
	char folder[PATH_MAX], plots[PATH_MAX];
	int status =
	    path_make(folder, sizeof folder, error, "%s/%s", results_dir, table->experiment);
	status = status ? status : path_make(plots, sizeof plots, error, "%s/plot", folder);
	status = status ? status : write_forms(table, results_dir, error);
	status = status ? status : write_output(&curves, folder, table, NULL, error);
	status = status ? status : comparisons_write_files(table, folder, error);
	return status ? status : write_plots(table, plots, error);
}
