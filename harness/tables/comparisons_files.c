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

static int make_text(const struct comparisons *made, const struct output *file, const char *folder,
		     char path[PATH_MAX], char **text, size_t *size, struct error *error)
{
	struct text_stream stream;
	int status = path_make(path, PATH_MAX, error, "%s/%s", folder, file->name);
	status = status ? status : text_stream_open(&stream, error);
	if (status)
		return status;
	file->write(stream.out, made);
	return text_stream_take(&stream, text, size, error);
}

static int write_file(const struct comparisons *made, const struct output *file, const char *folder,
		      struct error *error)
{
	char path[PATH_MAX], *text;
	size_t size;
	int status = make_text(made, file, folder, path, &text, &size, error);
	if (status)
		return status;
	status = text_file_write(path, text, size, error);
	free(text);
	return status;
}

static int check_file(const struct comparisons *made, const struct output *file, const char *folder,
		      struct error *error)
{
	char path[PATH_MAX], *text, *found;
	size_t size, found_size;
	int status = make_text(made, file, folder, path, &text, &size, error);
	if (status)
		return status;
	if (access(path, F_OK) == 0) {
		status = text_file_read(path, &found, &found_size, error);
		if (!status) {
			status = text_compare(path, found, found_size, text, size, error);
			free(found);
		}
	}
	free(text);
	return status;
}

int comparisons_check_files(const struct comparisons *made, const char *folder, struct error *error)
{
	int status = 0;
	for (int i = 0; !status && i < FILES; i++)
		status = check_file(made, &files[i], folder, error);
	return status;
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
	for (int i = 0; !status && i < FILES; i++)
		status = write_file(&made, &files[i], folder, error);
	comparisons_free(&made);
	return status;
}
