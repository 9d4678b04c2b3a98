/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/bench/result_check.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foundation/array.h"
#include "foundation/path.h"
#include "foundation/text_file.h"
#include "harness/bench/result_tables.h"
#include "harness/bench/suite.h"
#include "kernels/contract.h"
#include "kernels/cpu.h"

/* The levels of all architectures (LEVELS of mk/config.mk), not of this build alone, and how the
 * features of a CPU that can run them begin (cpu_features). */
static const char *const level_names[] = {"baseline", "v3", "v4", NULL};
static const char *const level_features[] = {"", "fma,avx2",
					     "fma,avx2,avx512f,avx512dq,avx512bw,avx512vl"};

static const json_t *context_of(const struct bench_file *file)
{
	return json_object_get(file->json.root, "context");
}

static int get_text(const struct bench_file *file, const char *key, const char **text,
		    struct error *error)
{
	int status =
	    json_file_get_string(&file->json, context_of(file), "context", key, true, text, error);
	return status < 0 ? status : 0;
}

int bench_file_contract(const struct bench_file *file)
{
	return (int)strtol(file->contract, NULL, 10);
}

static int check_contract(const struct bench_file *file, struct error *error)
{
	const char *passed, *text = file->contract;
	char expected[64];
	snprintf(expected, sizeof expected, "1 to %d, the contract of this program",
		 CONTRACT_VERSION);
	if (strlen(text) > 6 || strspn(text, "0123456789") != strlen(text) || text[0] == '0' ||
	    bench_file_contract(file) < 1 || bench_file_contract(file) > CONTRACT_VERSION)
		return json_file_refuse(&file->json, "context.contract", error, expected,
					"found \"%.40s\"", text);
	int status = get_text(file, "contract_check", &passed, error);
	if (!status && strcmp(passed, "passed") != 0)
		status = json_file_refuse(&file->json, "context.contract_check", error,
					  "\"passed\"", "found \"%.40s\"", passed);
	return status;
}

static int check_roofs(const struct bench_file *file, struct error *error)
{
	static const char *const keys[] = {"peak_fma_gflops", "cache_gbytes_per_second",
					   "memory_gbytes_per_second"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *text;
		char *end, path[64];
		int status = get_text(file, keys[i], &text, error);
		if (status)
			return status;
		const double value = strtod(text, &end);
		snprintf(path, sizeof path, "context.%s", keys[i]);
		if (!isdigit((unsigned char)text[0]) || *end || !isfinite(value) || value <= 0.0)
			return json_file_refuse(&file->json, path, error,
						"a finite number above 0, as text",
						"found \"%.40s\"", text);
	}
	return 0;
}

static int check_level(const struct bench_file *file, struct error *error)
{
	int level = 0;
	const char *features;
	int status = json_file_get_choice(&file->json, context_of(file), "context", "isa", true,
					  level_names, &level, error);
	status = status < 0 ? status : get_text(file, "features", &features, error);
	if (status)
		return status;
	const char *needed = level_features[level];
	if (strncmp(features, needed, strlen(needed)) == 0)
		return 0;
	return json_file_refuse(&file->json, "context.features", error, needed,
				"found \"%.80s\" at level %s", features, level_names[level]);
}

/* Printable, with a letter, and as long as a name that cpu_detect keeps. */
static bool is_cpu_name(const char *name)
{
	struct cpu cpu;
	const size_t length = strlen(name);
	bool letter = false;
	if (length == 0 || length >= sizeof cpu.model || name[0] == ' ' || name[length - 1] == ' ')
		return false;
	for (; *name; name++) {
		const unsigned char byte = (unsigned char)*name;
		if (byte < 0x20 || byte == 0x7f)
			return false;
		letter = letter || isalpha(byte);
	}
	return letter;
}

/* Whether a name is STEM, or STEM_2 and on of further machines of one CPU. */
static bool is_stem(const char *name, const char *stem)
{
	const size_t length = strlen(stem);
	if (strncmp(name, stem, length) != 0)
		return false;
	name += length;
	if (*name == '\0')
		return true;
	char *end;
	return name[0] == '_' && name[1] >= '1' && name[1] <= '9' &&
	       strtol(name + 1, &end, 10) >= 2 && *end == '\0';
}

