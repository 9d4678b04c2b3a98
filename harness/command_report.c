/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_report.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>

#include "harness/options.h"
#include "harness/report.h"
#include "harness/text_file.h"

static const char usage[] = "report CONFIG [--out DIR]";

static int write_page(const struct report *report, const char *path, struct error *error)
{
	struct text_stream stream;
	char *text;
	size_t size;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	report_write(stream.out, report);
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
	if (table->runs == 0)
		return error_set(error, ERROR_CHECK, plan->file_name, 0, 0, NULL,
				 "finished runs (make ablation)",
				 "none of %" PRId64 " runs is done", table->planned);
	int status = report_open(&report, plan, table, results_dir, error);
	if (status)
		return status;
	snprintf(path, sizeof path, "%s/%s/report.html", results_dir, table->experiment);
	status = write_page(&report, path, error);
	report_free(&report);
	return status;
}

int command_report(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	struct table table;
	int status = options_read(&options, argc, argv, OPTION_OUT, 1, usage, error);
	if (status)
		return status;
	const char *results_dir = plan_results_dir(options.out);
	status = plan_read_cached(&plan, options.positional[0], results_dir, error);
	if (status)
		return status;
	status = table_build(&table, &plan, results_dir, error);
	if (!status) {
		status = make_report(&plan, &table, results_dir, error);
		table_free(&table);
	}
	plan_free(&plan);
	return status;
}
