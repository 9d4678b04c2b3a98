/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "harness/tables/table.h"
#include "foundation/csv_write.h"

/* A comma and the number; nothing after the comma where there is none. */
static void write_number(FILE *out, bool known, double value)
{
	fputc(',', out);
	csv_write_number(out, known, value);
}

static void write_timing(FILE *out, const struct table_row *row)
{
	fputc(',', out);
	csv_write_decimals(out, 3, row->seconds_mean);
	fputc(',', out);
	csv_write_decimals(out, 1, row->samples_per_second_mean);
	fputc(',', out);
	csv_write_decimals(out, 1, row->peak_memory_mb_max);
}

static void write_metric(FILE *out, const struct table_row *row, const struct table_metric *metric)
{
	const struct statistics *s = &metric->statistics;
	csv_write_text(out, row->task);
	fputc(',', out);
	csv_write_text(out, row->arm);
	fprintf(out, ",%s,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",",
		arch_size_names[row->size], row->runs, row->total_params, row->active_params,
		row->train_flops);
	csv_write_text(out, metric->name);
	write_number(out, true, s->mean);
	write_number(out, s->interval, s->ci_low);
	write_number(out, s->interval, s->ci_high);
	fputc(',', out);
	csv_write_text(out, row->variant);
	/* What was matched is of Dense arms alone. */
	if (row->match_target)
		fprintf(out, ",%" PRId64 ",%" PRId64, row->match_target, row->match_residual);
	else
		fputs(",,", out);
	write_number(out, s->has_sd, s->sd);
	write_number(out, true, s->min);
	write_number(out, true, s->max);
	write_timing(out, row);
	fputc('\n', out);
}

void table_write_csv(FILE *out, const struct table *table)
{
	/* The last three are measured times; `cut -d, -f1-17` keeps what is exact. */
	fputs("task,arm,size,runs,total_params,active_params,train_flops,metric,mean,ci_low,"
	      "ci_high,variant,match_target,match_residual,sd,min,max,"
	      "seconds_mean,samples_per_second_mean,peak_memory_mb_max\n",
	      out);
	for (int64_t i = 0; i < table->row_count; i++)
		for (int m = 0; m < table->row[i].metric_count; m++)
			write_metric(out, &table->row[i], &table->row[i].metric[m]);
}

static void write_epoch(FILE *out, const struct table_row *row, int64_t epoch)
{
	const struct statistics *s = &row->curve[epoch - 1];
	csv_write_text(out, row->task);
	fputc(',', out);
	csv_write_text(out, row->arm);
	fputc(',', out);
	csv_write_text(out, row->variant);
	fprintf(out, ",%" PRId64 ",", epoch);
	csv_write_text(out, row->primary_metric);
	write_number(out, true, s->mean);
	write_number(out, s->interval, s->ci_low);
	write_number(out, s->interval, s->ci_high);
	fprintf(out, ",%" PRId64 ",%s\n", s->n, arch_size_names[row->size]);
}

void table_write_curves(FILE *out, const struct table *table)
{
	fputs("task,arm,variant,epoch,metric,mean,ci_low,ci_high,runs,size\n", out);
	for (int64_t i = 0; i < table->row_count; i++)
		for (int64_t epoch = 1; epoch <= table->row[i].curve_count; epoch++)
			write_epoch(out, &table->row[i], epoch);
}
