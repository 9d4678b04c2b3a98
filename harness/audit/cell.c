/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/audit/cell.h"

#include <inttypes.h>
#include <math.h> /* isfinite */
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"
#include "harness/training/metrics.h"
#include "harness/runs/file.h"
#include "harness/runs/command_text.h"
#include "harness/tables/table.h"
#include "harness/tables/cell.h"

static const char form[] = "TASK/ARM/METRIC or TASK/ARM/METRIC/VARIANT";

/* The parts of the text; variant "" when it has none. */
struct cell {
	char text[1024];
	const char *task, *arm, *metric, *variant;
};

/* What is known while the runs are read: one row of the table at a time. */
struct row {
	const struct plan *plan;
	const char *results_dir;
	const struct cell *cell;
	const struct table *table;    /* the committed one; NULL: there is none */
	const struct run_spec *first; /* of the row */
	int64_t planned, runs;
	bool from_table; /* values are the table's: the runs' own files are not here */
	double *values;
	json_t *list; /* of the runs */
};

static int split(struct cell *cell, const char *text, struct error *error)
{
	const char **parts[] = {&cell->task, &cell->arm, &cell->metric, &cell->variant};
	size_t count = 0, length = strlen(text);
	if (length < sizeof cell->text) {
		memcpy(cell->text, text, length + 1);
		char *at = cell->text;
		for (; at && count < 4; count++) {
			char *slash = count < 3 ? strchr(at, '/') : NULL;
			*parts[count] = at;
			if (slash)
				*slash = '\0';
			at = slash ? slash + 1 : NULL;
		}
	}
	if (count == 3)
		cell->variant = "";
	if (count >= 3 && cell->task[0] && cell->arm[0] && cell->metric[0])
		return 0;
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, form, "no cell \"%.80s\"", text);
}

static bool in_task(const struct run_spec *run, const struct cell *cell)
{
	return strcmp(run->task_name, cell->task) == 0;
}

static bool in_arm(const struct run_spec *run, const struct cell *cell)
{
	return in_task(run, cell) && strcmp(run->arm, cell->arm) == 0;
}

static bool in_cell(const struct run_spec *run, const struct cell *cell)
{
	return in_arm(run, cell) &&
	       (!cell->variant[0] || strcmp(run->variant, cell->variant) == 0 ||
		strcmp(arch_size_names[run->size], cell->variant) == 0);
}

static bool same_row(const struct run_spec *a, const struct run_spec *b)
{
	return a->size == b->size && strcmp(a->variant, b->variant) == 0;
}

static const char *task_of(const struct run_spec *run)
{
	return run->task_name;
}
static const char *arm_of(const struct run_spec *run)
{
	return run->arm;
}
static const char *variant_of(const struct run_spec *run)
{
	return run->variant;
}

/* Refuses a name, with the near one among those of the plan. */
static int unknown(const struct plan *plan, const char *what, const char *name,
		   const char *(*name_of)(const struct run_spec *run), struct error *error)
{
	const char **names = calloc((size_t)plan->run_count + 1, sizeof *names);
	if (!names)
		return error_no_memory(error, NULL);
	for (int64_t i = 0; i < plan->run_count; i++)
		names[i] = name_of(&plan->runs[i]);
	const char *near = error_near_name(name, names);
	int status = error_set(error, ERROR_INPUT, plan->file_name, 0, 0, NULL, form,
			       "no %s \"%.80s\" in this plan%s%s", what, name,
			       near ? ", near " : "", near ? near : "");
	free(names);
	return status;
}

static int check_names(const struct plan *plan, const struct cell *cell, struct error *error)
{
	bool task = false, arm = false, variant = false;
	for (int64_t i = 0; i < plan->run_count; i++) {
		task = task || in_task(&plan->runs[i], cell);
		arm = arm || in_arm(&plan->runs[i], cell);
		variant = variant || in_cell(&plan->runs[i], cell);
	}
	if (!task)
		return unknown(plan, "task", cell->task, task_of, error);
	if (!arm)
		return unknown(plan, "arm", cell->arm, arm_of, error);
	return variant ? 0 : unknown(plan, "variant", cell->variant, variant_of, error);
}

