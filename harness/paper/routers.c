/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers of the ablation learned: loads, pairs of experts, information, the codec. */
#include "harness/paper/paper.h"
#include "harness/tables/views.h"

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

/* The pairs that are columns, those of the first row that has any. */
static json_t *view_heads(const struct paper_source *source, const struct table_row *row)
{
	json_t *heads = json_array();
	int i, j;
	for (int m = 0; m < row->metric_count; m++)
		if (is_pair(row->metric[m].name, &i, &j))
			template_append(&heads, json_pack("{s:o s:b}", "name",
							  template_print("%d–%d", i, j), "edge",
							  in_nerve(source, i, j)));
	return heads;
}

static json_t *view_shares(const struct table *table, const struct table_row *row, double total,
			   const struct table_row *columns)
{
	json_t *shares = json_array();
	bool known;
	int i, j;
	for (int m = 0; m < columns->metric_count; m++) {
		const char *name = columns->metric[m].name;
		const struct statistics *share = table_row_statistics(row, name);
		if (is_pair(name, &i, &j))
			template_append(
			    &shares, view_number(share != NULL, share ? share->mean / total : 0.0));
	}
	json_t *view = view_row(table, row);
	template_set(&view, "shares", shares);
	template_set(&view, "largest", view_number(true, paper_largest_pair(row, &known)));
	return view;
}

static json_t *view_met_pairs(const struct paper_source *source)
{
	const struct table *table = source->table;
	const struct table_row *columns = NULL;
	json_t *rows = json_array();
	for (int64_t r = 0; r < table->row_count; r++) {
		const struct table_row *row = &table->row[r];
		double total = pair_total(row);
		if (!(total > 0.0))
			continue;
		columns = columns ? columns : row;
		template_append(&rows, view_shares(table, row, total, columns));
	}
	return json_pack("{s:o s:o}", "heads", columns ? view_heads(source, columns) : json_null(),
			 "rows", rows);
}

/* Whether the penalty does what it is there for: a ratio per seed; null: there is none. */
static json_t *view_gluing(const void *table, const char *task)
{
	static const char name[] = "router.gluing_mean";
	const struct table_row *sheaf = table_find_arm(table, task, "SheafOnly", false);
	const struct table_row *plain = table_find_arm(table, task, "SoftmaxOnly", false);
	const struct table_metric *x = sheaf ? table_row_metric(sheaf, name) : NULL;
	const struct table_metric *y = plain ? table_row_metric(plain, name) : NULL;
	double ratios[GLUING_SEEDS];
	int64_t n = 0;
	for (int64_t i = 0; x && y && i < sheaf->runs; i++)
		for (int64_t j = 0; j < plain->runs; j++)
			if (sheaf->seeds[i] == plain->seeds[j] && y->values[j] > 0.0 &&
			    n < GLUING_SEEDS)
				ratios[n++] = x->values[i] / y->values[j];
	if (n < 2)
		return json_null();
	const struct statistics ratio = statistics_of(ratios, n, RANGE_REAL);
	return json_pack("{s:o}", "ratio", view_estimate(&ratio, false));
}

static json_t *mixture_row(const struct table *table, const struct table_row *row)
{
	return table_row_metric(row, "router.entropy") ? view_row(table, row) : json_null();
}

json_t *paper_routers(const struct paper_source *source)
{
	const struct table *table = source->table;
	return json_pack("{s:o s:o s:o}", "mixtures", view_rows(table, mixture_row), "tasks",
			 view_tasks(table, view_gluing, table), "pairs", view_met_pairs(source));
}

static json_t *codec_row(const struct table *table, const struct table_row *row)
{
	return table_row_metric(row, "router.padic.digits") ? view_row(table, row) : json_null();
}

json_t *paper_valuations(const struct paper_source *source)
{
	json_t *view = view_table(source->table);
	template_set(&view, "rows", view_rows(source->table, codec_row));
	return view;
}
