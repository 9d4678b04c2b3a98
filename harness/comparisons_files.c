/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>

#include "harness/comparisons.h"
#include "harness/text_file.h"

static int write_file(const struct comparisons *made, const char *folder, const char *name,
		      void (*write)(FILE *out, const struct comparisons *comparisons),
		      struct error *error)
{
	struct text_stream stream;
	char path[PATH_MAX], *text;
	size_t size;
	int length = snprintf(path, sizeof path, "%s/%s", folder, name);
	if (length < 0 || (size_t)length >= sizeof path)
		return error_set(error, ERROR_INPUT, folder, 0, 0, NULL, "a shorter path",
				 "the path is too long");
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	write(stream.out, made);
	status = text_stream_take(&stream, &text, &size, error);
	if (status)
		return status;
	status = text_file_write(path, text, size, error);
	free(text);
	return status;
}

int comparisons_write_files(const struct table *table, const char *folder, struct error *error)
{
	static const struct {
		const char *name;
		void (*write)(FILE *out, const struct comparisons *comparisons);
	} files[] = {
	    {"comparisons.csv", comparisons_write_csv},
	    {"comparisons.json", comparisons_write_json},
	    {"comparisons.md", comparisons_write_markdown},
	    {"plot/differences.dat", comparisons_write_plot},
	};
	struct comparisons made;
	char plots[PATH_MAX];
	int status = comparisons_make(&made, table, error);
	if (status)
		return status;
	snprintf(plots, sizeof plots, "%s/plot", folder);
	status = text_file_make_folder(plots, error);
	for (size_t i = 0; !status && i < sizeof files / sizeof *files; i++)
		status = write_file(&made, folder, files[i].name, files[i].write, error);
	comparisons_free(&made);
	return status;
}
