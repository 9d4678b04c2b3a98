/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper about machines: where the bits were the same, and speed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/statistics/reproducible.h"
#include "harness/tables/grid.h"

#define TEXT csv_table_text

static const struct csv_table *find(FILE *out, const struct paper_source *source,
				    enum paper_measurement which, const char *command)
{
	if (source->measured && source->measured->there[which])
		return &source->measured->table[which];
	fprintf(out, "Not measured yet (`%s` does it).\n", command);
	return NULL;
}

static bool same(const struct csv_table *t, int64_t a, int64_t b, const char *column)
{
	return strcmp(TEXT(t, a, column), TEXT(t, b, column)) == 0;
}

/* Whether no row before has the same texts in both columns. */
static bool begins(const struct csv_table *t, int64_t row, const char *first, const char *second)
{
	for (int64_t i = 0; i < row; i++)
		if (same(t, i, row, first) && same(t, i, row, second))
			return false;
	return true;
}

static int64_t count(const struct csv_table *t, int64_t like, const char *status)
{
	int64_t found = 0;
	for (int64_t i = 0; i < t->rows; i++)
		found += (like < 0 || (same(t, i, like, "kind") && same(t, i, like, "compiler"))) &&
			 strcmp(TEXT(t, i, "status"), status) == 0;
	return found;
}

/* The digests of each configuration: one each, or the bits are not the same. */
static void write_digests(FILE *out, const struct csv_table *t)
{
	for (int64_t i = 0; i < t->rows; i++)
		if (TEXT(t, i, "digest")[0] && begins(t, i, "config", "digest"))
			fprintf(out, "- `%s`: digest of all weights `%s`\n", TEXT(t, i, "config"),
				TEXT(t, i, "digest"));
}

void paper_write_reproducibility(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t =
	    find(out, source, MEASURED_REPRODUCIBILITY, "make verify-matrix");
	struct grid grid;
	if (!t)
		return;
	fprintf(out,
		"Of %" PRId64 " cells %" PRId64 " agree, %" PRId64 " differ and %" PRId64
		" were not run.\n\n",
		t->rows, count(t, -1, "same"), count(t, -1, "DIFFERENT"), count(t, -1, "not run"));
	grid_begin(&grid, out, GRID_MARKDOWN, NULL, "cells\tbuild\t#same\t#different\t#not run");
	for (int64_t i = 0; i < t->rows; i++) {
		if (!begins(t, i, "kind", "compiler"))
			continue;
		grid_text(&grid, TEXT(t, i, "kind"));
		grid_text(&grid, TEXT(t, i, "compiler"));
		grid_integer(&grid, count(t, i, "same"));
		grid_integer(&grid, count(t, i, "DIFFERENT"));
		grid_integer(&grid, count(t, i, "not run"));
	}
	fputc('\n', out);
	write_digests(out, t);
}

void paper_write_throughput(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_THROUGHPUT, "sheafbench bench");
	static const char *const columns[] = {"row",  "file", "cpu",      "isa",
					      "blis", "rate", "rate_unit"};
	struct grid grid = {0};
	for (int64_t i = 0; t && i < t->rows; i++) {
		if (strncmp(TEXT(t, i, "row"), "train/", 6) != 0)
			continue;
		if (!grid.out)
			grid_begin(&grid, out, GRID_MARKDOWN, NULL,
				   "measured\tfile\tprocessor\tlevel\tBLIS\t#rate\tunit");
		for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
			grid_text(&grid, TEXT(t, i, columns[c]));
	}
	if (t && !grid.out)
		fputs("No training speed is recorded.\n", out);
}

static bool is_measured_peer(const struct csv_table *t, int64_t row, const char *group)
{
	return strcmp(TEXT(t, row, "group"), group) == 0 &&
	       strcmp(TEXT(t, row, "status"), "measured") == 0 &&
	       strcmp(TEXT(t, row, "peer"), "sheafbench") != 0;
}

static const char *own_speed(const struct csv_table *t, int64_t row)
{
	for (int64_t i = 0; i < t->rows; i++)
		if (same(t, i, row, "group") && same(t, i, row, "case") &&
		    strcmp(TEXT(t, i, "peer"), "sheafbench") == 0)
			return TEXT(t, i, "median");
	return "–";
}

/* Peers of one group, case by case. */
static void write_group(FILE *out, const struct csv_table *t, const char *group, const char *what)
{
	char heads[GRID_HEADS] = "";
	struct grid grid;
	grid_add_head(heads, what);
	grid_add_head(heads, "peer\t#sheafbench\t#its speed\tunit\t#ratio [least, greatest]");
	grid_begin(&grid, out, GRID_MARKDOWN, NULL, heads);
	for (int64_t i = 0; i < t->rows; i++) {
		if (!is_measured_peer(t, i, group))
			continue;
		grid_text(&grid, TEXT(t, i, "case"));
		grid_text(&grid, TEXT(t, i, "peer"));
		grid_text(&grid, own_speed(t, i));
		grid_text(&grid, TEXT(t, i, "median"));
		grid_text(&grid, TEXT(t, i, "unit"));
		grid_print(&grid, "%s [%s, %s]", TEXT(t, i, "ratio"), TEXT(t, i, "ratio_min"),
			   TEXT(t, i, "ratio_max"));
	}
}

static void write_product_row(struct grid *grid, const struct csv_table *t, int64_t like,
			      double *ratios)
{
	int64_t n = 0;
	for (int64_t i = 0; i < t->rows; i++)
		if (is_measured_peer(t, i, "gemm") && same(t, i, like, "peer") &&
		    csv_number(TEXT(t, i, "ratio"), &ratios[n]) == 0)
			n++;
	if (n == 0)
		return;
	reproducible_sort(ratios, n);
	grid_text(grid, TEXT(t, like, "peer"));
	grid_print(grid, "%" PRId64, n);
	grid_number(grid, true, ratios[0], false);
	grid_number(grid, true, 0.5 * (ratios[(n - 1) / 2] + ratios[n / 2]), false);
	grid_number(grid, true, ratios[n - 1], false);
}

void paper_write_peers(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_PEERS, "make peers");
	struct grid grid;
	double *ratios = t ? calloc((size_t)t->rows + 1, sizeof *ratios) : NULL;
	if (!ratios)
		return;
	fputs("Ratio: speed of sheafbench / speed of the peer, in turns on one machine; above 1 "
	      "sheafbench is faster.\n\n",
	      out);
	write_group(out, t, "train", "network");
	fputc('\n', out);
	grid_begin(&grid, out, GRID_MARKDOWN, NULL,
		   "matrix products with\t#products\t#least ratio\t#median\t#greatest");
	for (int64_t i = 0; i < t->rows; i++)
		if (is_measured_peer(t, i, "gemm") && begins(t, i, "group", "peer"))
			write_product_row(&grid, t, i, ratios);
	fputs("\nElementwise and row ops next to plain loops over the C library:\n\n", out);
	write_group(out, t, "op", "op");
	free(ratios);
}
