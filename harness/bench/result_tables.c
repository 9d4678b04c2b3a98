/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/result_tables.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "foundation/folder.h"
#include "foundation/text_file.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"
#include "harness/bench/result_text.h"

/* CPU names may hold anything. */
static void write_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static const char file_columns[] =
    "row,file,cpu,isa,blis,repetitions,median_ns,ci_low_ns,ci_high_ns,rate,rate_unit,roof,"
    "percent_of_roof,percent_ci_low,percent_ci_high,xxh3";

static void write_interval(FILE *out, const struct median *median)
{
	if (median->interval)
		fprintf(out, ",%.6g,%.6g", median->low, median->high);
	else
		fputs(",,", out);
}

static void write_row(FILE *out, const struct bench_file *file, const struct bench_row *row)
{
	fprintf(out, "%s,%s,", row->name, file->name);
	write_quoted(out, file->cpu);
	fprintf(out, ",%s,%s,%d,%.6g", file->isa, file->blis, row->count, row->time.value);
	write_interval(out, &row->time);
	if (row->rate_key)
		fprintf(out, ",%.6g,%s", row->rate, row->rate_key);
	else
		fputs(",,", out);
	fprintf(out, ",%s", roof_names[row->roof]);
	if (row->has_percent) {
		fprintf(out, ",%.6g", row->percent.value);
		write_interval(out, &row->percent);
	} else {
		fputs(",,,", out);
	}
	fprintf(out, ",%s", row->hash);
}

static void write_file_csv(FILE *out, const struct bench_file *file)
{
	fprintf(out, "%s\n", file_columns);
	for (int i = 0; i < file->row_count; i++) {
		write_row(out, file, &file->rows[i]);
		fputc('\n', out);
	}
}

int bench_file_csv(const struct bench_file *file, char **text, size_t *size, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	write_file_csv(stream.out, file);
	return text_stream_take(&stream, text, size, error);
}

int bench_write_file_csv(const struct bench_file *file, const char *file_name, struct error *error)
{
	struct text_stream stream;
	int status = text_stream_open(&stream, error);
	if (status)
		return status;
	write_file_csv(stream.out, file);
	return text_stream_save(&stream, file_name, error);
}

/* Against the first file; nothing for the first itself. */
static void write_csv(FILE *out, const struct comparison *c)
{
	fprintf(out, "%s,relative_to_first,least,p,q,differs\n", file_columns);
	for (int i = 0; i < c->row_count; i++)
		for (int f = 0; f < c->file_count; f++) {
			const struct bench_row *row = bench_file_row(&c->files[f], c->rows[i]);
			if (!row)
				continue;
			write_row(out, &c->files[f], row);
			/* The first file's pairs come first. */
			const struct difference *d = f ? &c->pairs[f - 1].rows[i] : NULL;
			if (d && d->tested)
				fprintf(out, ",%.6g,%.3g,%.3g,%.3g,%s\n", d->relative, d->least,
					d->p, d->q, d->differs ? "yes" : "no");
			else
				fputs(",,,,,\n", out);
		}
}

static json_t *median_json(const struct median *median)
{
	return median->interval ? json_pack("{s:f,s:[f,f]}", "median", median->value, "interval",
					    median->low, median->high)
				: json_pack("{s:f,s:n}", "median", median->value, "interval");
}

static json_t *row_json(const struct comparison *c, const char *name)
{
	json_t *object = json_pack("{s:s,s:{}}", "row", name, "files");
	json_t *files = json_object_get(object, "files");
	for (int f = 0; f < c->file_count; f++) {
		const struct bench_row *row = bench_file_row(&c->files[f], name);
		if (!row)
			continue;
		json_t *one = json_pack("{s:i,s:o}", "repetitions", row->count, "ns",
					median_json(&row->time));
		if (row->rate_key)
			json_object_set_new(one, row->rate_key, json_real(row->rate));
		if (row->has_percent)
			json_object_set_new(one, "percent_of_roof", median_json(&row->percent));
		json_object_set_new(object, "roof", json_string(roof_names[row->roof]));
		json_object_set_new(object, "xxh3", json_string(row->hash));
		json_object_set_new(files, c->files[f].name, one);
	}
	return object;
}