/* After check_level: cpu_file_stem takes any text, but needs room for the level. */
static int check_cpu(const struct bench_file *file, struct error *error)
{
	struct cpu cpu = {.architecture = ""};
	char stem[BENCH_STEM], expected[2 * BENCH_STEM + 64], threads[32] = "";
	if (!is_cpu_name(file->cpu))
		return json_file_refuse(&file->json, "context.cpu", error,
					"the name of a CPU, below 128 bytes that can be printed",
					"found \"%.80s\"", file->cpu);
	snprintf(cpu.model, sizeof cpu.model, "%s", file->cpu);
	bench_file_stem(file, &cpu, "", stem);
	if (is_stem(file->name, stem))
		return 0;
	if (file->threads > 1)
		snprintf(threads, sizeof threads, " by %d threads", file->threads);
	snprintf(expected, sizeof expected, "the file's name to be %s.json, or %s_2.json", stem,
		 stem);
	return json_file_refuse(&file->json, "context.cpu", error, expected,
				"found \"%.80s\" at level %s%s in %s.json", file->cpu, file->isa,
				threads, file->name);
}

static int check_context(const struct bench_file *file, struct error *error)
{
	const char *text;
	int status = check_contract(file, error);
	status = status ? status : check_level(file, error);
	status = status ? status : check_cpu(file, error);
	status = status ? status : get_text(file, "date", &text, error);
	status = status ? status : check_roofs(file, error);
	if (!status && json_object_get(context_of(file), "host_name"))
		status = json_file_refuse(&file->json, "context.host_name", error,
					  "no name of the machine, as `bench --out` writes it",
					  "found one");
	return status;
}

/* What one entry says of its repetition, but for what was read already. */
struct repetition {
	int64_t of, index, iterations;
	double real_time, percent, rates[3];
};

static int read_repetition(const struct bench_file *file, const json_t *entry, const char *path,
			   struct repetition *r, struct error *error)
{
	static const char *const rates[] = {"gflops", "gbytes_per_second", "mitems_per_second"};
	static const double least = 1e-12, most = 1e15;
	const struct json_file *json = &file->json;
	int status = json_file_get_integer(json, entry, path, "repetitions", true,
					   CHECK_LEAST_REPETITIONS, 1000000, &r->of, error);
	if (status >= 0)
		status = json_file_get_integer(json, entry, path, "repetition_index", true, 0,
					       r->of - 1, &r->index, error);
	if (status >= 0)
		status = json_file_get_integer(json, entry, path, "iterations", true, 1, INT64_MAX,
					       &r->iterations, error);
	if (status >= 0)
		status = json_file_get_number(json, entry, path, "real_time", true, least, most,
					      &r->real_time, error);
	for (int i = 0; status >= 0 && i < 3; i++)
		status = json_file_get_number(json, entry, path, rates[i], false, least, most,
					      &r->rates[i], error);
	return status < 0 ? status : 0;
}

/* A roof without its percentage would be 0 % in a table; several threads have none. */
static int check_percent(const struct bench_file *file, const json_t *entry, const char *path,
			 const struct bench_row *row, struct repetition *r, struct error *error)
{
	if (row->roof == ROOF_NONE || file->threads > 1)
		return 0;
	int status = json_file_get_number(&file->json, entry, path, "percent_of_roof", true, 1e-9,
					  1e9, &r->percent, error);
	return status < 0 ? status : 0;
}

