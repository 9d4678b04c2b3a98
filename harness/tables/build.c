/* SPDX-License-Identifier: Apache-2.0 */
/* From the files of finished runs to the rows of a table. */
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "harness/training/metrics.h"
#include "harness/runs/file.h"
#include "harness/runs/runner.h"
#include "harness/tables/table.h"
#include "harness/tables/provenance.h"
#include "kernels/contract.h"
#include "foundation/array.h"
#include "foundation/path.h"

/* A row and what is only needed while its runs are read. */
struct building {
	struct table *table;
	const struct plan *plan;
	const char *results_dir;
	double **curves; /* per row: curve_count x planned values; owned */
};

static struct table_row *add_row(struct building *b, const struct run_spec *run)
{
	struct arch_counts counts = arch_count(&run->arch);
	struct table_row *row = &b->table->row[b->table->row_count++];
	*row = (struct table_row){
	    .size = run->size,
	    .model_kind = run->arch.model_kind,
	    .router_kind = run->arch.router_kind,
	    .total_params = counts.total_params,
	    .active_params = counts.active_params,
	    .forward_flops = counts.forward_flops,
	    .train_flops = counts.train_flops,
	    .match_target = run->match_target,
	    .match_residual = run->match_residual,
	};
	snprintf(row->task, sizeof row->task, "%s", run->task_name);
	snprintf(row->arm, sizeof row->arm, "%s", run->arm);
	snprintf(row->variant, sizeof row->variant, "%s", run->variant);
	snprintf(row->primary_metric, sizeof row->primary_metric, "%s",
		 runner_task(b->plan, run)->primary_metric);
	return row;
}

static int add_rows(struct building *b, struct error *error)
{
	struct table *table = b->table;
	/* There are no more rows than runs. */
	table->row = calloc((size_t)b->plan->run_count + 1, sizeof *table->row);
	b->curves = calloc((size_t)b->plan->run_count + 1, sizeof *b->curves);
	if (!table->row || !b->curves)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < b->plan->run_count; i++) {
		const struct run_spec *run = &b->plan->runs[i];
		const struct table_row *known = table_find_run(table, run);
		struct table_row *row = known ? &table->row[known - table->row] : add_row(b, run);
		row->planned++;
		table->planned++;
		table->on_test = run->evaluate_test; /* one for a whole experiment */
	}
	for (int64_t i = 0; i < table->row_count; i++) {
		struct table_row *row = &table->row[i];
		row->seeds = array_zeroed(row->planned, sizeof *row->seeds);
		if (!row->seeds)
			return error_no_memory(error, NULL);
	}
	return 0;
}

/* Room for the metrics of the first run that is in; later ones must have the same. */
static int open_metrics(struct table_row *row, const struct run_file *file, struct error *error)
{
	row->metric = calloc((size_t)file->metric_count + 1, sizeof *row->metric);
	if (!row->metric)
		return error_no_memory(error, NULL);
	for (int64_t m = 0; m <= file->metric_count; m++) {
		struct table_metric *metric = &row->metric[m];
		const char *name = m < file->metric_count ? file->metric[m].name : "train.loss";
		snprintf(metric->name, sizeof metric->name, "%s", name);
		metric->values = array_zeroed(row->planned, sizeof *metric->values);
		if (!metric->values)
			return error_no_memory(error, NULL);
		row->metric_count++;
	}
	return 0;
}

static int add_metrics(struct table_row *row, const struct run_file *file, struct error *error)
{
	if (file->metric_count + 1 != row->metric_count)
		return json_file_refuse(
		    &file->file, "metrics", error, "the metrics of the arm's other runs",
		    "found %" PRId64 " metrics, not %d", file->metric_count, row->metric_count - 1);
	for (int m = 0; m + 1 < row->metric_count; m++) {
		const struct metric *metric = run_file_metric(file, row->metric[m].name);
		if (!metric)
			return json_file_refuse(&file->file, "metrics", error,
						"the metrics of the arm's other runs",
						"missing metric \"%s\"", row->metric[m].name);
		if (!metric_allows(metric->name, metric->value))
			return json_file_refuse(&file->file, "metrics", error,
						metric_allowed(metric->name), "found %g as \"%s\"",
						metric->value, metric->name);
		row->metric[m].values[row->runs] = metric->value;
	}
	row->metric[row->metric_count - 1].values[row->runs] = file->train_loss;
	return 0;
}

