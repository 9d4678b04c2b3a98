/* SPDX-License-Identifier: Apache-2.0 */
/* What the report needs beyond the table: hashes of runs, files beside the experiment's folder. */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "foundation/path.h"
#include "harness/report/figure.h"
#include "harness/report/report.h"
#include "harness/runs/file.h"

static int read_run(struct report *report, int64_t i, const char *results_dir, struct error *error)
{
	const struct run_spec *spec = &report->plan->runs[i];
	const struct table_row *row = table_find_run(report->table, spec);
	struct report_run *run = &report->run[i];
	struct run_file file;
	*run = (struct report_run){.row = row ? row - report->table->row : -1, .index = -1};
	run->state = plan_run_check(results_dir, spec, false, error);
	if (run->state != RUN_DONE)
		return run->state >= RUN_DAMAGED ? error->status : 0;
	for (int64_t s = 0; row && s < row->runs; s++)
		if ((uint64_t)row->seeds[s] == spec->seed)
			run->index = s;
	if (run->index < 0) /* it ended after the table was made */
		return 0;
	int status = run_file_read_planned(&file, results_dir, spec, error);
	if (status)
		return status;
	memcpy(run->weights_sha256, file.weights_sha256, sizeof run->weights_sha256);
	run_file_free(&file);
	return 0;
}

static int read_runs(struct report *report, const char *results_dir, struct error *error)
{
	int status = 0;
	for (int64_t i = 0; !status && i < report->plan->run_count; i++)
		status = read_run(report, i, results_dir, error);
	return status;
}

static int read_throughput(struct report *report, const char *results_dir, struct error *error)
{
	char path[PATH_MAX];
	int status = path_make(path, sizeof path, error, "%s/throughput.svg", results_dir);
	report->throughput_figures = json_array();
	return status ? status
		      : figure_append(report->throughput_figures, path, "Throughput of operations",
				      error);
}

static int read_studies(struct report *report, const char *results_dir, struct error *error)
{
	int status = studies_read(&report->studies, results_dir, error);
	for (int s = 0; !status && s < STUDIES; s++)
		if (report->studies.of[s].there)
			status = figures_read(&report->study_figures[s], results_dir,
					      study_names[s], &report->studies.of[s].table, error);
	return status;
}

int report_open(struct report *report, const struct plan *plan, const struct table *table,
		const char *results_dir, struct error *error)
{
	*report = (struct report){.plan = plan, .table = table};
	report->run = calloc((size_t)plan->run_count + 1, sizeof *report->run);
	int status =
	    report->run ? read_runs(report, results_dir, error) : error_no_memory(error, NULL);
	status = status ? status : measured_read(&report->measured, results_dir, error);
	status = status ? status : read_throughput(report, results_dir, error);
	status = status ? status : comparisons_make(&report->comparisons, table, error);
	status = status
		     ? status
		     : figures_read(&report->figures, results_dir, table->experiment, table, error);
	status = status ? status : read_studies(report, results_dir, error);
	if (status)
		report_free(report);
	return status;
}

void report_free(struct report *report)
{
	comparisons_free(&report->comparisons);
	free(report->run);
	measured_free(&report->measured);
	studies_free(&report->studies);
	for (int s = 0; s < STUDIES; s++)
		json_decref(report->study_figures[s]);
	json_decref(report->figures);
	json_decref(report->throughput_figures);
	*report = (struct report){0};
}
