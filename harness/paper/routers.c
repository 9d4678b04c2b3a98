/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers of the ablation learned: loads, pairs of experts, information, the codec. */
#include <inttypes.h>
#include <math.h> /* isfinite */
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"

struct column {
	const char *metric, *title;
	bool tiny; /* too small for a fixed number of decimals */
};

static const struct column loads[] = {
    {"router.entropy", "entropy", false},
    {"router.load_cv", "load CV", false},
    {"router.load_max", "largest load / mean", false},
    {"router.dead", "dead experts", false},
    {"router.outside_nerve", "outside the nerve", false},
    {"router.overruled", "overruled", false},
    {"router.gluing_mean", "gluing defect", false},
    {"router.gluing_max", "its largest", false},
    {"router.class_information", "bits on the class", false},
    {"router.true_information", "bits on the true expert", false},
    {"router.true_agreement", "agrees with it", false},
};
static const struct column codec[] = {
    {"router.padic.digits", "digits used", false},
    {"router.padic.skipped", "products skipped", false},
    {"router.saturated", "saturated", true},
    {"router.padic.error_max", "largest codec error", false},
    {"router.padic.zeros", "zero", false},
    {"router.padic.valuation.0", "v = 0", false},
    {"router.padic.valuation.1", "v = 1", false},
    {"router.padic.valuation.2", "v = 2", false},
    {"router.padic.valuation.3", "v = 3", false},
    {"router.padic.valuation.4", "v = 4", false},
    {"router.padic.valuation.5", "v = 5", false},
};
enum { LOADS = sizeof loads / sizeof *loads, CODEC = sizeof codec / sizeof *codec };
/* More seeds would say no more. */
enum { GLUING_SEEDS = 100 };

static void write_cell(FILE *out, const struct table_row *row, const struct column *column)
{
	const struct table_metric *metric = table_row_metric(row, column->metric);
	char text[CELL_TEXT] = "–";
	if (metric && column->tiny && metric->statistics.mean != 0.0)
		snprintf(text, sizeof text, isfinite(metric->statistics.mean) ? "%.1e" : "–",
			 metric->statistics.mean);
	else if (metric)
		cell_number(metric->statistics.mean, false, text);
	fprintf(out, " %s |", text);
}

static void write_head(FILE *out, const struct column *columns, int count)
{
	fputs("| task | router of |", out);
	for (int c = 0; c < count; c++)
		fprintf(out, " %s |", columns[c].title);
	fputs("\n|---|---|", out);
	for (int c = 0; c < count; c++)
		fputs("---:|", out);
	fputc('\n', out);
}

/* A line per row that has the first column's metric. */
static bool write_metrics(FILE *out, const struct table *table, const struct column *columns,
			  int count)
{
	bool any = false;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		char label[TABLE_LABEL];
		if (!table_row_metric(row, columns[0].metric))
			continue;
		if (!any)
			write_head(out, columns, count);
		any = true;
		table_row_label(table, row, label);
		fprintf(out, "| %s | %s |", row->task, label);
		for (int c = 0; c < count; c++)
			write_cell(out, row, &columns[c]);
		fputc('\n', out);
	}
	return any;
}

/* Experts of a metric "router.pair.I.J". */
static bool is_pair(const char *name, int *i, int *j)
{
	return sscanf(name, "router.pair.%2d.%2d", i, j) == 2;
}

static bool has_vertex(const struct nerve *nerve, int simplex, int expert)
{
	for (int v = 0; v < nerve->k; v++)
		if (nerve->simplex[simplex][v] == expert)
			return true;
	return false;
}

/* Of the first arm that has a nerve. */
static bool in_nerve(const struct paper_source *source, int i, int j)
{
	const struct plan *plan = source->plan;
	for (int64_t r = 0; r < plan->run_count; r++) {
		const struct run_spec *run = &plan->runs[r];
		const struct nerve *nerve = &run->router.nerve;
		if (run->arch.model_kind != MODEL_MOE || run->router.kind == ROUTER_SOFTMAX_ONLY)
			continue;
		for (int s = 0; s < nerve->count; s++)
			if (has_vertex(nerve, s, i) && has_vertex(nerve, s, j))
				return true;
		return false;
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

static void write_pair_head(FILE *out, const struct paper_source *source,
			    const struct table_row *row)
{
	int i, j, count = 0;
	fputs("\nShares of samples that meet a pair of experts, mean over seeds; * is an edge of "
	      "the nerve. *Largest* is the mean over seeds of the share of the pair most met, "
	      "which the mean by pair hides where seeds settle on different ones.\n\n"
	      "| task | router of |",
	      out);
	for (int m = 0; m < row->metric_count; m++)
		if (is_pair(row->metric[m].name, &i, &j)) {
			fprintf(out, " %d–%d%s |", i, j, in_nerve(source, i, j) ? "*" : "");
			count++;
		}
	fputs(" largest |\n|---|---|", out);
	for (int c = 0; c <= count; c++)
		fputs("---:|", out);
	fputc('\n', out);
}

static void write_pairs(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	bool begun = false, known;
	for (int64_t r = 0; r < table->row_count; r++) {
		const struct table_row *row = &table->row[r];
		double total = pair_total(row), largest = paper_largest_pair(row, &known);
		char label[TABLE_LABEL], text[CELL_TEXT];
		int i, j;
		if (!(total > 0.0))
			continue;
		if (!begun)
			write_pair_head(out, source, row);
		begun = true;
		table_row_label(table, row, label);
		fprintf(out, "| %s | %s |", row->task, label);
		for (int m = 0; m < row->metric_count; m++)
			if (is_pair(row->metric[m].name, &i, &j)) {
				cell_number(row->metric[m].statistics.mean / total, false, text);
				fprintf(out, " %s |", text);
			}
		cell_number(largest, false, text);
		fprintf(out, " %s |\n", text);
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
	if (!write_metrics(out, source->table, loads, LOADS)) {
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
	if (!write_metrics(out, table, codec, CODEC)) {
		fputs("No run with a codec is in.\n", out);
		return;
	}
	fprintf(out,
		"\n![shares of encoded numbers by p-adic valuation]"
		"(results/%s/figures/valuations.svg)\n",
		table->experiment);
}
