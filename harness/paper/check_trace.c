/* SPDX-License-Identifier: Apache-2.0 */
/* From the numbers of a table to the runs they come from. */
#include <inttypes.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/runs/file.h"

/* Values of the table are written so that they read back exactly. */
static int check_values(const struct table_row *row, int64_t index, const struct run_file *file,
			struct error *error)
{
	for (int m = 0; m < row->metric_count; m++) {
		const struct table_metric *metric = &row->metric[m];
		const struct metric *own = run_file_metric(file, metric->name);
		double value = strcmp(metric->name, "train.loss") == 0 ? file->train_loss
			       : own                                   ? own->value
								       : metric->values[index] + 1;
		if (value != metric->values[index])
			return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL,
					 "the table of these runs (sheafbench table writes it)",
					 "run %s has another %s than the table", file->run_id,
					 metric->name);
	}
	return 0;
}

static int check_run(const struct table_row *row, int64_t index, const struct run_spec *run,
		     const char *results_dir, struct error *error)
{
	struct run_file file;
	enum run_state state = plan_run_check(results_dir, run, false, error);
	if (state != RUN_DONE) /* not every copy has the runs */
		return state >= RUN_DAMAGED ? error->status : 0;
	int status = run_file_read_planned(&file, results_dir, run, error);
	if (status)
		return status;
	status = check_values(row, index, &file, error);
	run_file_free(&file);
	return status;
}

int paper_check_trace(const struct table *table, const struct plan *plan, const char *results_dir,
		      struct error *error)
{
	for (int64_t r = 0; r < table->row_count; r++) {
		const struct table_row *row = &table->row[r];
		for (int64_t s = 0; s < row->runs; s++) {
			const struct run_spec *run = table_row_seed(plan, row, row->seeds[s]);
			if (!run)
				return error_set(
				    error, ERROR_CHECK, plan->file_name, 0, 0, NULL,
				    "the table of this plan (sheafbench table writes it)",
				    "the table of %s has seed %" PRId64
				    " of %s on %s, which is no run of the plan",
				    plan->name, row->seeds[s], row->arm, row->task);
			int status = check_run(row, s, run, results_dir, error);
			if (status)
				return status;
		}
	}
	return 0;
}
