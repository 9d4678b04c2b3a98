/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/result_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/json_memory.h"
#include "kernels/team.h"

static const char *const unit_names[] = {"ns", "us", "ms", "s", NULL};
static const double unit_ns[] = {1.0, 1e3, 1e6, 1e9};
static const char *const rate_keys[] = {"gflops", "gbytes_per_second", "mitems_per_second", NULL};
static const char label_form[] =
    "\"xxh3=<16 hex digits, or none> roof=<none, fma, cache or memory>\"";

/* The suite of the files from before they said how many rows it has. */
enum { SUITE_ROWS_BEFORE = 74, SUITE_ROWS_MOST = 100000 };

/* A whole number that the context has as text; *value stays where there is none. */
static int read_number(const struct bench_file *file, const json_t *context, const char *key,
		       int most, const char *expected, int *value, struct error *error)
{
	const char *text = NULL;
	char *end, path[48];
	int status =
	    json_file_get_string(&file->json, context, "context", key, false, &text, error);
	if (status <= 0)
		return status;
	const long number = strtol(text, &end, 10);
	snprintf(path, sizeof path, "context.%s", key);
	if (!isdigit((unsigned char)text[0]) || *end || number < 1 || number > most)
		return json_file_refuse(&file->json, path, error, expected, "found \"%.40s\"",
					text);
	*value = (int)number;
	return 0;
}

bool bench_file_is_part(const struct bench_file *file)
{
	return file->row_count < file->suite_rows;
}

static int read_context(struct bench_file *file, struct error *error)
{
	const json_t *context;
	const struct {
		const char *key;
		const char **out;
	} texts[] = {{"cpu", &file->cpu},
		     {"isa", &file->isa},
		     {"blis", &file->blis},
		     {"compiler", &file->compiler},
		     {"contract", &file->contract}};
	int status = json_file_get_object(&file->json, file->json.root, "", "context", true,
					  &context, error);
	for (size_t i = 0; status >= 0 && i < sizeof texts / sizeof *texts; i++)
		status = json_file_get_string(&file->json, context, "context", texts[i].key, true,
					      texts[i].out, error);
	file->suite_rows = SUITE_ROWS_BEFORE;
	file->threads = 1;
	if (status >= 0)
		status = read_number(file, context, "suite_rows", SUITE_ROWS_MOST,
				     "the number of rows of the suite, 1 to 100000",
				     &file->suite_rows, error);
	if (status >= 0)
		status = read_number(file, context, "threads", TEAM_MOST,
				     "the number of threads, 1 to 1024", &file->threads, error);
	return status;
}

void bench_file_stem(const struct bench_file *file, const struct cpu *cpu, const char *suffix,
		     char stem[BENCH_STEM])
{
	char threads[24] = "", level[64];
	if (file->threads > 1)
		snprintf(threads, sizeof threads, "-threads-%d", file->threads);
	snprintf(level, sizeof level, "%.16s%s%s", file->isa, threads, suffix);
	cpu_file_stem(cpu, level, stem, BENCH_STEM);
}

static bool read_hash(const char **text, char hash[20])
{
	size_t length = strcspn(*text, " ");
	if (length > 16)
		return false;
	memcpy(hash, *text, length);
	hash[length] = '\0';
	*text += length;
	return !strcmp(hash, "none") || (length == 16 && strspn(hash, "0123456789abcdef") == 16);
}

static bool read_label(const char *label, struct bench_row *row)
{
	if (strncmp(label, "xxh3=", 5) != 0)
		return false;
	label += 5;
	if (!read_hash(&label, row->hash) || strncmp(label, " roof=", 6) != 0)
		return false;
	for (int kind = 0; roof_names[kind]; kind++) {
		row->roof = (enum roof_kind)kind;
		if (!strcmp(label + 6, roof_names[kind]))
			return true;
	}
	return false;
}

static struct bench_row *find_row(const struct bench_file *file, const char *name)
{
	for (int i = 0; i < file->row_count; i++)
		if (!strcmp(file->rows[i].name, name))
			return &file->rows[i];
	return NULL;
}

const struct bench_row *bench_file_row(const struct bench_file *file, const char *name)
{
	return find_row(file, name);
}

/* A row keeps room for as many repetitions as the file has entries: files are small. */
static struct bench_row *add_row(struct bench_file *file, const char *name, int entry,
				 size_t entries)
{
	struct bench_row *row = &file->rows[file->row_count];
	*row = (struct bench_row){.name = name, .entry = entry, .order = file->row_count};
	row->times = calloc(entries, sizeof *row->times);
	row->percents = calloc(entries, sizeof *row->percents);
	file->row_count++;
	return row->times && row->percents ? row : NULL;
}

/* Optional numbers beside the time. */
static int read_rates(struct bench_file *file, const json_t *entry, const char *path,
		      struct bench_row *row, struct error *error)
{
	int status = json_file_get_number(&file->json, entry, path, "percent_of_roof", false, 0.0,
					  1e9, &row->percents[row->count], error);
	row->percent_count += status == 1;
	for (int i = 0; status >= 0 && rate_keys[i]; i++) {
		double rate = 0.0;
		status = json_file_get_number(&file->json, entry, path, rate_keys[i], false, 0.0,
					      1e12, &rate, error);
		if (status != 1 || (row->rate_key && strcmp(row->rate_key, rate_keys[i]) != 0))
			continue;
		row->rate_key = rate_keys[i];
		row->rate = rate * row->times[row->count];
	}
	return status < 0 ? status : 0;
}

