/* SPDX-License-Identifier: Apache-2.0 */
/* Limitations that are in the results: differences too small to see, dead experts, where each task
 * would have its settings. */
#include <inttypes.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"

static void write_smallest(FILE *out, const struct comparisons *c, const char *task)
{
	double low = 0.0, high = 0.0;
	const char *metric = "";
	char from[CELL_TEXT], to[CELL_TEXT];
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		if (strcmp(pair->row->task, task) != 0 || !(pair->smallest > 0.0))
			continue;
		low = low > 0.0 && low < pair->smallest ? low : pair->smallest;
		high = high > pair->smallest ? high : pair->smallest;
		metric = pair->row->primary_metric;
	}
	if (!(high > 0.0))
		return;
	cell_number(low, false, from);
	cell_number(high, false, to);
	fprintf(out, "- %s: true differences of %s below %s to %s, by pair, are likely missed.\n",
		task, metric, from, to);
}

static int64_t expert_count(const struct plan *plan, const struct table_row *row)
{
	for (int64_t i = 0; i < plan->run_count; i++)
		if (strcmp(plan->runs[i].arm, row->arm) == 0 &&
		    strcmp(plan->runs[i].task_name, row->task) == 0)
			return plan->runs[i].arch.n_experts;
	return 0;
}

static void write_dead(FILE *out, const struct paper_source *source, const char *task)
{
	const struct table *table = source->table;
	bool begun = false;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		const struct table_metric *dead = table_row_metric(row, "router.dead");
		char label[TABLE_LABEL], mean[CELL_TEXT];
		if (strcmp(row->task, task) != 0 || !dead || !(dead->statistics.mean > 0.0))
			continue;
		table_row_label(table, row, label);
		if (!begun)
			fprintf(out, "- %s: dead experts of %" PRId64 ", mean over seeds: ", task,
				expert_count(source->plan, row));
		cell_decimals(dead->statistics.mean, 1, mean);
		fprintf(out, "%s%s %s", begun ? ", " : "", label, mean);
		begun = true;
	}
	fputs(begun ? ".\n" : "", out);
}

/* Mean over the arms of one variant on a task; false where an arm has no run. */
static bool variant_mean(const struct table *table, const char *task, const char *variant,
			 double *mean)
{
	double sum = 0.0;
	int64_t count = 0;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		const struct table_metric *metric = table_row_primary(row);
		if (strcmp(row->task, task) != 0 || strcmp(row->variant, variant) != 0)
			continue;
		if (!metric || row->runs == 0)
			return false;
		sum = sum + metric->statistics.mean;
		count++;
	}
	*mean = count ? sum / (double)count : 0.0;
	return count > 0;
}

static void write_best_setting(FILE *out, const struct table *tuning, const char *task)
{
	const struct table_row *best = NULL;
	double best_mean = 0.0, mean;
	char text[CELL_TEXT];
	for (int64_t i = 0; i < tuning->row_count; i++) {
		const struct table_row *row = &tuning->row[i];
		if (strcmp(row->task, task) != 0 || row->variant[0] == '\0' ||
		    !variant_mean(tuning, task, row->variant, &mean))
			continue;
		if (best && (table_lower_is_better(row->primary_metric) ? mean >= best_mean
									: mean <= best_mean))
			continue;
		best = row;
		best_mean = mean;
	}
	if (!best)
		return;
	cell_number(best_mean, false, text);
	fprintf(out, "- %s: of the settings searched `%s` has the best mean over arms (%s %s).\n",
		task, best->variant, best->primary_metric, text);
}

void paper_write_limits(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	for (int64_t i = 0; i < table->row_count; i++) {
		const char *task = table->row[i].task;
		if (!table_task_begins(table, i))
			continue;
		write_smallest(out, source->comparisons, task);
		write_dead(out, source, task);
		if (source->tuning)
			write_best_setting(out, source->tuning, task);
	}
}
