/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences that say whether a sheaf router helps: from intervals, never by hand. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/paper.h"
#include "harness/table_cell.h"

enum verdict verdict_of(const struct statistics *differences, bool lower)
{
	if (!differences->interval)
		return VERDICT_UNKNOWN;
	if (differences->min == 0.0 && differences->max == 0.0)
		return VERDICT_DOES_NOT_HELP;
	if (differences->ci_low > 0.0)
		return lower ? VERDICT_HURTS : VERDICT_HELPS;
	if (differences->ci_high < 0.0)
		return lower ? VERDICT_HELPS : VERDICT_HURTS;
	return VERDICT_UNDECIDED;
}

static int64_t find_seed(const struct table_row *row, int64_t seed)
{
	for (int64_t i = 0; i < row->runs; i++)
		if (row->seeds[i] == seed)
			return i;
	return -1;
}

struct statistics verdict_differences(const struct table_row *row,
				      const struct table_row *reference)
{
	const struct table_metric *ours = table_row_primary(row);
	const struct table_metric *theirs = table_row_primary(reference);
	double *differences = calloc((size_t)row->runs + 1, sizeof *differences);
	int64_t n = 0;
	for (int64_t i = 0; differences && ours && theirs && i < row->runs; i++) {
		int64_t other = find_seed(reference, row->seeds[i]);
		if (other >= 0)
			differences[n++] = ours->values[i] - theirs->values[other];
	}
	struct statistics statistics = statistics_of(differences, n);
	free(differences);
	return statistics;
}

/* The SoftmaxOnly row of the same task and size: of the same variant where there is one, else the
 * one that is not swept. */
static const struct table_row *find_reference(const struct table *table,
					      const struct table_row *row)
{
	const struct table_row *plain = NULL;
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *other = &table->row[i];
		if (other->model_kind != MODEL_MOE || other->router_kind != ROUTER_SOFTMAX_ONLY ||
		    other->size != row->size || strcmp(other->task, row->task) != 0)
			continue;
		if (strcmp(other->variant, row->variant) == 0)
			return other;
		if (other->variant[0] == '\0')
			plain = other;
	}
	return plain;
}

static const char *sentence(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_HELPS:
		return "helps";
	case VERDICT_HURTS:
		return "hurts";
	case VERDICT_DOES_NOT_HELP:
		return "does not help: no seed differs";
	case VERDICT_UNDECIDED:
		return "undecided: the interval covers zero";
	case VERDICT_UNKNOWN:
		break;
	}
	return "undecided: fewer than two paired seeds";
}

static void write_row(FILE *out, const struct table *table, const struct table_row *row,
		      const struct table_row *reference)
{
	char label[TABLE_LABEL], estimate[CELL_TEXT] = "–";
	struct statistics differences = verdict_differences(row, reference);
	bool lower = table_lower_is_better(row->primary_metric);
	table_row_label(table, row, label);
	if (differences.n > 0)
		cell_estimate(&differences, true, estimate);
	fprintf(out, "| %s | %s − %s | %s%s | %" PRId64 " | %s | %s |\n", row->task, label,
		reference->arm, row->primary_metric, lower ? " (lower is better)" : "",
		differences.n, estimate, sentence(verdict_of(&differences, lower)));
}

void paper_write_verdict(FILE *out, const struct paper_source *source)
{
	const struct table *table = source->table;
	fprintf(
	    out,
	    "Differences of the mean on the %s part, paired by seed [95 %% Student interval].\n\n"
	    "| task | arms | metric | seeds | difference | verdict |\n"
	    "|---|---|---|---:|---:|---|\n",
	    table->on_test ? "test" : "validation");
	for (int64_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->row[i];
		const struct table_row *reference;
		if (row->model_kind != MODEL_MOE || row->router_kind == ROUTER_SOFTMAX_ONLY)
			continue;
		reference = find_reference(table, row);
		if (reference)
			write_row(out, table, row, reference);
	}
}
