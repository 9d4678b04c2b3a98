/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an experiment's table: written, or compared with what they should be. */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/tables/comparisons.h"
#include "harness/tables/studies.h"
#include "harness/tables/table.h"
#include "foundation/folder.h"
#include "foundation/path.h"
#include "foundation/text_file.h"
#include "foundation/text_lines.h"

/* A file and the one function that writes it.  '*' in its name is the task, of the forms of the
 * whole table the experiment. */
static const struct output {
	const char *name;
	void (*table)(FILE *out, const struct table *table);
	void (*comparisons)(FILE *out, const struct comparisons *comparisons);
	void (*task)(FILE *out, const struct table *table, const char *task);
	bool of_points; /* only of tasks with points of the sensitivity */
} outputs[] = {
    {"*.csv", .table = table_write_csv},
    {"*.json", .table = table_write_json},
    {"*.md", .table = table_write_markdown},
    {"*.tex", .table = table_write_latex},
    {"learning_curves.csv", .table = table_write_curves},
    {"comparisons.csv", .comparisons = comparisons_write_csv},
    {"comparisons.json", .comparisons = comparisons_write_json},
    {"comparisons.md", .comparisons = comparisons_write_markdown},
    {"plot/differences.dat", .comparisons = comparisons_write_plot},
    {"plot/curves-*.dat", .task = table_write_plot_curves},
    {"plot/final-*.dat", .task = table_write_plot_final},
    {"plot/sensitivity-*.dat", .task = table_write_plot_sensitivity, .of_points = true},
    /* Last: it names files that are there. */
    {"plot/index.tsv", .table = table_write_plot_index},
};
enum { OUTPUTS = sizeof outputs / sizeof *outputs };

/* What becomes of a file's text: text_file_write, or compare. */
typedef int take_text(const char *path, const char *text, size_t size, struct error *error);

struct taking {
	const struct comparisons *comparisons;
	const char *folder; /* the experiment's */
	take_text *take;
};

static int compare(const char *path, const char *text, size_t size, struct error *error)
{
	char *found;
	size_t found_size;
	if (access(path, F_OK) != 0)
		return 0;
	int status = text_file_read(path, &found, &found_size, error);
	if (status)
		return status;
	status = text_compare(path, found, found_size, text, size, error);
	free(found);
	return status;
}

static int take_output(const struct taking *t, const struct output *output, const char *task,
		       struct error *error)
{
	const struct table *table = t->comparisons->table;
	const char *star = output->name + strcspn(output->name, "*");
	char path[PATH_MAX], stem[64], *text;
	size_t size;
	struct text_stream stream;
	table_task_stem(task ? task : "", stem);
	int status = path_make(path, sizeof path, error, "%s/%.*s%s%s", t->folder,
			       (int)(star - output->name), output->name,
			       !*star ? ""
			       : task ? stem
				      : table->experiment,
			       star + (*star != 0));
	status = status ? status : text_stream_open(&stream, error);
	if (status)
		return status;
	if (output->table)
		output->table(stream.out, table);
	else if (output->comparisons)
		output->comparisons(stream.out, t->comparisons);
	else
		output->task(stream.out, table, task);
	status = text_stream_take(&stream, &text, &size, error);
	if (status)
		return status;
	status = t->take(path, text, size, error);
	free(text);
	return status;
}

static bool has_points(const struct table *table, const char *task)
{
	const struct table_row *row = NULL;
	do
		row = table_next_row(table, task, row);
	while (row && !study_is_point(row->variant));
	return row != NULL;
}

static int take_tasks(const struct taking *t, const struct output *output, struct error *error)
{
	const struct table *table = t->comparisons->table;
	int status = 0;
	for (int64_t i = 0; !status && i < table->row_count; i++)
		if (table_task_begins(table, i) &&
		    (!output->of_points || has_points(table, table->row[i].task)))
			status = take_output(t, output, table->row[i].task, error);
	return status;
}

static int take_files(const struct table *table, const char *results_dir, take_text *take,
		      struct error *error)
{
	struct comparisons made;
	char folder[PATH_MAX], plots[PATH_MAX];
	const struct taking t = {&made, folder, take};
	bool writes = take == text_file_write;
	int status =
	    path_make(folder, sizeof folder, error, "%s/%s", results_dir, table->experiment);
	status = status ? status : path_make(plots, sizeof plots, error, "%s/plot", folder);
	status = status || !writes ? status : folder_make(plots, error);
	status = status ? status : comparisons_make(&made, table, error);
	if (status)
		return status;
	for (const struct output *o = outputs; !status && o < outputs + OUTPUTS; o++)
		if (o->task && writes)
			status = take_tasks(&t, o, error);
		else if (o->comparisons || writes)
			status = take_output(&t, o, NULL, error);
	comparisons_free(&made);
	return status;
}

int table_write_files(const struct table *table, const char *results_dir, struct error *error)
{
	return take_files(table, results_dir, text_file_write, error);
}

int table_check_comparisons(const struct table *table, const char *results_dir, struct error *error)
{
	return take_files(table, results_dir, compare, error);
}
