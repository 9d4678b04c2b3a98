/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/table.h"
#include "harness/tables/grid.h"

static void write_metric(struct grid *grid, const struct table_row *row,
			 const struct table_metric *metric)
{
	const struct statistics *s = &metric->statistics;
	grid_text(grid, row->task);
	grid_text(grid, row->arm);
	grid_text(grid, arch_size_names[row->size]);
	grid_integer(grid, row->runs);
	grid_integer(grid, row->total_params);
	grid_integer(grid, row->active_params);
	grid_integer(grid, row->train_flops);
	grid_text(grid, metric->name);
	grid_number(grid, true, s->mean, false);
	grid_number(grid, s->interval, s->ci_low, false);
	grid_number(grid, s->interval, s->ci_high, false);
	grid_text(grid, row->variant);
	/* What was matched is of Dense arms alone. */
	const int64_t matched[] = {row->match_target, row->match_residual};
	for (int i = 0; i < 2; i++)
		if (row->match_target)
			grid_integer(grid, matched[i]);
		else
			grid_unknown(grid);
	grid_number(grid, s->has_sd, s->sd, false);
	grid_number(grid, true, s->min, false);
	grid_number(grid, true, s->max, false);
	grid_decimals(grid, 3, row->seconds_mean);
	grid_decimals(grid, 1, row->samples_per_second_mean);
	grid_decimals(grid, 1, row->peak_memory_mb_max);
}

void table_write_csv(FILE *out, const struct table *table)
{
	/* The last three are measured times; `cut -d, -f1-17` keeps what is exact. */
	struct grid grid;
	grid_begin(
	    &grid, out, GRID_CSV, NULL,
	    "task\tarm\tsize\truns\ttotal_params\tactive_params\ttrain_flops\tmetric\tmean\tci_"
	    "low\tci_high\tvariant\tmatch_target\tmatch_residual\tsd\tmin\tmax\tseconds_"
	    "mean\tsamples_per_second_mean\tpeak_memory_mb_max");
	for (int64_t i = 0; i < table->row_count; i++)
		for (int m = 0; m < table->row[i].metric_count; m++)
			write_metric(&grid, &table->row[i], &table->row[i].metric[m]);
}

void table_write_curves(FILE *out, const struct table *table)
{
	struct grid grid;
	grid_begin(&grid, out, GRID_CSV, NULL,
		   "task\tarm\tvariant\tepoch\tmetric\tmean\tci_low\tci_high\truns\tsize");
	for (int64_t i = 0; i < table->row_count; i++)
		for (int64_t epoch = 1; epoch <= table->row[i].curve_count; epoch++) {
			const struct table_row *row = &table->row[i];
			const struct statistics *s = &row->curve[epoch - 1];
			grid_text(&grid, row->task);
			grid_text(&grid, row->arm);
			grid_text(&grid, row->variant);
			grid_integer(&grid, epoch);
			grid_text(&grid, row->primary_metric);
			grid_number(&grid, true, s->mean, false);
			grid_number(&grid, s->interval, s->ci_low, false);
			grid_number(&grid, s->interval, s->ci_high, false);
			grid_integer(&grid, s->n);
			grid_text(&grid, arch_size_names[row->size]);
		}
}
