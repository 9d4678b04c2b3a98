/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <unistd.h> /* access */

#include "harness/tables/comparisons.h"
#include "foundation/text_lines.h"
#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

static const struct output {
	const char *name;
	void (*write)(FILE *out, const struct comparisons *comparisons);
} files[] = {
    {"comparisons.csv", comparisons_write_csv},
    {"comparisons.json", comparisons_write_json},
    {"comparisons.md", comparisons_write_markdown},
    {"plot/differences.dat", comparisons_write_plot},
};
enum { FILES = sizeof files / sizeof *files };

/* What becomes of a file's text: text_file_write, or compare. */
typedef int take_text(const char *path, const char *text, size_t size, struct error *error);

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

static int take_file(const struct comparisons *made, const struct output *file, const char *folder,
		     take_text *take, struct error *error)
{
	char path[PATH_MAX], *text;
	size_t size;
	struct text_stream stream;
	int status = path_make(path, sizeof path, error, "%s/%s", folder, file->name);
	status = status ? status : text_stream_open(&stream, error);
	if (status)
		return status;
	file->write(stream.out, made);
	status = text_stream_take(&stream, &text, &size, error);
	if (status)
		return status;
	status = take(path, text, size, error);
	free(text);
	return status;
}

static int take_files(const struct comparisons *made, const char *folder, take_text *take,
		      struct error *error)
{
	int status = 0;
	for (int i = 0; !status && i < FILES; i++)
		status = take_file(made, &files[i], folder, take, error);
	return status;
}

int comparisons_check_files(const struct comparisons *made, const char *folder, struct error *error)
{
	return take_files(made, folder, compare, error);
}

int comparisons_write_files(const struct table *table, const char *folder, struct error *error)
{
	struct comparisons made;
	char plots[PATH_MAX];
	int status = path_make(plots, sizeof plots, error, "%s/plot", folder);
	status = status ? status : comparisons_make(&made, table, error);
	if (status)
		return status;
	status = folder_make(plots, error);
	status = status ? status : take_files(&made, folder, text_file_write, error);
	comparisons_free(&made);
	return status;
}
