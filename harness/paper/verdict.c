/* SPDX-License-Identifier: Apache-2.0 */
/* What the comparisons say, in words and tables: from intervals, never by hand. */
#include <inttypes.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/cell.h"

static bool same_arm(const struct table_row *a, const struct table_row *b)
{
	return a->size == b->size && strcmp(a->arm, b->arm) == 0 &&
	       strcmp(a->variant, b->variant) == 0;
}

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

/* Whether pair `index` is the first with its reference arm. */
static bool reference_begins(const struct comparisons *c, int64_t index)
{
	for (int64_t i = 0; i < index; i++)
		if (strcmp(c->pair[i].reference->arm, c->pair[index].reference->arm) == 0)
			return false;
	return true;
}

static void write_decided(FILE *out, const struct comparisons *c, const char *reference)
{
	bool begun = false;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		char label[TABLE_LABEL];
		if (strcmp(pair->reference->arm, reference) != 0 || !comparison_pair_decided(pair))
			continue;
		table_row_label(c->table, pair->row, label);
		fprintf(out, "%s%s %s on %s%s", begun ? ", " : ": ", label,
			comparison_name(pair->verdict), pair->row->task,
			pair->after_holm ? "" : " (not after Holm's adjustment)");
		begun = true;
	}
}

/* One sentence on all comparisons with a reference arm. */
static void write_reference(FILE *out, const struct comparisons *c, const char *reference)
{
	int64_t count = 0, decided = 0, none = 0;
	for (int64_t i = 0; i < c->pair_count; i++)
		if (strcmp(c->pair[i].reference->arm, reference) == 0) {
			count++;
			decided += comparison_pair_decided(&c->pair[i]);
			none += c->pair[i].verdict == COMPARISON_NONE;
		}
	if (decided == 0) {
		fprintf(out, "None of %" PRId64 " comparison%s with %s is decided: ", count,
			plural(count), reference);
		if (none == 0)
			fputs("each interval covers zero.\n", out);
		else if (none == count)
			fputs("the seeds allow no verdict.\n", out);
		else
			fprintf(out,
				"%" PRId64 " interval%s cover%s zero, the seeds of the other%s "
				"allow no verdict.\n",
				count - none, plural(count - none), count - none == 1 ? "s" : "",
				plural(none));
		return;
	}
	fprintf(out, "Of %" PRId64 " comparison%s with %s %" PRId64 " %s decided", count,
		plural(count), reference, decided, decided == 1 ? "is" : "are");
	write_decided(out, c, reference);
	if (none)
		fprintf(out, "; of %" PRId64 " the seeds allow no verdict", none);
	fputs(decided + none == count ? ".\n" : "; all others are undecided.\n", out);
}

void paper_write_finding(FILE *out, const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	for (int64_t i = 0; i < c->pair_count; i++)
		if (reference_begins(c, i))
			write_reference(out, c, c->pair[i].reference->arm);
	if (c->pair_count == 0)
		fputs("There is nothing to compare.\n", out);
}

/* The tasks on which a pair of arms has a verdict, as a list after its name. */
static void write_tasks(FILE *out, const struct comparisons *c,
			const struct comparison_across *across, enum comparison verdict,
			bool *begun)
{
	bool first = true;
	for (int64_t i = 0; i < c->pair_count; i++) {
		const struct comparison_pair *pair = &c->pair[i];
		if (pair->n == 0 || pair->verdict != verdict || !same_arm(pair->row, across->row) ||
		    !same_arm(pair->reference, across->reference))
			continue;
		if (first)
			fprintf(out, "%s %s on ", *begun ? ";" : "", comparison_name(verdict));
		fprintf(out, "%s%s", first ? "" : ", ", pair->row->task);
		if (comparison_pair_decided(pair))
			fputs(pair->after_holm ? " (also after Holm)" : " (not after Holm)", out);
		else if (pair->verdict == COMPARISON_NONE) {
			char reason[REASON_TEXT];
			comparison_pair_reason(pair, reason);
			fprintf(out, " (%s)", reason);
		}
		first = false;
		*begun = true;
	}
}

static void write_across(FILE *out, const struct comparisons *c,
			 const struct comparison_across *across)
{
	static const enum comparison order[] = {COMPARISON_BETTER, COMPARISON_WORSE,
						COMPARISON_UNDECIDED, COMPARISON_NONE};
	char ours[TABLE_LABEL], theirs[TABLE_LABEL];
	bool begun = false;
	table_row_label(c->table, across->row, ours);
	table_row_label(c->table, across->reference, theirs);
	fprintf(out, "- %s against %s:", ours, theirs);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		write_tasks(out, c, across, order[i], &begun);
	fputs(".\n", out);
}

void paper_write_verdict(FILE *out, const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	for (int64_t i = 0; i < c->across_count; i++)
		write_across(out, c, &c->across[i]);
	if (c->across_count == 0)
		fputs("There is nothing to compare.\n", out);
}

static void write_holm(FILE *out, const struct comparisons *c)
{
	double smallest = comparisons_smallest_holm(c);
	char text[CELL_TEXT];
	cell_number(smallest, false, text);
	fprintf(out,
		"\nHolm's adjustment is over %" PRId64 " comparison%s. The smallest adjusted p "
		"these seeds allow is %s, so that it %s.\n",
		c->family, plural(c->family), text,
		smallest <= SIGNIFICANCE_LEVEL ? "can decide" : "cannot decide anything here");
}

void paper_write_comparisons(FILE *out, const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	fprintf(out, "Differences on the %s part, paired by seed [95 %% Student interval].\n\n",
		c->table->on_test ? "test" : "validation");
	comparisons_write_pairs(out, GRID_MARKDOWN, c);
	write_holm(out, c);
	comparisons_write_drawn(out, c);
	if (comparisons_drawn(c))
		fprintf(out,
			"\n![differences of arms by task](results/%s/figures/differences.svg)\n",
			c->table->experiment);
}

void paper_write_across(FILE *out, const struct paper_source *source)
{
	comparisons_write_markdown_across(out, source->comparisons);
}