/* `names` has room for one more, and NULL after it. */
static int unknown_metric(const struct cell *cell, const char **names, size_t count,
			  struct error *error)
{
	names[count] = "train.loss";
	const char *near = error_near_name(cell->metric, names);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, form,
			 "no metric \"%.80s\" of %s/%s%s%s", cell->metric, cell->task, cell->arm,
			 near ? ", near " : "", near ? near : "");
}

/* The table's train.loss stands apart in a record. */
static int metric_value(const struct run_file *run, const struct cell *cell, double *value,
			struct error *error)
{
	const struct metric *metric = run_file_metric(run, cell->metric);
	if (!metric && strcmp(cell->metric, "train.loss") != 0) {
		const char **names = calloc((size_t)run->metric_count + 2, sizeof *names);
		if (!names)
			return error_no_memory(error, NULL);
		for (int64_t i = 0; i < run->metric_count; i++)
			names[i] = run->metric[i].name;
		int status = unknown_metric(cell, names, (size_t)run->metric_count, error);
		free(names);
		return status;
	}
	*value = metric ? metric->value : run->train_loss;
	return 0;
}

static const char *commit_of(const struct run_file *run)
{
	const json_t *environment = json_object_get(run->file.root, "environment");
	const char *commit = json_string_value(json_object_get(environment, "commit"));
	return commit ? commit : "not recorded";
}

static json_t *describe_run(const struct run_file *run, double value)
{
	char *again = calloc(2, RUN_COMMAND);
	if (!again)
		return NULL;
	char *verify = again + RUN_COMMAND;
	run_command_again(run, again, RUN_COMMAND);
	run_command_verify(run, verify, RUN_COMMAND);
	json_t *entry =
	    json_pack("{s:I,s:f,s:s,s:s,s:s,s:I,s:s,s:s,s:s}", "seed", (json_int_t)run->seed,
		      "value", value, "run_id", run->run_id, "weights_sha256", run->weights_sha256,
		      "data_sha256", run->data_sha256, "contract", (json_int_t)run->contract,
		      "commit", commit_of(run), "again", again, "verify", verify);
	free(again);
	return entry;
}

static int add_run(struct row *row, const struct run_spec *spec, struct error *error)
{
	struct run_file run;
	double value = 0.0;
	row->planned++;
	enum run_state state = plan_run_check(row->results_dir, spec, false, error);
	if (state != RUN_DONE)
		return state >= RUN_DAMAGED ? error->status : 0;
	int status = run_file_read_planned(&run, row->results_dir, spec, error);
	if (status)
		return status;
	if (strcmp(run.run_id, spec->run_id) != 0)
		status = json_file_refuse(&run.file, "run_id", error, spec->run_id, "found \"%s\"",
					  run.run_id);
	status = status ? status : metric_value(&run, row->cell, &value, error);
	if (!status && json_array_append_new(row->list, describe_run(&run, value)))
		status = error_no_memory(error, NULL);
	if (!status)
		row->values[row->runs++] = value;
	run_file_free(&run);
	return status;
}

/* What the plan knows of a run whose file is not here. */
static json_t *describe_planned(const struct plan *plan, const struct run_spec *spec, double value)
{
	struct run_file run = {.config_file = plan->file_name, .experiment = spec->experiment};
	char *again = malloc(RUN_COMMAND);
	if (!again)
		return NULL;
	memcpy(run.run_id, spec->run_id, sizeof run.run_id);
	run_command_again(&run, again, RUN_COMMAND);
	json_t *entry = json_pack("{s:I,s:f,s:s,s:n,s:s,s:I,s:n,s:s,s:n}", "seed",
				  (json_int_t)spec->seed, "value", value, "run_id", spec->run_id,
				  "weights_sha256", "data_sha256", spec->data_sha256, "contract",
				  (json_int_t)CONTRACT_VERSION, "commit", "again", again, "verify");
	free(again);
	return entry;
}