/* seen[row * all + repetition] */
static int check_entry(const struct bench_file *file, int index, int64_t all, bool *seen,
		       struct error *error)
{
	const json_t *entries = json_object_get(file->json.root, "benchmarks");
	const json_t *entry = json_array_get(entries, (size_t)index);
	char path[48], where[80];
	struct repetition r;
	snprintf(path, sizeof path, "benchmarks[%d]", index);
	const char *name = json_string_value(json_object_get(entry, "run_name"));
	const char *type = json_string_value(json_object_get(entry, "run_type"));
	if (!name || !type || strcmp(type, "iteration") != 0)
		return json_file_refuse(&file->json, path, error, "run_type \"iteration\"",
					"found \"%.40s\"", type ? type : "");
	const struct bench_row *row = bench_file_row(file, name);
	int status = read_repetition(file, entry, path, &r, error);
	status = status ? status : check_percent(file, entry, path, row, &r, error);
	if (status)
		return status;
	snprintf(where, sizeof where, "%s.repetitions", path);
	if (r.of != all)
		return json_file_refuse(&file->json, where, error, "as many in every row",
					"%s: found %lld, %lld before", name, (long long)r.of,
					(long long)all);
	snprintf(where, sizeof where, "%s.repetition_index", path);
	bool *place = &seen[(row - file->rows) * all + r.index];
	if (*place)
		return json_file_refuse(&file->json, where, error, "every row once",
					"%s: found repetition %lld twice", name,
					(long long)r.index);
	*place = true;
	return 0;
}

/* Checked first: the repetitions of all rows are then as many as there are entries. */
static int check_counts(const struct bench_file *file, int64_t all, struct error *error)
{
	for (int i = 0; i < file->row_count; i++) {
		const struct bench_row *row = &file->rows[i];
		char path[48], expected[64];
		snprintf(path, sizeof path, "benchmarks[%d]", row->entry);
		snprintf(expected, sizeof expected, "every row once, with %lld repetitions",
			 (long long)all);
		if (row->count != all)
			return json_file_refuse(&file->json, path, error, expected,
						"%s: found %d repetitions", row->name, row->count);
	}
	return 0;
}

static int check_entries(const struct bench_file *file, struct error *error)
{
	const json_t *entries = json_object_get(file->json.root, "benchmarks");
	const int count = (int)json_array_size(entries);
	int64_t all = 0;
	int status = json_file_get_integer(&file->json, json_array_get(entries, 0), "benchmarks[0]",
					   "repetitions", true, CHECK_LEAST_REPETITIONS, 1000000,
					   &all, error);
	status = status < 0 ? status : check_counts(file, all, error);
	if (status)
		return status;
	bool *seen = array_zeroed(file->row_count * all, sizeof *seen);
	if (!seen)
		return error_no_memory(error, file->json.name);
	for (int i = 0; !status && i < count; i++)
		status = check_entry(file, i, all, seen, error);
	free(seen);
	return status;
}

int bench_check_file(const struct bench_file *file, struct error *error)
{
	char expected[48];
	snprintf(expected, sizeof expected, "all %d rows of its suite", file->suite_rows);
	if (file->row_count != file->suite_rows)
		return json_file_refuse(&file->json, "benchmarks", error, expected, "found %d rows",
					file->row_count);
	int status = check_context(file, error);
	return status ? status : check_entries(file, error);
}

/* Where two texts part, and the line there of each. */
static int refuse_csv(const char *name, const char *found, const char *wanted, struct error *error)
{
	long line = 1, column = 1;
	size_t begin = 0, i = 0;
	for (; found[i] && found[i] == wanted[i]; i++) {
		column++;
		if (found[i] == '\n') {
			line++;
			column = 1;
			begin = i + 1;
		}
	}
	char expected[160];
	snprintf(expected, sizeof expected, "\"%.*s\", by the JSON beside it",
		 (int)(strcspn(wanted + begin, "\n") < 120 ? strcspn(wanted + begin, "\n") : 120),
		 wanted + begin);
	const size_t length = strcspn(found + begin, "\n");
	return error_set(error, ERROR_INPUT, name, line, column, NULL, expected, "found \"%.*s\"",
			 (int)(length < 120 ? length : 120), found + begin);
}

