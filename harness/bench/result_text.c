/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/result_text.h"

#include <math.h>
#include <string.h>

/* In place of what a file does not have: no number, and an empty cell looks like an oversight. */
#define ABSENT "–"

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

/* How far the interval reaches in percent of the median. */
static void write_interval(FILE *out, const struct median *time)
{
	fprintf(out, "−%.1f/+%.1f %%", 100.0 * (1.0 - time->low / time->value),
		100.0 * (time->high / time->value - 1.0));
}

void bench_write_file_table(const struct bench_file *file, FILE *out)
{
	for (int i = 0; i < file->row_count; i++) {
		const struct bench_row *row = &file->rows[i];
		fprintf(out, "%-44s ", row->name);
		write_time(out, row->time.value);
		if (row->time.interval) {
			fputc(' ', out);
			write_interval(out, &row->time);
		}
		if (row->has_percent)
			fprintf(out, ", %.0f %% of %s", row->percent.value, roof_names[row->roof]);
		fputc('\n', out);
	}
}

enum { LETTERS = 26, KEY = 8 };

/* Columns are A ... Z, AA, AB ...: names of files are too long for heads. */
static const char *file_key(int file, char key[KEY])
{
	char *digit = &key[KEY - 1];
	*digit = '\0';
	for (int rest = file + 1; rest > 0 && digit > key; rest = (rest - 1) / LETTERS)
		*--digit = (char)('A' + (rest - 1) % LETTERS);
	return digit;
}