/* Values of one more run, epoch by epoch. */
static int add_curve(struct building *b, struct table_row *row, const struct run_spec *run,
		     struct error *error)
{
	double **values = &b->curves[row - b->table->row];
	char path[PATH_MAX];
	struct run_log log;
	int status = path_make(path, sizeof path, error, "%s/%s/runs/%s/metrics.jsonl",
			       b->results_dir, run->experiment, run->run_id);
	status = status ? status : run_log_read(&log, path, row->primary_metric, error);
	if (status)
		return status;
	if (row->runs == 0) {
		row->curve_count = log.epochs;
		*values = array_zeroed(log.epochs * row->planned + 1, sizeof **values);
		if (!*values)
			status = error_no_memory(error, NULL);
	} else if (log.epochs != row->curve_count) {
		status = error_set(error, ERROR_INPUT, path, log.epochs, 1, NULL,
				   "the epochs of the arm's other runs",
				   "found %" PRId64 " epochs, not %" PRId64, log.epochs,
				   row->curve_count);
	}
	for (int64_t e = 0; !status && e < row->curve_count; e++)
		(*values)[e * row->planned + row->runs] = log.values[e];
	run_log_free(&log);
	return status;
}

static void add_timing(struct table_row *row, const struct run_file *file)
{
	double megabytes = (double)file->peak_memory / 1e6;
	row->seconds_mean += file->seconds;
	row->samples_per_second_mean += file->samples_per_second;
	if (megabytes > row->peak_memory_mb_max)
		row->peak_memory_mb_max = megabytes;
}

/* A run that is done: its record was found to be the planned one's. */
static int add_run(struct building *b, const struct run_spec *run, struct error *error)
{
	struct table_row *row = &b->table->row[table_find_run(b->table, run) - b->table->row];
	struct run_file file;
	int status = run_file_read_planned(&file, b->results_dir, run, error);
	if (status)
		return status;
	if (row->runs == 0)
		status = open_metrics(row, &file, error);
	status = status ? status : add_metrics(row, &file, error);
	status = status ? status : add_curve(b, row, run, error);
	status = status ? status : table_provenance_add(&b->table->provenance, &file, error);
	if (!status) {
		add_timing(row, &file);
		row->seeds[row->runs++] = file.seed;
		b->table->runs++;
	}
	run_file_free(&file);
	return status;
}

static int finish_row(struct table_row *row, const double *curve, struct error *error)
{
	for (int m = 0; m < row->metric_count; m++)
		row->metric[m].statistics = statistics_of(row->metric[m].values, row->runs,
							  metric_range(row->metric[m].name));
	if (row->runs > 0) {
		row->seconds_mean /= (double)row->runs;
		row->samples_per_second_mean /= (double)row->runs;
	}
	row->curve = calloc((size_t)row->curve_count + 1, sizeof *row->curve);
	if (!row->curve)
		return error_no_memory(error, NULL);
	for (int64_t e = 0; e < row->curve_count; e++)
		row->curve[e] = statistics_of(curve + e * row->planned, row->runs,
					      metric_range(row->primary_metric));
	return 0;
}

int table_build(struct table *table, const struct plan *plan, const char *results_dir,
		struct error *error)
{
	struct table made = {.contract = CONTRACT_VERSION};
	struct building b = {.table = &made, .plan = plan, .results_dir = results_dir};
	snprintf(made.experiment, sizeof made.experiment, "%s", plan->name);
	int status = add_rows(&b, error);
	for (int64_t i = 0; !status && i < plan->run_count; i++) {
		enum run_state state = plan_run_check(results_dir, &plan->runs[i], false, error);
		if (state >= RUN_DAMAGED) /* named, not left out */
			status = error ? error->status : ERROR_INPUT;
		else if (state == RUN_DONE)
			status = add_run(&b, &plan->runs[i], error);
	}
	for (int64_t i = 0; !status && i < made.row_count; i++)
		status = finish_row(&made.row[i], b.curves[i], error);
	for (int64_t i = 0; b.curves && i < made.row_count; i++)
		free(b.curves[i]);
	free(b.curves);
	if (status)
		table_free(&made);
	else
		*table = made;
	return status;
}
