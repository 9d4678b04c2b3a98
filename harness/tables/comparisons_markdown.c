/* SPDX-License-Identifier: Apache-2.0 */
/* comparisons.md and its tables. */
#include <inttypes.h>

#include "harness/tables/comparisons.h"
#include "harness/tables/grid.h"

static void write_pair(struct grid *grid, const struct comparisons *comparisons,
		       const struct comparison_pair *pair)
{
	char label[COMPARISON_LABEL], id[TABLE_ID], finding[COMPARISON_VERDICT];
	comparison_label(comparisons->table, pair->row, pair->reference, label);
	grid_text(grid, pair->row->task);
	grid_text(grid, label);
	grid_print(grid, "%s%s", pair->row->primary_metric,
		   pair->lower_is_better ? " (lower is better)" : "");
	grid_print(grid, "%" PRId64, pair->n);
	comparison_id(comparisons->table, pair, id);
	grid_mark(grid, (struct grid_mark){.link = id});
	grid_estimate(grid, pair->n > 0 ? &pair->paired.difference : NULL, true);
	grid_interval(grid, pair->bca.interval, pair->bca.low, pair->bca.high);
	grid_number(grid, pair->paired.has_hedges, pair->paired.hedges, true);
	grid_p(grid, pair->tested, pair->flip.p);
	grid_p(grid, pair->tested, pair->holm);
	grid_number(grid, pair->smallest > 0.0, pair->smallest, false);
	if (pair->seeds_near > 0)
		grid_integer(grid, pair->seeds_near);
	else
		grid_unknown(grid);
	comparison_pair_finding(pair, true, finding);
	grid_mark(grid, (struct grid_mark){.style = comparison_style(pair)});
	grid_text(grid, finding);
}

void comparisons_write_drawn(FILE *out, enum grid_format format,
			     const struct comparisons *comparisons)
{
	double largest = 0.0;
	int64_t drawn = 0;
	(void)format;
	for (int64_t i = 0; i < comparisons->pair_count; i++) {
		const struct comparison_pair *pair = &comparisons->pair[i];
		if (!pair->tested || pair->flip.exact)
			continue;
		drawn++;
		if (pair->flip.standard_error > largest)
			largest = pair->flip.standard_error;
	}
	if (drawn)
		fprintf(out,
			"\nOf more than %d seeds p is of %d random sign choices: %" PRId64
			" here, with a standard error of at most %.1e.\n",
			SIGN_FLIP_EXACT, SIGN_FLIP_DRAWS, drawn, largest);
}

void comparisons_write_pairs(FILE *out, enum grid_format format,
			     const struct comparisons *comparisons)
{
	struct grid grid;
	grid_begin(&grid, out, format, "All comparisons: paired differences of the primary metric",
		   "task\tarms\tmetric\t#seeds\t#difference\t#BCa interval\t#effect\t#p\t#p, "
		   "Holm\t#smallest seen\t#seeds to decide\tverdict");
	for (int64_t i = 0; i < comparisons->pair_count; i++)
		write_pair(&grid, comparisons, &comparisons->pair[i]);
	grid_end(&grid);
}

struct statistics comparison_across_statistics(const struct resample_interval *interval)
{
	return (struct statistics){.mean = interval->estimate,
				   .interval = interval->interval,
				   .ci_low = interval->low,
				   .ci_high = interval->high};
}

static void write_estimate(struct grid *grid, bool known, const struct resample_interval *interval,
			   bool sign, enum comparison verdict)
{
	char text[COMPARISON_VERDICT] = "–";
	const struct statistics s = comparison_across_statistics(interval);
	if (known)
		comparison_across_verdict(interval, verdict, text);
	grid_estimate(grid, known ? &s : NULL, sign);
	grid_text(grid, text);
}

void comparisons_write_across(FILE *out, enum grid_format format,
			      const struct comparisons *comparisons)
{
	struct grid grid;
	grid_begin(&grid, out, format, "Comparisons over all tasks",
		   "arms\t#tasks\t#better, worse, undecided, no verdict\t#IQM of "
		   "differences\tverdict\t#P(improvement)\tverdict");
	for (int64_t i = 0; i < comparisons->across_count; i++) {
		const struct comparison_across *a = &comparisons->across[i];
		char label[COMPARISON_LABEL];
		comparison_label(comparisons->table, a->row, a->reference, label);
		grid_text(&grid, label);
		grid_print(&grid, "%" PRId64, a->tasks);
		grid_print(&grid, "%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64, a->better,
			   a->worse, a->undecided, a->no_verdict);
		write_estimate(&grid, a->one_metric, &a->iqm, true, a->iqm_verdict);
		write_estimate(&grid, true, &a->improvement, false, a->improvement_verdict);
	}
	grid_end(&grid);
}

void comparisons_write_markdown(FILE *out, const struct comparisons *comparisons)
{
	const struct table *table = comparisons->table;
	fprintf(out,
		"# %s: comparisons\n\n%" PRId64 " of %" PRId64
		" runs are in. Differences on the %s part, paired by seed [95 %% Student "
		"interval]; the verdict is of\nthat interval, and undecided where it covers zero; "
		"without a spread, or with so few or tied seeds that no test could\nagree, there "
		"is none. docs/RESULTS.md explains the columns.\n\n## By task\n\n",
		table->experiment, table->runs, table->planned,
		table->on_test ? "test" : "validation");
	comparisons_write_pairs(out, GRID_MARKDOWN, comparisons);
	fprintf(out, "\nHolm's adjustment is over %" PRId64 " comparisons.\n", comparisons->family);
	comparisons_write_drawn(out, GRID_MARKDOWN, comparisons);
	fputs("\n## Over tasks\n\n", out);
	comparisons_write_across(out, GRID_MARKDOWN, comparisons);
}
