/* SPDX-License-Identifier: Apache-2.0 */
/* comparisons.csv and comparisons.json. */
#include <inttypes.h>

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
	for (int i = 0; i < PAIR_VALUES; i++)
		values[i] = all[i];
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

static void write_key(FILE *out, const char *key, const char *text, const char *after)
{
	fprintf(out, "\"%s\": ", key);
	json_write_text(out, text);
	fputs(after, out);
}

static void write_arms(FILE *out, const struct table_row *row, const struct table_row *reference)
{
	write_key(out, "size", arch_size_names[row->size], ", ");
	write_key(out, "arm", row->arm, ", ");
	write_key(out, "variant", row->variant, ", ");
	write_key(out, "reference", reference->arm, ", ");
	write_key(out, "reference_variant", reference->variant, ",\n     ");
}

/* null where there is a verdict. */
static void write_reason(FILE *out, const char *reason)
{
	if (reason[0])
		write_key(out, "reason", reason, ", ");
	else
		fputs("\"reason\": null, ", out);
}

static void write_json_pair(FILE *out, const struct comparison_pair *pair)
{
	struct value values[PAIR_VALUES];
	char reason[REASON_TEXT];
	comparison_pair_reason(pair, reason);
	pair_values(pair, values);
	fputs("    {", out);
	write_key(out, "task", pair->row->task, ", ");
	write_arms(out, pair->row, pair->reference);
	write_key(out, "metric", pair->row->primary_metric, ", ");
	fprintf(out, "\"lower_is_better\": %s, ", pair->lower_is_better ? "true" : "false");
	write_key(out, "verdict", comparison_name(pair->verdict), ", ");
	write_reason(out, reason);
	fprintf(out, "\"after_holm\": %s,\n     ", pair->after_holm ? "true" : "false");
	for (int i = 0; i < PAIR_VALUES; i++) {
		fprintf(out, "\"%s\": ", values[i].key);
		json_write_number(out, values[i].known, values[i].value);
		fputs(i % 5 == 4 ? ",\n     " : i + 1 < PAIR_VALUES ? ", " : "", out);
	}
	if (pair->tested && !pair->flip.exact) {
		fputs(",\n     \"p_standard_error\": ", out);
		json_write_number(out, true, pair->flip.standard_error);
	}
	fputs(",\n     \"seeds\": [", out);
	for (int64_t i = 0; i < pair->n; i++)
		fprintf(out, "%s%" PRId64, i ? ", " : "", pair->seeds[i]);
	fputs("],\n     \"differences\": [", out);
	for (int64_t i = 0; i < pair->n; i++) {
		fputs(i ? ", " : "", out);
		json_write_number(out, true, pair->differences[i]);
	}
	fputs("]}", out);
}

static void write_interval(FILE *out, const char *key, bool known,
			   const struct resample_interval *interval, enum comparison verdict)
{
	char reason[REASON_TEXT];
	fprintf(out, "\"%s\": ", key);
	if (!known) {
		fputs("null", out);
		return;
	}
	fputs("{\"estimate\": ", out);
	json_write_number(out, true, interval->estimate);
	fputs(", \"low\": ", out);
	json_write_number(out, interval->interval, interval->low);
	fputs(", \"high\": ", out);
	json_write_number(out, interval->interval, interval->high);
	reason_text(interval->why, 0, 0.0, reason);
	fputs(", ", out);
	write_reason(out, reason);
	fprintf(out, "\"verdict\": \"%s\"}", comparison_name(verdict));
}

static void write_json_across(FILE *out, const struct comparison_across *across)
{
	fputs("    {", out);
	write_arms(out, across->row, across->reference);
	fprintf(out,
		"\"tasks\": %" PRId64 ", \"better\": %" PRId64 ", \"worse\": %" PRId64
		", \"undecided\": %" PRId64 ", \"no_verdict\": %" PRId64 ",\n     ",
		across->tasks, across->better, across->worse, across->undecided,
		across->no_verdict);
	write_interval(out, "iqm_difference", across->one_metric, &across->iqm,
		       across->iqm_verdict);
	fputs(",\n     ", out);
	write_interval(out, "probability_of_improvement", true, &across->improvement,
		       across->improvement_verdict);
	fputc('}', out);
}

void comparisons_write_json(FILE *out, const struct comparisons *comparisons)
{
	const struct table *table = comparisons->table;
	fputs("{\n  \"schema\": \"sheafbench/comparisons/2\",\n  \"experiment\": ", out);
	json_write_text(out, table->experiment);
	fprintf(out,
		",\n  \"evaluated_on\": \"%s\",\n  \"planned\": %" PRId64 ",\n  \"runs\": %" PRId64
		",\n  \"level\": ",
		table->on_test ? "test" : "validation", table->planned, table->runs);
	json_write_number(out, true, SIGNIFICANCE_LEVEL);
	fputs(",\n  \"power\": ", out);
	json_write_number(out, true, COMPARISONS_POWER);
	fprintf(out, ",\n  \"resamples\": %d,\n  \"family\": %" PRId64 ",\n  \"smallest_p_holm\": ",
		(int)RESAMPLE_DEFAULT, comparisons->family);
	json_write_number(out, true, comparisons_smallest_holm(comparisons));
	fputs(",\n  \"pairs\": [", out);
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