static json_t *pair_json(const struct comparison *c, const struct pair *pair)
{
	json_t *object =
	    json_pack("{s:s,s:s,s:i,s:i,s:f,s:[]}", "a", c->files[pair->a].name, "b",
		      c->files[pair->b].name, "tested", pair->tested, "different", pair->different,
		      "clock_b_relative_to_a", pair->clock - 1.0, "rows");
	json_t *rows = json_object_get(object, "rows");
	for (int i = 0; i < c->row_count; i++) {
		const struct difference *d = &pair->rows[i];
		if (d->tested)
			json_array_append_new(
			    rows, json_pack("{s:s,s:f,s:f,s:f,s:f,s:b}", "row", c->rows[i],
					    "b_relative_to_a", d->relative, "least", d->least, "p",
					    d->p, "q", d->q, "differs", d->differs));
	}
	return object;
}

/* Where memory ended a NUL, which text_stream_take refuses. */
static void write_json(FILE *out, const struct comparison *c)
{
	json_memory_begin();
	json_t *root = json_pack("{s:[],s:[],s:[]}", "files", "rows", "pairs");
	for (int f = 0; f < c->file_count; f++)
		json_array_append_new(json_object_get(root, "files"),
				      json_pack("{s:s,s:O}", "name", c->files[f].name, "context",
						json_object_get(c->files[f].json.root, "context")));
	for (int i = 0; i < c->row_count; i++)
		json_array_append_new(json_object_get(root, "rows"), row_json(c, c->rows[i]));
	for (int i = 0; i < c->pair_count; i++)
		json_array_append_new(json_object_get(root, "pairs"), pair_json(c, &c->pairs[i]));
	int failed = json_dumpf(root, out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	fputc(failed || json_memory_failed() ? '\0' : '\n', out);
	json_decref(root);
}

/* The row in a file; NULL: without a percentage, it has no point. */
static const struct bench_row *point_of(const struct comparison *c, int row, int file)
{
	const struct bench_row *found = bench_file_row(&c->files[file], c->rows[row]);
	return found && found->has_percent ? found : NULL;
}

static bool is_plotted(const struct comparison *c, int file)
{
	for (int i = 0; i < c->row_count; i++)
		if (point_of(c, i, file))
			return true;
	return false;
}

static bool has_point(const struct comparison *c, int row)
{
	for (int f = 0; f < c->file_count; f++)
		if (point_of(c, row, f))
			return true;
	return false;
}

/* Index 0: names of rows with a percentage; then one block a file: number, percent, low, high.  A
 * row has one number in all blocks, also in those that lack others. */
static void write_dat(FILE *out, const struct comparison *c)
{
	for (int f = -1; f < c->file_count; f++) {
		if (f >= 0 && !is_plotted(c, f))
			continue;
		if (f >= 0)
			fprintf(out, "\n\n%s\n", c->files[f].name);
		for (int i = 0, number = 0; i < c->row_count; i++) {
			if (!has_point(c, i))
				continue;
			number++;
			const struct bench_row *row = f < 0 ? NULL : point_of(c, i, f);
			if (f < 0)
				fprintf(out, "%d %s\n", number, c->rows[i]);
			else if (row)
				fprintf(
				    out, "%d %.6g %.6g %.6g\n", number, row->percent.value,
				    row->percent.interval ? row->percent.low : row->percent.value,
				    row->percent.interval ? row->percent.high : row->percent.value);
		}
	}
}

int bench_write_comparison(const struct comparison *comparison, const char *dir,
			   struct error *error)
{
	static const struct {
		const char *name;
		void (*write)(FILE *out, const struct comparison *c);
	} files[] = {{"throughput.csv", write_csv},
		     {"throughput.json", write_json},
		     {"throughput.md", bench_write_markdown},
		     {"throughput/plot/throughput.dat", write_dat}};
	static const char *const folders[] = {"", "/throughput", "/throughput/plot"};
	char name[PATH_MAX];
	int status = 0;
	for (size_t i = 0; !status && i < sizeof folders / sizeof *folders; i++) {
		status = path_make(name, sizeof name, error, "%s%s", dir, folders[i]);
		status = status ? status : folder_make(name, error);
	}
	for (size_t i = 0; !status && i < sizeof files / sizeof *files; i++) {
		struct text_stream stream;
		status = path_make(name, sizeof name, error, "%s/%s", dir, files[i].name);
		status = status ? status : text_stream_open(&stream, error);
		if (status)
			return status;
		files[i].write(stream.out, comparison);
		status = text_stream_save(&stream, name, error);
	}
	return status;
}
