/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper about machines: where the bits were the same, and speed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/statistics/stable.h"
#include "harness/tables/cell.h"

#define TEXT paper_measured_text

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
	if (!t)
		return;
	fprintf(out,
		"Of %" PRId64 " cells %" PRId64 " agree, %" PRId64 " differ and %" PRId64
		" were not run.\n\n",
		t->rows, count(t, -1, "same"), count(t, -1, "DIFFERENT"), count(t, -1, "not run"));
	fputs("| cells | build | same | different | not run |\n|---|---|---:|---:|---:|\n", out);
	for (int64_t i = 0; i < t->rows; i++)
		if (begins(t, i, "kind", "compiler"))
			fprintf(out, "| %s | %s | %" PRId64 " | %" PRId64 " | %" PRId64 " |\n",
				TEXT(t, i, "kind"), TEXT(t, i, "compiler"), count(t, i, "same"),
				count(t, i, "DIFFERENT"), count(t, i, "not run"));
	fputc('\n', out);
	write_digests(out, t);
}

void paper_write_throughput(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_THROUGHPUT, "sheafbench bench");
	bool begun = false;
	for (int64_t i = 0; t && i < t->rows; i++) {
		if (strncmp(TEXT(t, i, "row"), "train/", 6) != 0)
			continue;
		if (!begun)
			fputs("| measured | file | processor | level | BLIS | rate | unit |\n"
			      "|---|---|---|---|---|---:|---|\n",
			      out);
		begun = true;
		fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", TEXT(t, i, "row"),
			TEXT(t, i, "file"), TEXT(t, i, "cpu"), TEXT(t, i, "isa"),
			TEXT(t, i, "blis"), TEXT(t, i, "rate"), TEXT(t, i, "rate_unit"));
	}
	if (t && !begun)
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
	fprintf(out,
		"| %s | peer | sheafbench | its speed | unit | ratio [least, greatest] |\n"
		"|---|---|---:|---:|---|---:|\n",
		what);
	for (int64_t i = 0; i < t->rows; i++)
		if (is_measured_peer(t, i, group))
			fprintf(out, "| %s | %s | %s | %s | %s | %s [%s, %s] |\n",
				TEXT(t, i, "case"), TEXT(t, i, "peer"), own_speed(t, i),
				TEXT(t, i, "median"), TEXT(t, i, "unit"), TEXT(t, i, "ratio"),
				TEXT(t, i, "ratio_min"), TEXT(t, i, "ratio_max"));
}

static void write_product_row(FILE *out, const struct csv_table *t, int64_t like, double *ratios)
{
	int64_t n = 0;
	char low[CELL_TEXT], middle[CELL_TEXT], high[CELL_TEXT];
	for (int64_t i = 0; i < t->rows; i++)
		if (is_measured_peer(t, i, "gemm") && same(t, i, like, "peer") &&
		    csv_number(TEXT(t, i, "ratio"), &ratios[n]) == 0)
			n++;
	if (n == 0)
		return;
	stable_sort(ratios, n);
	cell_number(ratios[0], false, low);
	cell_number(0.5 * (ratios[(n - 1) / 2] + ratios[n / 2]), false, middle);
	cell_number(ratios[n - 1], false, high);
	fprintf(out, "| %s | %" PRId64 " | %s | %s | %s |\n", TEXT(t, like, "peer"), n, low, middle,
		high);
}

void paper_write_peers(FILE *out, const struct paper_source *source)
{
	const struct csv_table *t = find(out, source, MEASURED_PEERS, "make peers");
	double *ratios = t ? calloc((size_t)t->rows + 1, sizeof *ratios) : NULL;
	if (!ratios)
		return;
	fputs("Ratio: speed of sheafbench / speed of the peer, in turns on one machine; above 1 "
	      "sheafbench is faster.\n\n",
	      out);
	write_group(out, t, "train", "network");
	fputs("\n| matrix products with | products | least ratio | median | greatest |\n"
	      "|---|---:|---:|---:|---:|\n",
	      out);
	for (int64_t i = 0; i < t->rows; i++)
		if (is_measured_peer(t, i, "gemm") && begins(t, i, "group", "peer"))
			write_product_row(out, t, i, ratios);
	fputs("\nElementwise and row ops next to plain loops over the C library:\n\n", out);
	write_group(out, t, "op", "op");
	free(ratios);
}
