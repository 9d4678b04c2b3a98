/* SPDX-License-Identifier: Apache-2.0 */
/* What the program stored, read back: records, weights, tables, traces, caches. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/bench/bench_file.h"
#include "harness/command_verify.h"
#include "harness/data_cache.h"
#include "harness/dataset.h"
#include "harness/forecast.h"
#include "harness/golden.h"
#include "harness/run_file.h"
#include "harness/table.h"
#include "models/checkpoint.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA = 4096 };

static void read_weights(const struct arch *arch, const char *name)
{
	static float arena[ARENA], again[ARENA];
	struct error error = {0};
	size_t count = (size_t)arch_count(arch).total_params;
	FUZZ_CHECK(count < ARENA);
	fuzz_poison(arena, sizeof arena);
	int status = checkpoint_read(name, arch, arena, &error);
	fuzz_status(status, &error);
	FUZZ_CHECK(fuzz_poisoned(arena + count, sizeof arena - count * sizeof *arena));
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(arena, sizeof arena));
		return;
	}
	char hex[65];
	checkpoint_weights_sha256(arch, arena, hex);
	FUZZ_CHECK(strspn(hex, "0123456789abcdef") == 64);
	FUZZ_CHECK(checkpoint_read(name, arch, again, &error) == 0);
	FUZZ_CHECK(memcmp(arena, again, count * sizeof *arena) == 0);
}

void fuzz_safetensors(const uint8_t *bytes, size_t size)
{
	/* The one that tests/bad/safetensors is for, and a small mixture. */
	struct arch dense = arch_dense(SIZE_NANO, 2, 2, 2, 0);
	struct arch moe = arch_moe(SIZE_NANO, 2, 2, ROUTER_SOFTMAX_ONLY, 0);
	const char *name = fuzz_file(0, bytes, size);
	dense.hidden_dim = moe.hidden_dim = 2;
	dense.expert_depth = moe.expert_depth = 1;
	read_weights(&dense, name);
	read_weights(&moe, name);
}

void fuzz_run(const uint8_t *bytes, size_t size)
{
	struct run_file run;
	struct error error = {0};
	fuzz_poison(&run, sizeof run);
	int status = run_file_read(&run, fuzz_file(0, bytes, size), &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&run, sizeof run));
		return;
	}
	FUZZ_CHECK(strlen(run.run_id) == 16);
	FUZZ_CHECK(run.seed >= 0 && run.steps >= 0 && run.peak_memory >= 0);
	FUZZ_CHECK(run.metric_count > 0 && run_file_metric(&run, run.primary_metric) != NULL);
	FUZZ_CHECK(isfinite(run_file_primary(&run)) && isfinite(run.train_loss));
	for (int64_t i = 0; i < run.metric_count; i++)
		FUZZ_CHECK(isfinite(run.metric[i].value));
	run_file_free(&run);
}

void fuzz_runlog(const uint8_t *bytes, size_t size)
{
	struct run_log log;
	struct error error = {0};
	fuzz_poison(&log, sizeof log);
	int status = run_log_read(&log, fuzz_file(0, bytes, size), "accuracy", &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&log, sizeof log));
		return;
	}
	FUZZ_CHECK(log.epochs >= 0);
	for (int64_t i = 0; i < log.epochs; i++)
		FUZZ_CHECK(isfinite(log.values[i]));
	run_log_free(&log);
}

static char *table_text(const struct table *table, void (*write)(FILE *, const struct table *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	FUZZ_CHECK(out != NULL);
	write(out, table);
	FUZZ_CHECK(fclose(out) == 0 && text != NULL);
	return text;
}

/* What a table is written as is read as the same table. */
static void check_table_again(const struct table *table)
{
	struct table again;
	struct error error = {0};
	char *text = table_text(table, table_write_json);
	if (table_read(&again, fuzz_file(1, text, strlen(text)), &error) != 0) {
		error_print(stderr, &error);
		fuzz_fail(__FILE__, __LINE__, "a written table is read");
	}
	char *text_again = table_text(&again, table_write_json);
	FUZZ_CHECK(strcmp(text, text_again) == 0);
	free(text);
	free(text_again);
	table_free(&again);
}

void fuzz_table(const uint8_t *bytes, size_t size)
{
	struct table table;
	struct error error = {0};
	fuzz_poison(&table, sizeof table);
	int status = table_read(&table, fuzz_file(0, bytes, size), &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&table, sizeof table));
		return;
	}
	for (int64_t r = 0; r < table.row_count; r++) {
		const struct table_row *row = &table.row[r];
		FUZZ_CHECK(row->runs >= 0 && row->planned >= 0 && row->metric_count >= 0);
		for (int m = 0; m < row->metric_count; m++)
			for (int64_t i = 0; i < row->runs; i++)
				FUZZ_CHECK(isfinite(row->metric[m].values[i]));
	}
	free(table_text(&table, table_write_csv));
	free(table_text(&table, table_write_markdown));
	free(table_text(&table, table_write_latex));
	check_table_again(&table);
	table_free(&table);
}