static const struct run_spec *find_seed(const struct row *row, int64_t seed)
{
	for (int64_t i = 0; i < row->plan->run_count; i++) {
		const struct run_spec *run = &row->plan->runs[i];
		if ((int64_t)run->seed == seed && in_arm(run, row->cell) &&
		    same_row(run, row->first))
			return run;
	}
	return NULL;
}

static int no_metric_in_table(const struct table_row *found, const struct cell *cell,
			      struct error *error)
{
	const char **names = calloc((size_t)found->metric_count + 2, sizeof *names);
	if (!names)
		return error_no_memory(error, NULL);
	for (int i = 0; i < found->metric_count; i++)
		names[i] = found->metric[i].name;
	int status = unknown_metric(cell, names, (size_t)found->metric_count, error);
	free(names);
	return status;
}

/* The row from the table, which a checkout has without the runs. */
static int add_from_table(struct row *row, struct error *error)
{
	const struct table_row *found = row->table ? table_find_run(row->table, row->first) : NULL;
	if (!found || found->runs == 0)
		return 0;
	const struct table_metric *metric = table_row_metric(found, row->cell->metric);
	if (!metric)
		return no_metric_in_table(found, row->cell, error);
	for (int64_t i = 0; i < found->runs; i++) {
		const struct run_spec *spec = find_seed(row, found->seeds[i]);
		if (!spec)
			return error_set(error, ERROR_CHECK, row->plan->file_name, 0, 0, NULL,
					 "the table of this plan (sheafbench table writes it)",
					 "the table of %s has seed %" PRId64
					 " of %s/%s, which is no run of the plan",
					 row->plan->name, found->seeds[i], row->cell->task,
					 row->cell->arm);
		if (json_array_append_new(row->list,
					  describe_planned(row->plan, spec, metric->values[i])))
			return error_no_memory(error, NULL);
		row->values[row->runs++] = metric->values[i];
	}
	row->from_table = true;
	return 0;
}

static const char *text_of(const json_t *run, const char *key)
{
	const char *text = json_string_value(json_object_get(run, key));
	return text ? text : "not here";
}

static void shown_number(double value, char text[NUMBER_TEXT])
{
	snprintf(text, NUMBER_TEXT, "–");
	if (isfinite(value))
		number_text(value, text);
}

static void print_run(const json_t *run)
{
	const char *verify = json_string_value(json_object_get(run, "verify"));
	char number[NUMBER_TEXT];
	shown_number(json_number_value(json_object_get(run, "value")), number);
	printf("  seed %-5" JSON_INTEGER_FORMAT " %-22s run %s  weights %s\n",
	       json_integer_value(json_object_get(run, "seed")), number, text_of(run, "run_id"),
	       text_of(run, "weights_sha256"));
	printf("    data    sha256 %s\n", text_of(run, "data_sha256"));
	printf("    made    commit %s, contract %" JSON_INTEGER_FORMAT "\n", text_of(run, "commit"),
	       json_integer_value(json_object_get(run, "contract")));
	printf("    again   %s\n", text_of(run, "again"));
	if (verify)
		printf("    verify  %s\n", verify);
}

static void print_row(const struct row *row, const struct statistics *s)
{
	char estimate[CELL_TEXT], mean[NUMBER_TEXT];
	const struct run_spec *run = row->first;
	cell_estimate(s, false, estimate);
	shown_number(s->mean, mean);
	printf("cell         %s / %s%s%s / %s / %s\n", run->task_name, run->arm,
	       run->variant[0] ? " " : "", run->variant, arch_size_names[run->size],
	       row->cell->metric);
	printf("value        %s, of the %s part; mean %s\n", estimate,
	       run->evaluate_test ? "test" : "validation", mean);
	if (s->interval) {
		char low[NUMBER_TEXT], high[NUMBER_TEXT];
		shown_number(s->ci_low, low);
		shown_number(s->ci_high, high);
		printf("interval     %s to %s, 95 %%\n", low, high);
	}
	printf("seeds        %" PRId64 " of %" PRId64 " runs are in%s\n", row->runs, row->planned,
	       row->from_table ? " the table; their own files are not here" : "");
	for (size_t i = 0; i < json_array_size(row->list); i++)
		print_run(json_array_get(row->list, i));
}

