/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON form of a table: where it is, and reading it back. */
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/training/metrics.h"
#include "harness/tables/table.h"
#include "kernels/contract.h"
#include "foundation/json_file.h"
#include "foundation/path.h"

/* Before 3 all was of contract 1.  The oldest has Student's interval for every metric, and one of
 * no width for equal values: its intervals are not checked, and not used. */
static const char *const schemas[] = {"sheafbench/table/3", "sheafbench/table/2",
				      "sheafbench/table/1", NULL};
enum { SCHEMA_CONTRACT, SCHEMA_NO_CONTRACT, SCHEMA_STUDENT };

enum { PATH_TEXT = 160 };

/* What of the file is being read: an object and where it stands. */
struct reading {
	const struct json_file *file;
	int schema;
	struct error *error;
	const json_t *object;
	char path[PATH_TEXT / 4];
};

static int take_text(const struct reading *r, const char *key, char *out, size_t size)
{
	const char *text;
	int status = json_file_get_string(r->file, r->object, r->path, key, true, &text, r->error);
	if (status < 0)
		return status;
	if (strlen(text) >= size)
		return json_file_refuse(r->file, r->path, r->error, "a shorter text",
					"found %s of %zu bytes", key, strlen(text));
	snprintf(out, size, "%s", text);
	return 0;
}

static int take_choice(const struct reading *r, const char *key, const char *const *names, int *out)
{
	int status =
	    json_file_get_choice(r->file, r->object, r->path, key, true, names, out, r->error);
	return status < 0 ? status : 0;
}

static int take_integer(const struct reading *r, const char *key, int64_t least, int64_t *out)
{
	int status = json_file_get_integer(r->file, r->object, r->path, key, true, least, INT64_MAX,
					   out, r->error);
	return status < 0 ? status : 0;
}

static int read_names(const struct reading *r, struct table_row *row)
{
	int size = 0, model = 0, router = 0;
	int status = take_text(r, "task", row->task, sizeof row->task);
	status = status ? status : take_text(r, "arm", row->arm, sizeof row->arm);
	status = status ? status : take_text(r, "variant", row->variant, sizeof row->variant);
	status = status ? status
			: take_text(r, "primary_metric", row->primary_metric,
				    sizeof row->primary_metric);
	status = status ? status : take_choice(r, "size", arch_size_names, &size);
	status = status ? status : take_choice(r, "model_kind", model_kind_names, &model);
	if (!status && model == MODEL_MOE)
		status = take_choice(r, "router_kind", router_kind_names, &router);
	row->size = (enum arch_size)size;
	row->model_kind = (enum model_kind)model;
	row->router_kind = (enum router_kind)router;
	return status;
}

static int read_counts(const struct reading *r, struct table_row *row)
{
	int status = take_integer(r, "planned", 1, &row->planned);
	status = status ? status : take_integer(r, "runs", 0, &row->runs);
	status = status ? status : take_integer(r, "total_params", 1, &row->total_params);
	status = status ? status : take_integer(r, "active_params", 1, &row->active_params);
	status = status ? status : take_integer(r, "forward_flops", 0, &row->forward_flops);
	status = status ? status : take_integer(r, "train_flops", 0, &row->train_flops);
	status = status ? status : take_integer(r, "match_target", 0, &row->match_target);
	return status ? status : take_integer(r, "match_residual", INT64_MIN, &row->match_residual);
}

static int refuse_length(const struct reading *r, const char *path, size_t found, int64_t runs)
{
	char expected[64];
	snprintf(expected, sizeof expected, "%" PRId64 " values, one per run", runs);
	return json_file_refuse(r->file, path, r->error, expected, "found %zu", found);
}

