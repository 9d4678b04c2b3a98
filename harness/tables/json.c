/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON form: everything exact first, measured times and where the runs come from at the end.
 * Every metric has the value of each seed, so that whatever is computed from a table can be
 * computed from this file.
 */
#include <inttypes.h>
#include <math.h> /* NAN */

#include "harness/tables/table.h"
#include "harness/tables/provenance.h"
#include "foundation/json_write.h"

static void write_metric(FILE *out, const struct table_metric *metric)
{
	const struct statistics *s = &metric->statistics;
	json_write_print(out,
			 "%s: {'mean': %g, 'ci_low': %g, 'ci_high': %g, 'sd': %g, 'min': %g, "
			 "'max': %g, 'values': ",
			 metric->name, s->mean, s->interval ? s->ci_low : NAN,
			 s->interval ? s->ci_high : NAN, s->has_sd ? s->sd : NAN, s->min, s->max);
	json_write_numbers(out, metric->values, s->n);
	fputc('}', out);
}

static void write_identity(FILE *out, const struct table_row *row)
{
	json_write_print(out, "    {'task': %s, 'arm': %s, 'variant': %s, 'size': %s,\n     ",
			 row->task, row->arm, row->variant, arch_size_names[row->size]);
}

static void write_row(FILE *out, const struct table_row *row)
{
	bool routed = row->model_kind == MODEL_MOE;
	write_identity(out, row);
	json_write_print(out,
			 "'model_kind': %s, 'router_kind': %s,\n"
			 "     'planned': %" PRId64 ", 'runs': %" PRId64
			 ", 'total_params': %" PRId64 ", 'active_params': %" PRId64 ",\n"
			 "     'forward_flops': %" PRId64 ", 'train_flops': %" PRId64
			 ", 'match_target': %" PRId64 ", 'match_residual': %" PRId64 ",\n"
			 "     'primary_metric': %s,\n"
			 "     'seeds': ",
			 model_kind_names[row->model_kind],
			 routed ? router_kind_names[row->router_kind] : json_write_null,
			 row->planned, row->runs, row->total_params, row->active_params,
			 row->forward_flops, row->train_flops, row->match_target,
			 row->match_residual, row->primary_metric);
	json_write_integers(out, row->seeds, row->runs);
	fputs(",\n     \"metrics\": {", out);
	for (int m = 0; m < row->metric_count; m++) {
		fputs(m ? ",\n       " : "\n       ", out);
		write_metric(out, &row->metric[m]);
	}
	fputs("}}", out);
}

static void write_timing(FILE *out, const struct table_row *row)
{
	write_identity(out, row);
	fputs("\"seconds_mean\": ", out);
	json_write_decimals(out, 3, row->seconds_mean);
	fputs(", \"samples_per_second_mean\": ", out);
	json_write_decimals(out, 1, row->samples_per_second_mean);
	fputs(", \"peak_memory_mb_max\": ", out);
	json_write_decimals(out, 1, row->peak_memory_mb_max);
	fputc('}', out);
}

static void write_rows(FILE *out, const struct table *table, const char *key,
		       void (*write)(FILE *out, const struct table_row *row))
{
	json_write_print(out, ",\n  %s: [", key);
	for (int64_t i = 0; i < table->row_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write(out, &table->row[i]);
	}
	fputs("\n  ]", out);
}

void table_write_json(FILE *out, const struct table *table)
{
	json_write_print(out,
			 "{\n  'schema': 'sheafbench/table/3',\n  'experiment': %s,\n"
			 "  'contract': %" PRId64 ",\n  'evaluated_on': %s,\n  'planned': %" PRId64
			 ",\n  'runs': %" PRId64,
			 table->experiment, table->contract, table->on_test ? "test" : "validation",
			 table->planned, table->runs);
	write_rows(out, table, "rows", write_row);
	write_rows(out, table, "timing", write_timing);
	table_provenance_write(out, table->provenance);
	fputs("\n}\n", out);
}