/* A label that differs within one row: the outputs of one binary are not reproducible. */
static int check_label(struct bench_file *file, const char *path, const char *label,
		       struct bench_row *row, struct error *error)
{
	char where[64];
	snprintf(where, sizeof where, "%s.label", path);
	if (row->label && strcmp(row->label, label) != 0)
		return json_file_refuse(&file->json, where, error, row->label,
					"%s: found \"%s\" in another repetition", row->name, label);
	row->label = label;
	if (read_label(label, row))
		return 0;
	return json_file_refuse(&file->json, where, error, label_form, "found \"%s\"", label);
}

static int read_repetition(struct bench_file *file, const json_t *entry, const char *path,
			   int index, size_t entries, struct error *error)
{
	const char *name = NULL, *label = NULL;
	double time = 0.0;
	int unit = 0;
	const struct json_file *json = &file->json;
	int status = json_file_get_string(json, entry, path, "run_name", true, &name, error);
	if (status >= 0)
		status = json_file_get_string(json, entry, path, "label", true, &label, error);
	if (status >= 0)
		status = json_file_get_choice(json, entry, path, "time_unit", true, unit_names,
					      &unit, error);
	if (status >= 0)
		status = json_file_get_number(json, entry, path,
					      file->threads > 1 ? "real_time" : "cpu_time", true,
					      1e-6, 1e15, &time, error);
	if (status < 0)
		return status;
	struct bench_row *row = find_row(file, name);
	row = row ? row : add_row(file, name, index, entries);
	if (!row)
		return error_no_memory(error, file->json.name);
	/* Rows ran, and are reported, in random order; the library numbers them as registered. */
	status = json_file_get_integer(json, entry, path, "family_index", false, 0, INT32_MAX,
				       &row->order, error);
	if (status < 0)
		return status;
	row->times[row->count] = time * unit_ns[unit];
	status = check_label(file, path, label, row, error);
	if (!status)
		status = read_rates(file, entry, path, row, error);
	if (!status)
		row->count++;
	return status;
}

static int read_entry(struct bench_file *file, const json_t *entry, int index, size_t entries,
		      struct error *error)
{
	static const char *const types[] = {"iteration", "aggregate", NULL};
	char path[48];
	int type = 0;
	bool failed = false;
	snprintf(path, sizeof path, "benchmarks[%d]", index);
	if (!json_is_object(entry))
		return json_file_refuse(&file->json, path, error, "an object",
					"found another type");
	int status =
	    json_file_get_choice(&file->json, entry, path, "run_type", true, types, &type, error);
	if (status < 0 || type == 1) /* the library's own means are not used */
		return status < 0 ? status : 0;
	status =
	    json_file_get_bool(&file->json, entry, path, "error_occurred", false, &failed, error);
	if (status < 0)
		return status;
	if (failed)
		return json_file_refuse(&file->json, path, error, "a benchmark that ran",
					"this one failed");
	return read_repetition(file, entry, path, index, entries, error);
}

static int read_entries(struct bench_file *file, struct error *error)
{
	const json_t *entries;
	int status = json_file_get_array(&file->json, file->json.root, "", "benchmarks", true,
					 &entries, error);
	if (status < 0)
		return status;
	size_t count = json_array_size(entries);
	file->rows = calloc(count + 1, sizeof *file->rows);
	if (!file->rows)
		return error_no_memory(error, file->json.name);
	status = 0;
	for (size_t i = 0; !status && i < count; i++)
		status = read_entry(file, json_array_get(entries, i), (int)i, count, error);
	if (!status && file->row_count == 0)
		status = json_file_refuse(&file->json, "benchmarks", error,
					  "entries of run_type \"iteration\"", "found none");
	return status;
}

static int by_order(const void *x, const void *y)
{
	const struct bench_row *a = x, *b = y;
	return (a->order > b->order) - (a->order < b->order);
}

/* What was cut could be another file's name, and is read as JSON. */
static int name_file(struct bench_file *file, const char *file_name, struct error *error)
{
	const char *base = strrchr(file_name, '/');
	base = base ? base + 1 : file_name;
	size_t length = strlen(base);
	if (length > 5 && !strcmp(base + length - 5, ".json"))
		length -= 5;
	if (length >= BENCH_STEM)
		return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL,
				 "a name below 120 bytes", "the file's name has %zu bytes", length);
	memcpy(file->name, base, length);
	file->name[length] = '\0';
	return json_memory_check_name(base, error);
}

static int read_file(struct bench_file *file, const char *file_name, struct error *error)
{
	int status = json_file_load(&file->json, file_name, error);
	if (status)
		return status;
	status = name_file(file, file_name, error);
	status = status ? status : read_context(file, error);
	return status ? status : read_entries(file, error);
}

int bench_file_read(struct bench_file *file, const char *file_name, struct error *error)
{
	struct bench_file read = {0};
	int status = read_file(&read, file_name, error);
	if (status) {
		bench_file_free(&read);
		return status;
	}
	for (int i = 0; i < read.row_count; i++) {
		struct bench_row *row = &read.rows[i];
		sort_values(row->times, row->count);
		sort_values(row->percents, row->count);
		row->time = median_of(row->times, row->count);
		row->rate = row->rate / row->time.value; /* work of a call, by its median time */
		/* The oracle measures no roof, and what is not there is not 0 %. */
		row->has_percent =
		    row->roof != ROOF_NONE && read.threads == 1 && row->percent_count == row->count;
		row->percent = median_of(row->percents, row->count);
	}
	qsort(read.rows, (size_t)read.row_count, sizeof *read.rows, by_order);
	*file = read;
	return 0;
}

void bench_file_free(struct bench_file *file)
{
	for (int i = 0; i < file->row_count; i++) {
		free(file->rows[i].times);
		free(file->rows[i].percents);
	}
	free(file->rows);
	json_file_free(&file->json);
	memset(file, 0, sizeof *file);
}