static int read_seeds(const struct reading *r, struct table_row *row)
{
	char place[PATH_TEXT];
	const json_t *seeds;
	int status =
	    json_file_get_array(r->file, r->object, r->path, "seeds", true, &seeds, r->error);
	if (status < 0)
		return status;
	snprintf(place, sizeof place, "%s.seeds", r->path);
	if (json_array_size(seeds) != (size_t)row->runs)
		return refuse_length(r, place, json_array_size(seeds), row->runs);
	row->seeds = calloc((size_t)row->runs + 1, sizeof *row->seeds);
	if (!row->seeds)
		return error_no_memory(r->error, r->file->name);
	for (int64_t i = 0; i < row->runs; i++) {
		const json_t *seed = json_array_get(seeds, (size_t)i);
		if (!json_is_integer(seed))
			return json_file_refuse(r->file, place, r->error, "integers",
						"found another type");
		row->seeds[i] = json_integer_value(seed);
		for (int64_t j = 0; j < i; j++)
			if (row->seeds[j] == row->seeds[i])
				return json_file_refuse(r->file, place, r->error, "every seed once",
							"found %" PRId64 " twice", row->seeds[i]);
	}
	return 0;
}

/* Mean and interval that stand beside the values are theirs: a table that was edited is found. */
static int check_statistics(const struct reading *r, const json_t *object, const char *path,
			    const struct table_metric *metric)
{
	const struct statistics *s = &metric->statistics;
	const struct {
		const char *key;
		bool known;
		double value;
	} all[] = {
	    {"mean", s->n > 0, s->mean},
	    {"ci_low", s->interval, s->ci_low},
	    {"ci_high", s->interval, s->ci_high},
	    {"sd", s->has_sd, s->sd},
	    {"min", s->n > 0, s->min},
	    {"max", s->n > 0, s->max},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const json_t *found = json_object_get(object, all[i].key);
		if (!found || (r->schema == SCHEMA_STUDENT && strncmp(all[i].key, "ci_", 3) == 0))
			continue;
		if (all[i].known ? json_is_number(found) && json_number_value(found) == all[i].value
				 : json_is_null(found))
			continue;
		return json_file_refuse(r->file, path, r->error, "the statistics of the values",
					"found another %s of \"%.80s\"", all[i].key, metric->name);
	}
	return 0;
}

static int read_values(const struct reading *r, const json_t *object, const char *path,
		       const char *name, struct table_row *row)
{
	const json_t *values = json_object_get(object, "values");
	struct table_metric *metric = &row->metric[row->metric_count];
	if (!json_is_array(values) || strlen(name) >= sizeof metric->name)
		return json_file_refuse(r->file, path, r->error, "an object with \"values\"",
					"found no values of the metric \"%.80s\"", name);
	if (json_array_size(values) != (size_t)row->runs)
		return refuse_length(r, path, json_array_size(values), row->runs);
	metric->values = calloc((size_t)row->runs + 1, sizeof *metric->values);
	if (!metric->values)
		return error_no_memory(r->error, r->file->name);
	row->metric_count++;
	snprintf(metric->name, sizeof metric->name, "%s", name);
	for (int64_t i = 0; i < row->runs; i++) {
		const json_t *value = json_array_get(values, (size_t)i);
		if (!json_is_number(value))
			return json_file_refuse(r->file, path, r->error, "numbers",
						"found another type");
		metric->values[i] = json_number_value(value);
		if (!metric_allows(name, metric->values[i]))
			return json_file_refuse(r->file, path, r->error, metric_allowed(name),
						"found %g in \"%.80s\"", metric->values[i], name);
	}
	metric->statistics = statistics_of(metric->values, row->runs, metric_range(name));
	return check_statistics(r, object, path, metric);
}

static int read_metrics(const struct reading *r, struct table_row *row)
{
	char place[PATH_TEXT];
	const json_t *metrics;
	const char *name;
	json_t *value;
	int status =
	    json_file_get_object(r->file, r->object, r->path, "metrics", true, &metrics, r->error);
	if (status < 0)
		return status;
	snprintf(place, sizeof place, "%s.metrics", r->path);
	row->metric = calloc(json_object_size(metrics) + 1, sizeof *row->metric);
	if (!row->metric)
		return error_no_memory(r->error, r->file->name);
	json_object_foreach((json_t *)metrics, name, value)
	{
		status = read_values(r, value, place, name, row);
		if (status)
			return status;
	}
	return 0;
}