int bench_check_csv(const struct bench_file *file, struct error *error)
{
	char name[PATH_MAX], *found = NULL, *wanted = NULL;
	size_t length = strlen(file->json.name), found_size, wanted_size;
	if (length < 5 || strcmp(file->json.name + length - 5, ".json") != 0)
		return error_set(error, ERROR_INPUT, file->json.name, 0, 0, NULL,
				 "a name that ends with .json", "found another");
	int status =
	    path_make(name, sizeof name, error, "%.*s.csv", (int)(length - 5), file->json.name);
	status = status ? status : text_file_read(name, &found, &found_size, error);
	status = status ? status : bench_file_csv(file, &wanted, &wanted_size, error);
	if (!status && (found_size != wanted_size || memcmp(found, wanted, wanted_size) != 0))
		status = refuse_csv(name, found, wanted, error);
	free(found);
	free(wanted);
	return status;
}

static bool in_suite(const char *name)
{
	const struct suite_row *row = suite_rows();
	while (row && strcmp(row->name, name) != 0)
		row = row->next;
	return row != NULL;
}

/* The rows are listed last first: the first that is missing is the last one found. */
static const char *missing_row(const struct bench_file *file, int *count)
{
	const char *missing = NULL;
	*count = 0;
	for (const struct suite_row *row = suite_rows(); row; row = row->next) {
		if (bench_file_row(file, row->name))
			continue;
		missing = row->name;
		++*count;
	}
	return missing;
}

int bench_check_suite(const struct bench_file *file, struct error *error)
{
	char path[48];
	for (int i = 0; i < file->row_count; i++) {
		if (in_suite(file->rows[i].name))
			continue;
		snprintf(path, sizeof path, "benchmarks[%d].run_name", file->rows[i].entry);
		return json_file_refuse(&file->json, path, error,
					"a row of `bench --benchmark_list_tests=true`",
					"found \"%.80s\"", file->rows[i].name);
	}
	int count;
	const char *missing = missing_row(file, &count);
	if (!missing)
		return 0;
	return json_file_refuse(&file->json, "benchmarks", error,
				"all rows of `bench --benchmark_list_tests=true`",
				"no row \"%s\", %d missing in all", missing, count);
}

static int refuse_hash(const struct bench_file *file, const struct bench_row *row,
		       const struct bench_file *other, struct error *error)
{
	char path[48], expected[512];
	snprintf(path, sizeof path, "benchmarks[%d].label", row->entry);
	snprintf(expected, sizeof expected, "xxh3=%s, as in %.300s: equal outputs on every CPU",
		 bench_file_row(other, row->name)->hash, other->json.name);
	json_file_refuse(&file->json, path, error, expected, "%s: found xxh3=%s", row->name,
			 row->hash);
	return error->status = ERROR_CHECK;
}

/* Needed where the rules were others. */
static int check_confirmed(const struct bench_file *file, const struct bench_row *row, bool found,
			   struct error *error)
{
	char expected[96];
	if (found || bench_file_contract(file) == CONTRACT_VERSION || !strcmp(row->hash, "none"))
		return 0;
	snprintf(expected, sizeof expected, "%d, or outputs that all are those of other files",
		 CONTRACT_VERSION);
	return json_file_refuse(&file->json, "context.contract", error, expected,
				"found %s, and no other file has %s", file->contract, row->name);
}

int bench_check_hashes(const struct bench_file *file, const struct bench_file *others, int count,
		       struct check_agreement *agreement, struct error *error)
{
	bool *met = calloc((size_t)count + 1, sizeof *met);
	int status = met ? 0 : error_no_memory(error, file->json.name);
	*agreement = (struct check_agreement){0};
	for (int i = 0; !status && i < file->row_count; i++) {
		const struct bench_row *row = &file->rows[i];
		bool found = false;
		for (int f = 0; !status && f < count; f++) {
			const struct bench_row *other =
			    &others[f] == file ? NULL : bench_file_row(&others[f], row->name);
			if (!other)
				continue;
			found = met[f] = true;
			if (strcmp(other->hash, row->hash) != 0)
				status = refuse_hash(file, row, &others[f], error);
		}
		agreement->rows += found && strcmp(row->hash, "none") != 0;
		status = status ? status : check_confirmed(file, row, found, error);
	}
	for (int f = 0; f < count; f++)
		agreement->files += met && met[f];
	free(met);
	return status;
}
