/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON form of a table, read back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/training/metrics.h"
#include "harness/tables/table.h"
#include "foundation/json_file.h"

/* The older one has Student's interval for every metric, and one of no width for equal values: its
 * intervals are not checked, and not used. */
static const char *const schemas[] = {"sheafbench/table/2", "sheafbench/table/1", NULL};
enum { SCHEMA_NOW, SCHEMA_STUDENT };

enum { PATH_TEXT = 160 };

static int copy_text(const struct json_file *file, const json_t *object, const char *path,
		     const char *key, char *out, size_t size, struct error *error)
{
	const char *text;
	int status = json_file_get_string(file, object, path, key, true, &text, error);
	if (status < 0)
		return status;
	if (strlen(text) >= size)
		return json_file_refuse(file, path, error, "a shorter text",
					"found %s of %zu bytes", key, strlen(text));
	snprintf(out, size, "%s", text);
	return 0;
}

static int read_names(const struct json_file *file, const json_t *object, const char *path,
		      struct table_row *row, struct error *error)
{
	int size = 0, model = 0, router = 0;
	int status = copy_text(file, object, path, "task", row->task, sizeof row->task, error);
	if (!status)
		status = copy_text(file, object, path, "arm", row->arm, sizeof row->arm, error);
	if (!status)
		status = copy_text(file, object, path, "variant", row->variant, sizeof row->variant,
				   error);
	if (!status)
		status = copy_text(file, object, path, "primary_metric", row->primary_metric,
				   sizeof row->primary_metric, error);
	if (!status)
		status = json_file_get_choice(file, object, path, "size", true, arch_size_names,
					      &size, error);
	if (status >= 0)
		status = json_file_get_choice(file, object, path, "model_kind", true,
					      model_kind_names, &model, error);
	if (status >= 0 && model == MODEL_MOE)
		status = json_file_get_choice(file, object, path, "router_kind", true,
					      router_kind_names, &router, error);
	row->size = (enum arch_size)size;
	row->model_kind = (enum model_kind)model;
	row->router_kind = (enum router_kind)router;
	return status < 0 ? status : 0;
}

static int read_counts(const struct json_file *file, const json_t *object, const char *path,
		       struct table_row *row, struct error *error)
{
	const struct {
		const char *key;
		int64_t min, *out;
	} integers[] = {
	    {"planned", 1, &row->planned},
	    {"runs", 0, &row->runs},
	    {"total_params", 1, &row->total_params},
	    {"active_params", 1, &row->active_params},
	    {"forward_flops", 0, &row->forward_flops},
	    {"train_flops", 0, &row->train_flops},
	    {"match_target", 0, &row->match_target},
	    {"match_residual", INT64_MIN, &row->match_residual},
	};
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
		int status =
		    json_file_get_integer(file, object, path, integers[i].key, true,
					  integers[i].min, INT64_MAX, integers[i].out, error);
		if (status < 0)
			return status;
	}
	return 0;
}

static int refuse_length(const struct json_file *file, const char *path, size_t found, int64_t runs,
			 struct error *error)
{
	char expected[64];
	snprintf(expected, sizeof expected, "%" PRId64 " values, one per run", runs);
	return json_file_refuse(file, path, error, expected, "found %zu", found);
}

static int read_seeds(const struct json_file *file, const json_t *object, const char *path,
		      struct table_row *row, struct error *error)
{
	char place[PATH_TEXT];
	const json_t *seeds;
	int status = json_file_get_array(file, object, path, "seeds", true, &seeds, error);
	if (status < 0)
		return status;
	snprintf(place, sizeof place, "%s.seeds", path);
	if (json_array_size(seeds) != (size_t)row->runs)
		return refuse_length(file, place, json_array_size(seeds), row->runs, error);
	row->seeds = calloc((size_t)row->runs + 1, sizeof *row->seeds);
	if (!row->seeds)
		return error_no_memory(error, file->name);
	for (int64_t i = 0; i < row->runs; i++) {
		const json_t *seed = json_array_get(seeds, (size_t)i);
		if (!json_is_integer(seed))
			return json_file_refuse(file, place, error, "integers",
						"found another type");
		row->seeds[i] = json_integer_value(seed);
		for (int64_t j = 0; j < i; j++)
			if (row->seeds[j] == row->seeds[i])
				return json_file_refuse(file, place, error, "every seed once",
							"found %" PRId64 " twice", row->seeds[i]);
	}
	return 0;
}

/* Mean and interval that stand beside the values are theirs: a table that was edited is found. */
static int check_statistics(const struct json_file *file, const json_t *object, const char *path,
			    int schema, const struct table_metric *metric, struct error *error)
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
		if (!found || (schema == SCHEMA_STUDENT && strncmp(all[i].key, "ci_", 3) == 0))
			continue;
		if (all[i].known ? json_is_number(found) && json_number_value(found) == all[i].value
				 : json_is_null(found))
			continue;
		return json_file_refuse(file, path, error, "the statistics of the values",
					"found another %s of \"%.80s\"", all[i].key, metric->name);
	}
	return 0;
}