static int read_row(const struct reading *r, struct table_row *row)
{
	if (!json_is_object(r->object))
		return json_file_refuse(r->file, r->path, r->error, "an object",
					"found another type");
	int status = read_names(r, row);
	status = status ? status : read_counts(r, row);
	status = status ? status : read_seeds(r, row);
	return status ? status : read_metrics(r, row);
}

static int read_rows(struct reading *r, struct table *table)
{
	const json_t *rows;
	int64_t runs = 0;
	int status = json_file_get_array(r->file, r->object, "", "rows", true, &rows, r->error);
	if (status < 0)
		return status;
	table->row = calloc(json_array_size(rows) + 1, sizeof *table->row);
	if (!table->row)
		return error_no_memory(r->error, r->file->name);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		struct table_row *row = &table->row[table->row_count++];
		r->object = json_array_get(rows, i);
		snprintf(r->path, sizeof r->path, "rows[%zu]", i);
		status = read_row(r, row);
		if (status)
			return status;
		runs += row->runs;
	}
	if (runs != table->runs)
		return json_file_refuse(r->file, "runs", r->error, "the sum of the rows' runs",
					"found %" PRId64 ", not %" PRId64, table->runs, runs);
	return 0;
}

static int read_head(struct reading *r, struct table *table)
{
	static const char *const parts[] = {"test", "validation", NULL};
	int part = 0;
	int status = take_choice(r, "schema", schemas, &r->schema);
	status = status ? status : take_choice(r, "evaluated_on", parts, &part);
	status = status ? status : take_integer(r, "planned", 0, &table->planned);
	status = status ? status : take_integer(r, "runs", 0, &table->runs);
	table->contract = 1;
	if (!status && r->schema == SCHEMA_CONTRACT)
		status = take_integer(r, "contract", 1, &table->contract);
	table->on_test = part == 0;
	return status ? status
		      : take_text(r, "experiment", table->experiment, sizeof table->experiment);
}

int table_read(struct table *table, const char *file_name, struct error *error)
{
	struct table read = {0};
	struct json_file file;
	int status = json_file_load(&file, file_name, error);
	if (status)
		return status;
	struct reading r = {.file = &file, .error = error, .object = file.root};
	status = read_head(&r, &read);
	status = status ? status : read_rows(&r, &read);
	json_file_free(&file);
	if (status)
		table_free(&read);
	else
		*table = read;
	return status;
}

int table_path(char *path, size_t size, struct error *error, const char *results_dir,
	       const char *experiment, const char *extension)
{
	return path_make(path, size, error, "%s/%s/%s.%s", results_dir, experiment, experiment,
			 extension);
}

/* Versions that called every experiment's table "ablation" left it in this folder. */
static int check_older(const char *path, const char *results_dir, const char *experiment,
		       struct error *error)
{
	char older[PATH_MAX], expected[PATH_MAX + 32];
	int status =
	    path_make(older, sizeof older, error, "%s/%s/ablation.json", results_dir, experiment);
	if (status || access(older, F_OK) != 0)
		return status;
	snprintf(expected, sizeof expected, "%s (sheafbench table writes it)", path);
	return error_set(error, ERROR_CHECK, older, 0, 0, NULL, expected,
			 "the table of %s as older versions called it", experiment);
}

int table_read_stored(struct table *table, const char *results_dir, const char *experiment,
		      struct error *error)
{
	char path[PATH_MAX];
	int status = table_path(path, sizeof path, error, results_dir, experiment, "json");
	if (status)
		return status;
	if (access(path, F_OK) != 0)
		return check_older(path, results_dir, experiment, error);
	status = table_read(table, path, error);
	if (status || table->contract == CONTRACT_VERSION)
		return status ? status : 1;
	char changes[256];
	contract_changes(table->contract, changes, sizeof changes);
	status = error_set(
	    error, ERROR_CHECK, path, 0, 0, "contract",
	    "the table of this program's contract (sheafbench run trains, table writes it)",
	    "found contract %" PRId64 "; this program computes contract %s", table->contract,
	    changes);
	table_free(table);
	return status;
}
