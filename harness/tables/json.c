/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON form: everything exact first, measured times and where the runs come from at the end.
 * Every metric has the value of each seed, so that whatever is computed from a table can be
 * computed from this file.
 */
#include <inttypes.h>

#include "harness/tables/table.h"
#include "harness/tables/provenance.h"
#include "foundation/json_write.h"

static void write_number(FILE *out, const char *key, bool known, double value)
{
	fprintf(out, "\"%s\": ", key);
	json_write_number(out, known, value);
	fputs(", ", out);
}

static void write_metric(FILE *out, const struct table_metric *metric)
{
	const struct statistics *s = &metric->statistics;
	json_write_text(out, metric->name);
	fputs(": {", out);
	write_number(out, "mean", true, s->mean);
	write_number(out, "ci_low", s->interval, s->ci_low);
	write_number(out, "ci_high", s->interval, s->ci_high);
	write_number(out, "sd", s->has_sd, s->sd);
	write_number(out, "min", true, s->min);
	write_number(out, "max", true, s->max);
	fputs("\"values\": [", out);
	for (int64_t i = 0; i < s->n; i++) {
		fputs(i ? ", " : "", out);
		json_write_number(out, true, metric->values[i]);
	}
	fputs("]}", out);
}

static void write_identity(FILE *out, const struct table_row *row)
{
	fputs("    {\"task\": ", out);
	json_write_text(out, row->task);
	fputs(", \"arm\": ", out);
	json_write_text(out, row->arm);
	fputs(", \"variant\": ", out);
	json_write_text(out, row->variant);
	fprintf(out, ", \"size\": \"%s\"", arch_size_names[row->size]);
}

static void write_row(FILE *out, const struct table_row *row)
{
	write_identity(out, row);
	fprintf(out, ",\n     \"model_kind\": \"%s\", \"router_kind\": ",
		model_kind_names[row->model_kind]);
	if (row->model_kind == MODEL_MOE)
		fprintf(out, "\"%s\"", router_kind_names[row->router_kind]);
	else
		fputs("null", out);
	fprintf(out,
		",\n     \"planned\": %" PRId64 ", \"runs\": %" PRId64
		", \"total_params\": %" PRId64 ", \"active_params\": %" PRId64
		",\n     \"forward_flops\": %" PRId64 ", \"train_flops\": %" PRId64
		", \"match_target\": %" PRId64 ", \"match_residual\": %" PRId64
		",\n     \"primary_metric\": ",
		row->planned, row->runs, row->total_params, row->active_params, row->forward_flops,
		row->train_flops, row->match_target, row->match_residual);
	json_write_text(out, row->primary_metric);
	fputs(",\n     \"seeds\": [", out);
	for (int64_t i = 0; i < row->runs; i++)
		fprintf(out, "%s%" PRId64, i ? ", " : "", row->seeds[i]);
	fputs("],\n     \"metrics\": {", out);
	for (int m = 0; m < row->metric_count; m++) {
		fputs(m ? ",\n       " : "\n       ", out);
		write_metric(out, &row->metric[m]);
	}
	fputs("}}", out);
}

static void write_timing(FILE *out, const struct table_row *row)
{
	write_identity(out, row);
	fputs(",\n     \"seconds_mean\": ", out);
	json_write_decimals(out, 3, row->seconds_mean);
	fputs(", \"samples_per_second_mean\": ", out);
	json_write_decimals(out, 1, row->samples_per_second_mean);
	fputs(", \"peak_memory_mb_max\": ", out);
	json_write_decimals(out, 1, row->peak_memory_mb_max);
	fputc('}', out);
}

void table_write_json(FILE *out, const struct table *table)
{
	fputs("{\n  \"schema\": \"sheafbench/table/2\",\n  \"experiment\": ", out);
	json_write_text(out, table->experiment);
	fprintf(out,
		",\n  \"evaluated_on\": \"%s\",\n  \"planned\": %" PRId64 ",\n  \"runs\": %" PRId64
		",\n  \"rows\": [",
		table->on_test ? "test" : "validation", table->planned, table->runs);
	for (int64_t i = 0; i < table->row_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_row(out, &table->row[i]);
	}
	fputs("\n  ],\n  \"timing\": [", out);
	for (int64_t i = 0; i < table->row_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_timing(out, &table->row[i]);
	}
	fputs("\n  ]", out);
	table_provenance_write(out, table->provenance);
	fputs("\n}\n", out);
}
