/* SPDX-License-Identifier: Apache-2.0 */
/* What the report needs beyond the table: hashes of runs, which experts met, the machine's files.
 */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/report/report.h"
#include "harness/runs/file.h"
#include "foundation/text_file.h"
#include "foundation/path.h"

static int64_t find_row(const struct table *table, const struct run_spec *run)
{
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		if (row->size == run->size && !strcmp(row->task, run->task_name) &&
		    !strcmp(row->arm, run->arm) && !strcmp(row->variant, run->variant))
			return i;
	}
	return -1;
}

/* A square array of numbers, one row and column per expert: added to the sums of its row. */
static bool add_square(const json_t *array, int64_t experts, double *sums)
{
	if (json_array_size(array) != (size_t)experts)
		return false;
	for (int64_t i = 0; i < experts; i++)
		for (int64_t j = 0; j < experts; j++)
			if (!json_is_number(
				json_array_get(json_array_get(array, (size_t)i), (size_t)j)))
				return false;
	for (int64_t i = 0; i < experts; i++)
		for (int64_t j = 0; j < experts; j++)
			sums[i * experts + j] += json_number_value(
			    json_array_get(json_array_get(array, (size_t)i), (size_t)j));
	return true;
}

/* run.json may hold a section "router" with such an array. */
static int add_section(struct report_row *row, const struct run_file *file, struct error *error)
{
	const json_t *section = json_object_get(file->file.root, "router");
	int64_t experts = row->spec->arch.n_experts;
	const char *key;
	json_t *value;
	if (!experts || !json_is_object(section))
		return 0;
	json_object_foreach((json_t *)section, key, value)
	{
		if (!json_is_array(value) || (row->chosen_name[0] && strcmp(row->chosen_name, key)))
			continue;
		if (!row->chosen_together)
			row->chosen_together =
			    calloc((size_t)(experts * experts), sizeof *row->chosen_together);
		if (!row->chosen_together)
			return error_no_memory(error, NULL);
		if (add_square(value, experts, row->chosen_together)) {
			snprintf(row->chosen_name, sizeof row->chosen_name, "%s", key);
			return 0;
		}
	}
	return 0;
}

static int read_run(struct report *report, int64_t i, const char *results_dir, struct error *error)
{
	const struct run_spec *spec = &report->plan->runs[i];
	struct report_run *run = &report->run[i];
	char path[PATH_MAX];
	struct run_file file;
	int64_t r = find_row(report->table, spec);
	if (r < 0)
		return 0;
	const struct table_row *row = &report->table->row[r];
	for (int64_t s = 0; s < row->runs; s++)
		if ((uint64_t)row->seeds[s] == spec->seed) {
			run->row = r;
			run->index = s;
		}
	if (run->row < 0) /* it ended after the table was made */
		return 0;
	int status = path_make(path, sizeof path, error, "%s/%s/runs/%s/run.json", results_dir,
			       spec->experiment, spec->run_id);
	status = status ? status : run_file_read(&file, path, error);
	if (status)
		return status;
	memcpy(run->weights_sha256, file.weights_sha256, sizeof run->weights_sha256);
	status = add_section(&report->row[r], &file, error);
	run_file_free(&file);
	return status;
}

static int read_runs(struct report *report, const char *results_dir, struct error *error)
{
	for (int64_t i = 0; i < report->plan->run_count; i++) {
		struct report_run *run = &report->run[i];
		*run = (struct report_run){.row = -1, .index = -1};
		run->state = plan_run_check(results_dir, &report->plan->runs[i], false, error);
		int status = run->state >= RUN_DAMAGED ? error->status : 0;
		if (run->state == RUN_DONE)
			status = read_run(report, i, results_dir, error);
		if (status)
			return status;
	}
	return 0;
}