static json_t *known(bool known_value, double value)
{
	return known_value && isfinite(value) ? json_real(value) : json_null();
}

static json_t *describe_row(const struct row *row, const struct statistics *s)
{
	const struct run_spec *run = row->first;
	return json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:O}", "task", run->task_name, "arm",
	    run->arm, "variant", run->variant, "size", arch_size_names[run->size], "metric",
	    row->cell->metric, "evaluated_on", run->evaluate_test ? "test" : "validation",
	    "planned", (json_int_t)row->planned, "runs", (json_int_t)row->runs, "mean",
	    known(true, s->mean), "ci_low", known(s->interval, s->ci_low), "ci_high",
	    known(s->interval, s->ci_high), "sd", known(s->has_sd, s->sd), "seeds", row->list);
}

/* Reads the runs of the row that `first` begins and shows it; a row without runs is passed over. */
static int explain_row(struct row *row, json_t *rows, struct error *error)
{
	const struct plan *plan = row->plan;
	int status = 0;
	row->values = calloc((size_t)plan->run_count, sizeof *row->values);
	row->list = json_array();
	if (!row->values || !row->list)
		status = error_no_memory(error, NULL);
	for (int64_t i = row->first - plan->runs; !status && i < plan->run_count; i++)
		if (in_arm(&plan->runs[i], row->cell) && same_row(&plan->runs[i], row->first))
			status = add_run(row, &plan->runs[i], error);
	if (!status && row->runs == 0)
		status = add_from_table(row, error);
	if (!status && row->runs > 0) {
		struct statistics s =
		    statistics_of(row->values, row->runs, metric_range(row->cell->metric));
		if (!rows)
			print_row(row, &s);
		else if (json_array_append_new(rows, describe_row(row, &s)))
			status = error_no_memory(error, NULL);
	}
	free(row->values);
	json_decref(row->list);
	return status;
}

static bool begins_row(const struct plan *plan, int64_t index, const struct cell *cell)
{
	if (!in_cell(&plan->runs[index], cell))
		return false;
	for (int64_t i = 0; i < index; i++)
		if (in_arm(&plan->runs[i], cell) && same_row(&plan->runs[i], &plan->runs[index]))
			return false;
	return true;
}

static int explain_rows(const struct cell *cell, const struct plan *plan, const char *results_dir,
			const struct table *table, json_t *rows, struct error *error)
{
	bool any = false;
	for (int64_t i = 0; i < plan->run_count; i++) {
		struct row row = {
		    .plan = plan, .results_dir = results_dir, .cell = cell, .table = table};
		row.first = &plan->runs[i];
		if (!begins_row(plan, i, cell))
			continue;
		int status = explain_row(&row, rows, error);
		if (status)
			return status;
		any = any || row.runs > 0;
	}
	if (any)
		return 0;
	return error_set(error, ERROR_CHECK, plan->file_name, 0, 0, NULL,
			 "finished runs (make ablation)", "no run of %s/%s is done", cell->task,
			 cell->arm);
}

static int explain_with_table(const struct cell *cell, const struct plan *plan,
			      const char *results_dir, json_t *rows, struct error *error)
{
	struct table table;
	int status = table_read_stored(&table, results_dir, plan->name, error);
	if (status < 0)
		return status;
	bool there = status == 1;
	status = explain_rows(cell, plan, results_dir, there ? &table : NULL, rows, error);
	if (there)
		table_free(&table);
	return status;
}

int explain_cell(const char *text, const struct plan *plan, const char *results_dir, bool json,
		 struct error *error)
{
	struct cell cell;
	json_t *rows = json ? json_array() : NULL;
	int status = split(&cell, text, error);
	status = status ? status : check_names(plan, &cell, error);
	status = status ? status : explain_with_table(&cell, plan, results_dir, rows, error);
	if (!status && json) {
		char *dumped = json_dumps(rows, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
		if (dumped)
			puts(dumped);
		else
			status = error_no_memory(error, NULL);
		free(dumped);
	}
	json_decref(rows);
	return status;
}
