/* SPDX-License-Identifier: Apache-2.0 */
/* What the program stored, read back: records, weights, tables, traces, caches. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/bench/result_check.h"
#include "harness/bench/result_file.h"
#include "harness/audit/verify.h"
#include "harness/tasks/cache.h"
#include "harness/tasks/dataset.h"
#include "harness/forecast/forecast.h"
#include "harness/runs/golden.h"
#include "harness/runs/file.h"
#include "harness/tables/table.h"
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
	fuzz_status(bench_check_file(&file, &error), &error);
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