/* Metrics "router.NAME.I.J" make a square too; where only I <= J is there, it is symmetric. */
static int add_metrics(struct report_row *row, const struct table_row *from, struct error *error)
{
	int64_t experts = row->spec->arch.n_experts;
	for (int m = 0; m < from->metric_count; m++) {
		const struct table_metric *metric = &from->metric[m];
		char name[64];
		int i, j, end = 0;
		if (sscanf(metric->name, "router.%47[a-z_].%2d.%2d%n", name, &i, &j, &end) != 3 ||
		    metric->name[end] || i < 0 || j < 0 || i >= experts || j >= experts ||
		    (row->chosen_name[0] && strcmp(row->chosen_name, name) != 0))
			continue;
		if (!row->chosen_together)
			row->chosen_together =
			    calloc((size_t)(experts * experts), sizeof *row->chosen_together);
		if (!row->chosen_together)
			return error_no_memory(error, NULL);
		snprintf(row->chosen_name, sizeof row->chosen_name, "%s", name);
		row->chosen_together[i * experts + j] = metric->statistics.mean;
		if (i < j && row->chosen_together[j * experts + i] == 0.0)
			row->chosen_together[j * experts + i] = metric->statistics.mean;
	}
	return 0;
}

/* Sums over runs become means; a section that was no square is dropped. */
static int finish_row(struct report_row *row, const struct table_row *from, struct error *error)
{
	int64_t cells = row->spec->arch.n_experts * row->spec->arch.n_experts;
	if (row->chosen_together && row->chosen_name[0]) {
		for (int64_t c = 0; c < cells; c++)
			row->chosen_together[c] /= (double)from->runs;
		return 0;
	}
	return add_metrics(row, from, error);
}

static int open_rows(struct report *report)
{
	for (int64_t i = report->plan->run_count - 1; i >= 0; i--) {
		int64_t r = find_row(report->table, &report->plan->runs[i]);
		if (r >= 0)
			report->row[r].spec = &report->plan->runs[i];
	}
	for (int64_t r = 1; r < report->table->row_count; r++)
		if (!table_task_begins(report->table, r))
			report->row[r].position = report->row[r - 1].position + 1;
	return 0;
}

/* Leaves the table empty where there is no such file. */
static int read_csv(struct csv_table *csv, const char *results_dir, const char *name,
		    struct error *error)
{
	char path[PATH_MAX], *text;
	size_t size;
	int status = path_make(path, sizeof path, error, "%s/%s", results_dir, name);
	if (status || csv->header || access(path, F_OK) != 0)
		return status;
	status = text_file_read(path, &text, &size, error);
	if (status)
		return status;
	status = csv_table_parse(csv, path, text, size, ',', true, error);
	free(text);
	return status;
}

static int read_machine(struct report *report, const char *results_dir, struct error *error)
{
	const struct {
		struct csv_table *csv;
		const char *name;
	} files[] = {
	    {&report->reproducibility, "reproducibility.csv"},
	    {&report->throughput, "throughput.csv"},
	    {&report->throughput, "throughput/throughput.csv"},
	    {&report->peers, "peers.csv"},
	};
	int status = 0;
	for (size_t i = 0; !status && i < sizeof files / sizeof *files; i++)
		status = read_csv(files[i].csv, results_dir, files[i].name, error);
	return status;
}

int report_open(struct report *report, const struct plan *plan, const struct table *table,
		const char *results_dir, struct error *error)
{
	struct report made = {.plan = plan, .table = table};
	made.run = calloc((size_t)plan->run_count + 1, sizeof *made.run);
	made.row = calloc((size_t)table->row_count + 1, sizeof *made.row);
	int status = made.run && made.row ? open_rows(&made) : error_no_memory(error, NULL);
	status = status ? status : read_runs(&made, results_dir, error);
	for (int64_t r = 0; !status && r < table->row_count; r++)
		status = finish_row(&made.row[r], &table->row[r], error);
	status = status ? status : read_machine(&made, results_dir, error);
	status = status ? status : comparisons_make(&made.comparisons, table, error);
	if (status) {
		report_free(&made);
		return status;
	}
	*report = made;
	/* In its place: comparisons point into it. */
	status = studies_read(&report->studies, results_dir, error);
	if (status)
		report_free(report);
	return status;
}

void report_free(struct report *report)
{
	comparisons_free(&report->comparisons);
	for (int64_t r = 0; report->row && r < report->table->row_count; r++)
		free(report->row[r].chosen_together);
	free(report->row);
	free(report->run);
	csv_table_free(&report->reproducibility);
	csv_table_free(&report->throughput);
	csv_table_free(&report->peers);
	studies_free(&report->studies);
	*report = (struct report){0};
}
