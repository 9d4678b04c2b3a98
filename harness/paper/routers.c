/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers of the ablation learned: loads, pairs of experts, information, the codec. */
#include <inttypes.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"
#include "harness/tables/grid.h"

static const struct metric_column loads[] = {
    {"router.entropy", "#entropy", 0},
    {"router.load_cv", "#load CV", 0},
    {"router.load_max", "#largest load / mean", 0},
    {"router.dead", "#dead experts", 0},
    {"router.outside_nerve", "#outside the nerve", 0},
    {"router.overruled", "#overruled", 0},
    {"router.gluing_mean", "#gluing defect", 0},
    {"router.gluing_max", "#its largest", 0},
    {"router.class_information", "#bits on the class", 0},
    {"router.true_information", "#bits on the true expert", 0},
    {"router.true_agreement", "#agrees with it", 0},
};
static const struct metric_column codec[] = {
    {"router.padic.digits", "#digits used", 0},
    {"router.padic.skipped", "#products skipped", 0},
    {"router.saturated", "#saturated", 1},
    {"router.padic.error_max", "#largest codec error", 0},
    {"router.padic.zeros", "#zero", 0},
    {"router.padic.valuation.0", "#v = 0", 0},
    {"router.padic.valuation.1", "#v = 1", 0},
    {"router.padic.valuation.2", "#v = 2", 0},
    {"router.padic.valuation.3", "#v = 3", 0},
    {"router.padic.valuation.4", "#v = 4", 0},
    {"router.padic.valuation.5", "#v = 5", 0},
};
enum { LOADS = sizeof loads / sizeof *loads, CODEC = sizeof codec / sizeof *codec };
/* More seeds would say no more. */
enum { GLUING_SEEDS = 100 };

/* Experts of a metric "router.pair.I.J". */
static bool is_pair(const char *name, int *i, int *j)
{
	return sscanf(name, "router.pair.%2d.%2d", i, j) == 2;
}

/* Of the first arm that has a nerve. */
static bool in_nerve(const struct paper_source *source, int i, int j)
{
	const struct plan *plan = source->plan;
	for (int64_t r = 0; r < plan->run_count; r++) {
		const struct run_spec *run = &plan->runs[r];
		if (run->arch.model_kind == MODEL_MOE && router_of(run->router.kind)->has_nerve)
			return nerve_has_edge(&run->router.nerve, i, j);
	}
	return false;
}

double paper_largest_pair(const struct table_row *row, bool *known)
{
	double sum = 0.0;
	int i, j;
	*known = false;
	for (int64_t s = 0; s < row->runs; s++) {
		double largest = 0.0, all = 0.0;
		for (int m = 0; m < row->metric_count; m++) {
			if (!is_pair(row->metric[m].name, &i, &j))
				continue;
			double samples = row->metric[m].values[s];
			*known = true;
			all += samples;
			largest = samples > largest ? samples : largest;
		}
		sum += all > 0.0 ? largest / all : 0.0;
	}
	return row->runs > 0 ? sum / (double)row->runs : 0.0;
}

static double pair_total(const struct table_row *row)
{
	double total = 0.0;
	int i, j;
	for (int m = 0; m < row->metric_count; m++)
		if (is_pair(row->metric[m].name, &i, &j))
			total += row->metric[m].statistics.mean;
	return total;
}

static struct grid begin_pairs(FILE *out, const struct paper_source *source,
			       const struct table_row *row)
{
	char heads[GRID_HEADS] = "task\trouter of", head[32];
	struct grid grid;
	int i, j;
	fputs("\nShares of samples that meet a pair of experts, mean over seeds; * is an edge of "
	      "the nerve. *Largest* is the mean over seeds of the share of the pair most met, "
	      "which the mean by pair hides where seeds settle on different ones.\n\n",
	      out);
	for (int m = 0; m < row->metric_count; m++)
		if (is_pair(row->metric[m].name, &i, &j)) {
			snprintf(head, sizeof head, "#%d–%d%s", i, j,
				 in_nerve(source, i, j) ? "*" : "");
			grid_add_head(heads, head);
		}
	grid_add_head(heads, "#largest");
	grid_begin(&grid, out, GRID_MARKDOWN, NULL, heads);
	return grid;
}

static void write_pairs(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	const struct table_row *first = NULL; /* has the columns */
	struct grid grid;
	bool known;
	for (int64_t r = 0; r < table->row_count; r++) {
		const struct table_row *row = &table->row[r];
		double total = pair_total(row), largest = paper_largest_pair(row, &known);
		char label[TABLE_LABEL];
		int i, j;
		if (!(total > 0.0))
			continue;
		if (!first)
			grid = begin_pairs(out, source, row);
		first = first ? first : row;
		table_row_label(table, row, label);
		grid_text(&grid, row->task);
		grid_text(&grid, label);
		for (int m = 0; m < first->metric_count; m++) {
			const char *name = first->metric[m].name;
			const struct statistics *share = table_row_statistics(row, name);
			if (is_pair(name, &i, &j))
				grid_number(&grid, share != NULL, share ? share->mean / total : 0.0,
					    false);
		}
		grid_number(&grid, true, largest, false);
	}
}

static const struct table_row *find_arm(const struct table *table, const char *task,
					const char *arm)
{
	for (int64_t i = 0; i < table->row_count; i++)
		if (strcmp(table->row[i].task, task) == 0 && strcmp(table->row[i].arm, arm) == 0)
			return &table->row[i];
	return NULL;
}

/* Whether the penalty does what it is there for: a ratio per seed. */
static void write_gluing(FILE *out, const struct table *table, const char *task)
{
	static const char name[] = "router.gluing_mean";
	const struct table_row *sheaf = find_arm(table, task, "SheafOnly");
	const struct table_row *plain = find_arm(table, task, "SoftmaxOnly");
	const struct table_metric *x = sheaf ? table_row_metric(sheaf, name) : NULL;
	const struct table_metric *y = plain ? table_row_metric(plain, name) : NULL;
	double ratios[GLUING_SEEDS];
	int64_t n = 0;
	char text[CELL_TEXT];
	for (int64_t i = 0; x && y && i < sheaf->runs; i++)
		for (int64_t j = 0; j < plain->runs; j++)
			if (sheaf->seeds[i] == plain->seeds[j] && y->values[j] > 0.0 &&
			    n < GLUING_SEEDS)
				ratios[n++] = x->values[i] / y->values[j];
	if (n < 2)
		return;
	struct statistics ratio = statistics_of(ratios, n, RANGE_REAL);
	cell_estimate(&ratio, false, text);
	fprintf(out, "- %s: gluing defect of SheafOnly over that of SoftmaxOnly: %s.\n", task,
		text);
}

void paper_write_routers(FILE *out, const struct paper_source *source)
{
	if (!table_write_metrics(out, GRID_MARKDOWN, source->table, NULL, loads, LOADS)) {
		fputs("No mixture is in.\n", out);
		return;
	}
	fputc('\n', out);
	for (int64_t i = 0; i < source->table->row_count; i++)
		if (table_task_begins(source->table, i))
			write_gluing(out, source->table, source->table->row[i].task);
	write_pairs(out, source);
}

void paper_write_valuations(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	if (!table_write_metrics(out, GRID_MARKDOWN, table, NULL, codec, CODEC)) {
		fputs("No run with a codec is in.\n", out);
		return;
	}
	fprintf(out,
		"\n![shares of encoded numbers by p-adic valuation]"
		"(results/%s/figures/valuations.svg)\n",
		table->experiment);
}