static int read_values(const struct json_file *file, const json_t *object, const char *path,
		       const char *name, int schema, struct table_row *row, struct error *error)
{
	const json_t *values = json_object_get(object, "values");
	struct table_metric *metric = &row->metric[row->metric_count];
	if (!json_is_array(values) || strlen(name) >= sizeof metric->name)
		return json_file_refuse(file, path, error, "an object with \"values\"",
					"found no values of the metric \"%.80s\"", name);
	if (json_array_size(values) != (size_t)row->runs)
		return refuse_length(file, path, json_array_size(values), row->runs, error);
	metric->values = calloc((size_t)row->runs + 1, sizeof *metric->values);
	if (!metric->values)
		return error_no_memory(error, file->name);
	row->metric_count++;
	snprintf(metric->name, sizeof metric->name, "%s", name);
	for (int64_t i = 0; i < row->runs; i++) {
		const json_t *value = json_array_get(values, (size_t)i);
		if (!json_is_number(value))
			return json_file_refuse(file, path, error, "numbers", "found another type");
		metric->values[i] = json_number_value(value);
		if (!metric_allows(name, metric->values[i]))
			return json_file_refuse(file, path, error,
						metric_range(name) == RANGE_PROPORTION
						    ? "numbers from 0 to 1"
						    : "finite numbers",
						"found %g in \"%.80s\"", metric->values[i], name);
	}
	metric->statistics = statistics_of(metric->values, row->runs, metric_range(name));
	return check_statistics(file, object, path, schema, metric, error);
}

static int read_metrics(const struct json_file *file, const json_t *object, const char *path,
			int schema, struct table_row *row, struct error *error)
{
	char place[PATH_TEXT];
	const json_t *metrics;
	const char *name;
	json_t *value;
	int status = json_file_get_object(file, object, path, "metrics", true, &metrics, error);
	if (status < 0)
		return status;
	snprintf(place, sizeof place, "%s.metrics", path);
	row->metric = calloc(json_object_size(metrics) + 1, sizeof *row->metric);
	if (!row->metric)
		return error_no_memory(error, file->name);
	json_object_foreach((json_t *)metrics, name, value)
	{
		status = read_values(file, value, place, name, schema, row, error);
		if (status)
			return status;
	}
	return 0;
}

static int read_row(const struct json_file *file, const json_t *object, int64_t index, int schema,
		    struct table_row *row, struct error *error)
{
	char path[PATH_TEXT / 4];
	snprintf(path, sizeof path, "rows[%" PRId64 "]", index);
	if (!json_is_object(object))
		return json_file_refuse(file, path, error, "an object", "found another type");
	int status = read_names(file, object, path, row, error);
	status = status ? status : read_counts(file, object, path, row, error);
	status = status ? status : read_seeds(file, object, path, row, error);
	return status ? status : read_metrics(file, object, path, schema, row, error);
}

static int read_rows(const struct json_file *file, struct table *table, int schema,
		     struct error *error)
{
	const json_t *rows;
	int64_t runs = 0;
	int status = json_file_get_array(file, file->root, "", "rows", true, &rows, error);
	if (status < 0)
		return status;
	table->row = calloc(json_array_size(rows) + 1, sizeof *table->row);
	if (!table->row)
		return error_no_memory(error, file->name);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		struct table_row *row = &table->row[table->row_count++];
		status = read_row(file, json_array_get(rows, i), (int64_t)i, schema, row, error);
		if (status)
			return status;
		runs += row->runs;
	}
	if (runs != table->runs)
		return json_file_refuse(file, "runs", error, "the sum of the rows' runs",
					"found %" PRId64 ", not %" PRId64, table->runs, runs);
	return 0;
}

static int read_head(const struct json_file *file, struct table *table, int *schema_out,
		     struct error *error)
{
	static const char *const parts[] = {"test", "validation", NULL};
	int schema = 0, part = 0;
	int status =
	    json_file_get_choice(file, file->root, "", "schema", true, schemas, &schema, error);
	if (status >= 0)
		status = json_file_get_choice(file, file->root, "", "evaluated_on", true, parts,
					      &part, error);
	if (status >= 0)
		status = json_file_get_integer(file, file->root, "", "planned", true, 0, INT64_MAX,
					       &table->planned, error);
	if (status >= 0)
		status = json_file_get_integer(file, file->root, "", "runs", true, 0, INT64_MAX,
					       &table->runs, error);
	*schema_out = schema;
	table->on_test = part == 0;
	return status < 0 ? status
			  : copy_text(file, file->root, "", "experiment", table->experiment,
				      sizeof table->experiment, error);
}

int table_read(struct table *table, const char *file_name, struct error *error)
{
	struct table read = {0};
	struct json_file file;
	int status = json_file_load(&file, file_name, error);
	if (status)
		return status;
	int schema = SCHEMA_NOW;
	status = read_head(&file, &read, &schema, error);
	status = status ? status : read_rows(&file, &read, schema, error);
	json_file_free(&file);
	if (status)
		table_free(&read);
	else
		*table = read;
	return status;
}
