/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/report.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>

#include "harness/report/report.h"
#include "harness/commands/results.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

static int write_page(const struct report *report, const char *path, struct error *error)
{
	struct text_stream stream;
	char *text;
	size_t size;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	status = report_write(stream.out, report, error);
	if (status) {
		text_stream_drop(&stream);
		return status;
	}
	status = text_stream_take(&stream, &text, &size, error);
	if (status)
		return status;
	status = text_file_write(path, text, size, error);
	free(text);
	if (!status)
		printf("%s: %" PRId64 " of %" PRId64 " runs, %zu bytes\n", path,
		       report->table->runs, report->table->planned, size);
	return status;
}

static int make_report(const struct plan *plan, const struct table *table, const char *results_dir,
		       struct error *error)
{
	char path[PATH_MAX];
	struct report report;
	int status = path_make(path, sizeof path, error, "%s/%s/report.html", results_dir,
			       table->experiment);
	status = status ? status : report_open(&report, plan, table, results_dir, error);
	if (status)
		return status;
	status = write_page(&report, path, error);
	report_free(&report);
	return status;
}

int command_report(int argc, char **argv, struct error *error)
{
	return table_command(argc, argv, "report CONFIG [--out DIR]", make_report, error);
}
