/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/tables/comparisons.h"
#include "harness/tables/studies.h"
#include "harness/tables/table.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

/* Where one text goes and what writes it: whole tables, or one task of them. */
struct output {
	const char *folder, *name;
	void (*whole)(FILE *out, const struct table *table);
	void (*of_task)(FILE *out, const struct table *table, const char *task);
};

static int write_output(const struct output *output, const struct table *table, const char *task,
			struct error *error)
{
	struct text_stream stream;
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/%s", output->folder, output->name);
	status = status ? status : text_stream_open(&stream, error);
	if (status)
		return status;
	if (output->whole)
		output->whole(stream.out, table);
	else
		output->of_task(stream.out, table, task);
	return text_stream_save(&stream, path, error);
}

static int write_whole(const struct table *table, const char *folder, struct error *error)
{
	const struct output outputs[] = {
	    {folder, "ablation.csv", table_write_csv, NULL},
	    {folder, "ablation.json", table_write_json, NULL},
	    {folder, "ablation.md", table_write_markdown, NULL},
	    {folder, "ablation.tex", table_write_latex, NULL},
	    {folder, "learning_curves.csv", table_write_curves, NULL},
	};
	for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
		int status = write_output(&outputs[i], table, NULL, error);
		if (status)
			return status;
	}
	return 0;
}

/* Whether a task's rows are, or have among them, points of the sensitivity. */
static bool has_points(const struct table *table, const char *task)
{
	for (int64_t i = 0; i < table->row_count; i++)
		if (strcmp(table->row[i].task, task) == 0 && study_is_point(table->row[i].variant))
			return true;
	return false;
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
	    {folder, curves, NULL, table_write_plot_curves},
	    {folder, final, NULL, table_write_plot_final},
	    {folder, sensitivity, NULL, table_write_plot_sensitivity},
	};
	int status = 0, count = has_points(table, task) ? 3 : 2;
	for (int i = 0; !status && i < count; i++)
		status = write_output(&outputs[i], table, task, error);
	return status;
}

static int write_plots(const struct table *table, const char *folder, struct error *error)
{
	const struct output index = {folder, "index.tsv", table_write_plot_index, NULL};
	int status = folder_make(folder, error);
	for (int64_t i = 0; !status && i < table->row_count; i++)
		if (table_task_begins(table, i))
			status = write_task_plots(table, folder, table->row[i].task, error);
	/* Last: it names files that are there. */
	return status ? status : write_output(&index, table, NULL, error);
}

int table_write_files(const struct table *table, const char *folder, struct error *error)
{
	char plots[PATH_MAX];
	int status = path_make(plots, sizeof plots, error, "%s/plot", folder);
	status = status ? status : write_whole(table, folder, error);
	status = status ? status : comparisons_write_files(table, folder, error);
	return status ? status : write_plots(table, plots, error);
}