void fuzz_bench(const uint8_t *bytes, size_t size)
{
	struct bench_file file;
	struct error error = {0};
	fuzz_poison(&file, sizeof file);
	int status = bench_file_read(&file, fuzz_file(0, bytes, size), &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&file, sizeof file));
		return;
	}
	for (int r = 0; r < file.row_count; r++) {
		const struct bench_row *row = &file.rows[r];
		FUZZ_CHECK(row->count > 0 && row->name != NULL);
		for (int i = 0; i < row->count; i++) {
			FUZZ_CHECK(isfinite(row->times[i]) && isfinite(row->percents[i]));
			FUZZ_CHECK(i == 0 || row->times[i] >= row->times[i - 1]);
		}
		FUZZ_CHECK(bench_file_row(&file, row->name) != NULL);
	}
	bench_file_free(&file);
}

void fuzz_golden(const uint8_t *bytes, size_t size)
{
	struct golden golden;
	struct error error = {0};
	fuzz_poison(&golden, sizeof golden);
	int status = golden_read(&golden, fuzz_file(0, bytes, size), &error);
	fuzz_status(status, &error);
	if (status) {
		FUZZ_CHECK(fuzz_poisoned(&golden, sizeof golden));
		return;
	}
	FUZZ_CHECK(golden.contract >= 1 && golden.count >= 0);
	for (int64_t i = 0; i < golden.count; i++) {
		FUZZ_CHECK(golden_find(&golden, golden.runs[i].run_id) == &golden.runs[i]);
		FUZZ_CHECK(strspn(golden.runs[i].weights_sha256, "0123456789abcdef") == 64);
	}
	golden_free(&golden);
}

/* A trace next to itself: read to its end, and nothing differs. */
void fuzz_trace(const uint8_t *bytes, size_t size)
{
	struct error error = {0};
	const char *name = fuzz_file(0, bytes, size);
	fuzz_status(verify_bisect(name, name, &error), &error);
}

/* A folder of its own with a small data file and the cache beside it. */
struct cache_place {
	char folder[64], data[96], cache[96], key[512];
	int64_t input, output, rows;
	struct task task;
};

static void remove_place(void);
static struct cache_place place;

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *out = fopen(name, "wb");
	FUZZ_CHECK(out != NULL);
	FUZZ_CHECK(fwrite(bytes, 1, size, out) == size && fclose(out) == 0);
}

static void make_place(void)
{
	static const char rows[] = "1,a,low,yes\n2,b,high,no\n3,a,low,yes\n4,b,high,no\n"
				   "5,a,low,yes\n6,b,high,no\n7,a,low,yes\n8,b,high,no\n";
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	struct error error = {0};
	snprintf(place.folder, sizeof place.folder, "%.40s/fuzz.XXXXXX", base ? base : "/tmp");
	FUZZ_CHECK(mkdtemp(place.folder) != NULL);
	atexit(remove_place);
	snprintf(place.data, sizeof place.data, "%s/data.csv", place.folder);
	snprintf(place.cache, sizeof place.cache, "%s/data-hashes", place.folder);
	write_file(place.data, rows, sizeof rows - 1);
	FUZZ_CHECK(task_read(&place.task, "tests/fuzz/tiny.json", NULL, &error) == 0);
	free(place.task.files[0].path);
	place.task.files[0].path = strdup(place.data);
	FUZZ_CHECK(place.task.files[0].path != NULL);
	char hex[65];
	FUZZ_CHECK(dataset_hash(&place.task, NULL, hex, &error) == 0);
	snprintf(place.key, sizeof place.key, "dims %s", hex);
	FUZZ_CHECK(
	    dataset_dims(&place.task, NULL, &place.input, &place.output, &place.rows, &error) == 0);
}

static void remove_place(void)
{
	task_free(&place.task);
	unlink(place.data);
	unlink(place.cache);
	rmdir(place.folder);
}

/* '@' stands for the key of the data's dims. */
void fuzz_cache(const uint8_t *bytes, size_t size)
{
	struct error error = {0};
	char hex[65], value[128];
	int64_t input = 0, output = 0, rows = 0;
	if (place.folder[0] == '\0')
		make_place();
	FILE *out = fopen(place.cache, "wb");
	FUZZ_CHECK(out != NULL);
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '@')
			fputs(place.key, out);
		else
			fputc(bytes[i], out);
	}
	FUZZ_CHECK(fclose(out) == 0);
	data_cache_get(place.folder, "some key", value, sizeof value);
	/* Whatever the cache says, dims are those of the data. */
	int status = dataset_dims(&place.task, place.folder, &input, &output, &rows, &error);
	FUZZ_CHECK(status == 0);
	FUZZ_CHECK(input == place.input && output == place.output && rows == place.rows);
	FUZZ_CHECK(dataset_hash(&place.task, place.folder, hex, &error) == 0);
}

/* Times as they are shown: digits and colons, whatever was measured or remembered. */
void fuzz_clock(const uint8_t *bytes, size_t size)
{
	double seconds[8] = {0.0};
	char text[64];
	size_t used = size < sizeof seconds ? size : sizeof seconds;
	memcpy(seconds, bytes, used);
	int64_t count = (int64_t)(used / sizeof *seconds);
	double total = 0.0;
	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(seconds[i]) || seconds[i] < 0.0)
			seconds[i] = 0.0;
		forecast_clock(seconds[i], text, sizeof text);
		FUZZ_CHECK(memchr(text, '\0', sizeof text) != NULL);
		FUZZ_CHECK(text[0] != '\0' && text[strspn(text, "0123456789:")] == '\0');
		total += seconds[i];
	}
	for (int workers = 1; count > 0 && workers <= 4; workers++) {
		double end = forecast_makespan(seconds, count, workers);
		FUZZ_CHECK(end >= 0.0 && end <= total * 1.0000001);
	}
}