/* A name or text of a file in a cell. */
static void write_cell_text(FILE *out, const char *text)
{
	fputc(' ', out);
	for (; *text; text++) {
		if (*text == '|' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputs(" |", out);
}

/* "v4", or "v4, 2 threads". */
static void write_level(FILE *out, const struct bench_file *file)
{
	char text[64];
	snprintf(text, sizeof text, "%.32s, %d threads", file->isa, file->threads);
	write_cell_text(out, file->threads > 1 ? text : file->isa);
}

static void write_files(FILE *out, const struct comparison *c)
{
	static const char no_roof[] = "0.0"; /* the oracle has none of FMA */
	static const char *const keys[] = {"blis",
					   "contract",
					   "peak_fma_gflops",
					   "cache_gbytes_per_second",
					   "memory_gbytes_per_second",
					   "compiler"};
	fputs(
	    "| | CPU | level | BLIS | contract | FMA GF/s | cache GB/s | memory GB/s | compiler | "
	    "rows | file |\n|---|---|---|---|---|---:|---:|---:|---|---:|---|\n",
	    out);
	for (int f = 0; f < c->file_count; f++) {
		const struct bench_file *file = &c->files[f];
		const json_t *context = json_object_get(file->json.root, "context");
		char key[KEY];
		fprintf(out, "| %s |", file_key(f, key));
		write_cell_text(out, file->cpu);
		write_level(out, file);
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			const char *text = json_string_value(json_object_get(context, keys[k]));
			write_cell_text(out, text && strcmp(text, no_roof) != 0 ? text : ABSENT);
		}
		if (bench_file_is_part(file))
			fprintf(out, " %d of %d |", file->row_count, file->suite_rows);
		else
			fprintf(out, " %d |", file->row_count);
		write_cell_text(out, file->name);
		fputc('\n', out);
	}
}

static void write_time_cell(FILE *out, const struct bench_row *row)
{
	write_time(out, row->time.value);
	if (row->has_percent)
		fprintf(out, " (%.0f %%)", row->percent.value);
}

static void write_interval_cell(FILE *out, const struct bench_row *row)
{
	if (row->time.interval)
		write_interval(out, &row->time);
	else
		fputs(ABSENT, out);
}

static const struct bench_row *first_of(const struct comparison *c, int row)
{
	const struct bench_row *found = NULL;
	for (int f = 0; !found; f++)
		found = bench_file_row(&c->files[f], c->rows[row]);
	return found;
}

/* A line for each row, a column for each file. */
static void write_rows(FILE *out, const struct comparison *c,
		       void (*write_cell)(FILE *out, const struct bench_row *row))
{
	char key[KEY];
	fputs("\n| row | roof |", out);
	for (int f = 0; f < c->file_count; f++)
		fprintf(out, " %s |", file_key(f, key));
	fputs("\n|---|---|", out);
	for (int f = 0; f < c->file_count; f++)
		fputs("---:|", out);
	for (int i = 0; i < c->row_count; i++) {
		fprintf(out, "\n| %s | %s |", c->rows[i], roof_names[first_of(c, i)->roof]);
		for (int f = 0; f < c->file_count; f++) {
			const struct bench_row *row = bench_file_row(&c->files[f], c->rows[i]);
			fputc(' ', out);
			if (row)
				write_cell(out, row);
			else
				fputs(ABSENT, out);
			fputs(" |", out);
		}
	}
	fputc('\n', out);
}

/* By size, then as the rows stand. */
static bool comes_first(const struct pair *pair, int a, int b)
{
	const double x = fabs(pair->rows[a].relative), y = fabs(pair->rows[b].relative);
	return x > y || (x == y && a < b);
}

/* The row that differs most but for `last` and those before it; -1: none. */
static int next_difference(const struct comparison *c, const struct pair *pair, int last)
{
	int next = -1;
	for (int i = 0; i < c->row_count; i++) {
		if (!pair->rows[i].differs || (last >= 0 && !comes_first(pair, last, i)))
			continue;
		if (next < 0 || comes_first(pair, i, next))
			next = i;
	}
	return next;
}

/* Between two CPUs nearly all rows differ. */
enum { DIFFERENCES_SHOWN = 8 };

static void write_pair(FILE *out, const struct comparison *c, const struct pair *pair)
{
	char a[KEY], b[KEY];
	fprintf(out, "- %s and %s: %d of %d rows differ", file_key(pair->a, a),
		file_key(pair->b, b), pair->different, pair->tested);
	int i = -1, shown = 0;
	while (shown < DIFFERENCES_SHOWN && (i = next_difference(c, pair, i)) >= 0)
		fprintf(out, "%s%s %+.0f %%", shown++ ? ", " : ": ", c->rows[i],
			100.0 * pair->rows[i].relative);
	if (shown < pair->different)
		fprintf(out, " and %d more", pair->different - shown);
	if (pair->clock != 1.0)
		fprintf(out, "; a cycle of the second took %+.1f %% and is taken out",
			100.0 * (pair->clock - 1.0));
	fputs(".\n", out);
}

static bool has_threads(const struct comparison *c)
{
	for (int f = 0; f < c->file_count; f++)
		if (c->files[f].threads > 1)
			return true;
	return false;
}

void bench_write_markdown(FILE *out, const struct comparison *c)
{
	fputs("# Throughput\n\nMade by `make bench-compare`; docs/BENCHMARKING.md. " ABSENT
	      ": the file does not have it.\n\n## Files\n\n",
	      out);
	write_files(out, c);
	fputs("\n## Time of a call\n\nMedian processor time, and the percentage of the machine's "
	      "measured roof.",
	      out);
	if (has_threads(c))
		fputs(" Of several threads the time on the wall, and no percentage.", out);
	fputc('\n', out);
	write_rows(out, c, write_time_cell);
	fputs("\n## Intervals\n\nHow far the 95 % interval of the median time reaches.\n", out);
	write_rows(out, c, write_interval_cell);
	fprintf(out,
		"\n## Differences\n\nOf the second file relative to the first, at most the %d "
		"largest; throughput.json has all.\n\n",
		DIFFERENCES_SHOWN);
	for (int i = 0; i < c->pair_count; i++)
		write_pair(out, c, &c->pairs[i]);
	if (c->pair_count == 0)
		fputs("One file: nothing to compare.\n", out);
}
