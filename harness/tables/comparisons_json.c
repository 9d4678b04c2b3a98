/* SPDX-License-Identifier: Apache-2.0 */
/* comparisons.csv and comparisons.json. */
#include <inttypes.h>
#include <math.h> /* NAN */
#include <string.h>

#include "harness/tables/comparisons.h"
#include "harness/tables/grid.h"
#include "foundation/json_write.h"

/* A column or key with its value; a row of the table, in the order written. */
struct value {
	const char *key;
	bool known;
	double value;
};

enum { PAIR_VALUES = 14 };

static void pair_values(const struct comparison_pair *pair, struct value values[PAIR_VALUES])
{
	const struct statistics *d = &pair->paired.difference;
	bool two = pair->tested;
	const struct value all[PAIR_VALUES] = {
	    {"n", true, (double)pair->n},
	    {"mean", pair->n > 0, d->mean},
	    {"sd", d->has_sd, d->sd},
	    {"ci_low", d->interval, d->ci_low},
	    {"ci_high", d->interval, d->ci_high},
	    {"bca_low", pair->bca.interval, pair->bca.low},
	    {"bca_high", pair->bca.interval, pair->bca.high},
	    {"effect", pair->paired.has_hedges, pair->paired.hedges},
	    {"p", two, pair->flip.p},
	    {"p_holm", two, pair->holm},
	    {"smallest_difference", pair->smallest > 0.0, pair->smallest},
	    {"seeds_to_decide", pair->seeds_near > 0, (double)pair->seeds_near},
	    {"min", pair->n > 0, d->min},
	    {"max", pair->n > 0, d->max},
	};
	memcpy(values, all, sizeof all);
}

static void write_csv_pair(struct grid *grid, const struct comparison_pair *pair)
{
	const struct table_row *a = pair->row, *b = pair->reference;
	struct value values[PAIR_VALUES];
	char reason[REASON_TEXT];
	const char *const texts[] = {a->task,
				     arch_size_names[a->size],
				     a->arm,
				     a->variant,
				     b->arm,
				     b->variant,
				     a->primary_metric,
				     pair->lower_is_better ? "true" : "false",
				     comparison_name(pair->verdict),
				     pair->after_holm ? "true" : "false"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		grid_text(grid, texts[i]);
	pair_values(pair, values);
	for (int i = 0; i < PAIR_VALUES; i++)
		grid_number(grid, values[i].known, values[i].value, false);
	comparison_pair_reason(pair, reason);
	grid_text(grid, reason);
}

void comparisons_write_csv(FILE *out, const struct comparisons *comparisons)
{
	static const struct comparison_pair none;
	char heads[GRID_HEADS] = "task\tsize\tarm\tvariant\treference\treference_variant\tmetric\t"
				 "lower_is_better\tverdict\tafter_holm";
	struct value values[PAIR_VALUES];
	struct grid grid;
	pair_values(&none, values);
	for (int i = 0; i < PAIR_VALUES; i++)
		grid_add_head(heads, values[i].key);
	grid_add_head(heads, "reason");
	grid_begin(&grid, out, GRID_CSV, NULL, heads);
	for (int64_t i = 0; i < comparisons->pair_count; i++)
		write_csv_pair(&grid, &comparisons->pair[i]);
}

static void write_arms(FILE *out, const struct table_row *row, const struct table_row *reference)
{
	json_write_print(out,
			 "'size': %s, 'arm': %s, 'variant': %s, 'reference': %s, "
			 "'reference_variant': %s,\n     ",
			 arch_size_names[row->size], row->arm, row->variant, reference->arm,
			 reference->variant);
}

static void write_json_pair(FILE *out, const struct comparison_pair *pair)
{
	struct value values[PAIR_VALUES];
	char reason[REASON_TEXT];
	comparison_pair_reason(pair, reason);
	pair_values(pair, values);
	json_write_print(out, "    {'task': %s, ", pair->row->task);
	write_arms(out, pair->row, pair->reference);
	json_write_print(out,
			 "'metric': %s, 'lower_is_better': %d, 'verdict': %s, 'reason': %s, "
			 "'after_holm': %d,\n     ",
			 pair->row->primary_metric, pair->lower_is_better,
			 comparison_name(pair->verdict), reason[0] ? reason : json_write_null,
			 pair->after_holm);
	for (int i = 0; i < PAIR_VALUES; i++) {
		json_write_print(out, "%s: %g", values[i].key,
				 values[i].known ? values[i].value : NAN);
		fputs(i % 5 == 4 ? ",\n     " : i + 1 < PAIR_VALUES ? ", " : "", out);
	}
	if (pair->tested && !pair->flip.exact)
		json_write_print(out, ",\n     'p_standard_error': %g", pair->flip.standard_error);
	fputs(",\n     \"seeds\": ", out);
	json_write_integers(out, pair->seeds, pair->n);
	fputs(",\n     \"differences\": ", out);
	json_write_numbers(out, pair->differences, pair->n);
	fputc('}', out);
}

static void write_interval(FILE *out, const struct resample_interval *interval,
			   enum comparison verdict)
{
	char reason[REASON_TEXT];
	reason_text(interval->why, 0, 0.0, reason);
	json_write_print(out,
			 "{'estimate': %g, 'low': %g, 'high': %g, 'reason': %s, 'verdict': %s}",
			 interval->estimate, interval->interval ? interval->low : NAN,
			 interval->interval ? interval->high : NAN,
			 reason[0] ? reason : json_write_null, comparison_name(verdict));
}

static void write_json_across(FILE *out, const struct comparison_across *across)
{
	fputs("    {", out);
	write_arms(out, across->row, across->reference);
	json_write_print(
	    out,
	    "'tasks': %" PRId64 ", 'better': %" PRId64 ", 'worse': %" PRId64
	    ", 'undecided': %" PRId64 ", 'no_verdict': %" PRId64 ",\n     'iqm_difference': ",
	    across->tasks, across->better, across->worse, across->undecided, across->no_verdict);
	if (across->one_metric)
		write_interval(out, &across->iqm, across->iqm_verdict);
	else
		fputs("null", out);
	fputs(",\n     \"probability_of_improvement\": ", out);
	write_interval(out, &across->improvement, across->improvement_verdict);
	fputc('}', out);
}

void comparisons_write_json(FILE *out, const struct comparisons *comparisons)
{
	const struct table *table = comparisons->table;
	json_write_print(
	    out,
	    "{\n  'schema': 'sheafbench/comparisons/2',\n  'experiment': %s,\n"
	    "  'evaluated_on': %s,\n  'planned': %" PRId64 ",\n  'runs': %" PRId64 ",\n"
	    "  'level': %g,\n  'power': %g,\n  'resamples': %" PRId64 ",\n  'family': %" PRId64
	    ",\n  'smallest_p_holm': %g,\n  'pairs': [",
	    table->experiment, table->on_test ? "test" : "validation", table->planned, table->runs,
	    SIGNIFICANCE_LEVEL, COMPARISONS_POWER, (int64_t)RESAMPLE_DEFAULT, comparisons->family,
	    comparisons_smallest_holm(comparisons));
	for (int64_t i = 0; i < comparisons->pair_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_json_pair(out, &comparisons->pair[i]);
	}
	fputs("\n  ],\n  \"across_tasks\": [", out);
	for (int64_t i = 0; i < comparisons->across_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_json_across(out, &comparisons->across[i]);
	}
	fputs("\n  ]\n}\n", out);
}
