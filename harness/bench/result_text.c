/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/result_text.h"

/* Three digits in the unit that fits. */
static void write_time(FILE *out, double ns)
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	int unit = 0;
	while (ns >= 1000.0 && unit < 3) {
		ns = ns / 1000.0;
		unit++;
	}
	fprintf(out, "%.*f %s", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns, units[unit]);
}

/* Median, and how far its interval reaches in percent of it. */
static void write_estimate(FILE *out, const struct median *time)
{
	write_time(out, time->value);
	if (time->interval)
		fprintf(out, " −%.1f/+%.1f %%", 100.0 * (1.0 - time->low / time->value),
			100.0 * (time->high / time->value - 1.0));
}

void bench_write_file_table(const struct bench_file *file, FILE *out)
{
	for (int i = 0; i < file->row_count; i++) {
		const struct bench_row *row = &file->rows[i];
		fprintf(out, "%-44s ", row->name);
		write_estimate(out, &row->time);
		if (row->roof != ROOF_NONE)
			fprintf(out, ", %.0f %% of %s", row->percent.value, roof_names[row->roof]);
		fputc('\n', out);
	}
}

/* The estimate and the percentage of the roof. */
static void write_md_cell(FILE *out, const struct bench_row *row)
{
	if (!row) {
		fputs(" |", out);
		return;
	}
	fputc(' ', out);
	write_estimate(out, &row->time);
	if (row->roof != ROOF_NONE)
		fprintf(out, " (%.0f %%)", row->percent.value);
	fputs(" |", out);
}

static void write_md_files(FILE *out, const struct comparison *c)
{
	static const char *const keys[] = {"cpu",
					   "isa",
					   "blis",
					   "compiler",
					   "contract",
					   "peak_fma_gflops",
					   "cache_gbytes_per_second",
					   "memory_gbytes_per_second"};
	fputs("| file | CPU | level | BLIS | compiler | contract | FMA GF/s | cache GB/s | memory "
	      "GB/s |\n|---|---|---|---|---|---|---|---|---|\n",
	      out);
	for (int f = 0; f < c->file_count; f++) {
		const json_t *context = json_object_get(c->files[f].json.root, "context");
		fprintf(out, "| %s |", c->files[f].name);
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			const char *text = json_string_value(json_object_get(context, keys[k]));
			fprintf(out, " %s |", text ? text : "");
		}
		fputc('\n', out);
	}
}

static void write_md_pair(FILE *out, const struct comparison *c, const struct pair *pair)
{
	fprintf(out, "- %s and %s: %d of %d rows differ", c->files[pair->a].name,
		c->files[pair->b].name, pair->different, pair->tested);
	const char *separator = ": ";
	for (int i = 0; i < c->row_count; i++) {
		if (!pair->rows[i].differs)
			continue;
		fprintf(out, "%s%s %+.0f %%", separator, c->rows[i],
			100.0 * pair->rows[i].relative);
		separator = ", ";
	}
	if (pair->clock != 1.0)
		fprintf(out, "; a cycle of the second took %+.1f %% and is taken out",
			100.0 * (pair->clock - 1.0));
	fputs(".\n", out);
}

void bench_write_markdown(FILE *out, const struct comparison *c)
{
	fputs("# Throughput\n\nMedian processor time of a call with its 95 % interval, and the "
	      "percentage of the\nmachine's measured roof. Made by `make bench-compare`; "
	      "docs/BENCHMARKING.md.\n\n",
	      out);
	write_md_files(out, c);
	fputs("\n| row | roof |", out);
	for (int f = 0; f < c->file_count; f++)
		fprintf(out, " %s |", c->files[f].name);
	fputs("\n|---|---|", out);
	for (int f = 0; f < c->file_count; f++)
		fputs("---:|", out);
	for (int i = 0; i < c->row_count; i++) {
		const struct bench_row *row = NULL;
		for (int f = 0; !row; f++)
			row = bench_file_row(&c->files[f], c->rows[i]);
		fprintf(out, "\n| %s | %s |", c->rows[i], roof_names[row->roof]);
		for (int f = 0; f < c->file_count; f++)
			write_md_cell(out, bench_file_row(&c->files[f], c->rows[i]));
	}
	fputs("\n\n## Differences\n\n", out);
	for (int i = 0; i < c->pair_count; i++)
		write_md_pair(out, c, &c->pairs[i]);
	if (c->pair_count == 0)
		fputs("One file: nothing to compare.\n", out);
}
