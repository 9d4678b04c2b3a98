/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails in turn: what is being read or made says that there is no memory, or does
 * without and is the same; nothing crashes, and the next time all is there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/paper/paper.h"
#include "harness/tables/comparisons.h"
#include "harness/tasks/dataset.h"
#include "harness/runs/golden.h"
#include "harness/runs/file.h"
#include "harness/runs/search.h"
#include "models/arch.h"
#include "foundation/memory_stream.h"
#include "tests/tables/table_fixture.h"

/* Allocations until the one that fails; negative: none does. */
static int64_t left = -1;

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* clang's name for it */
#endif
#endif

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool fails(void)
{
	if (left < 0 || left-- > 0)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
enum { REPLACED = 1 };
#else
enum { REPLACED = 0 };
#endif

/* Does it, looks whether it is right, and gives it back. */
typedef int attempt(struct error *error);

/* Asked before a test takes what a skipped one would leave. */
static void need_own_allocator(void)
{
	if (!REPLACED)
		skip(); /* another allocator, as a sanitizer's */
}

/* Every `step`th allocation fails in turn. */
static void fail_every(int64_t step, attempt *try)
{
	struct error error;
	need_own_allocator();
	/* What is made once in a process is there. */
	assert_int_equal(try(&error), 0);
	for (int64_t at = 0;; at += step) {
		memset(&error, 0, sizeof error);
		left = at;
		const int status = try(&error);
		const bool none_failed = left >= 0;
		left = -1;
		if (status && status != ERROR_MACHINE)
			fail_msg("allocation %lld failed: status %d, \"%s\"", (long long)at, status,
				 error.what);
		assert_true(!status || strstr(error.what, "memory"));
		if (none_failed) {
			assert_int_equal(status, 0);
			break;
		}
		assert_int_equal(try(&error), 0);
	}
}

static void fail_each(attempt *try)
{
	fail_every(1, try);
}

/* All of it, or an error. */
static int write_memory(struct error *error)
{
	enum { LINES = 300, LINE = 100 };
	char *text;
	size_t size;
	FILE *out = memory_stream_open(&text, &size);
	if (!out) {
		assert_null(text);
		return error_no_memory(error, NULL);
	}
	for (int i = 0; i < LINES; i++)
		fprintf(out, "%*d\n", LINE - 1, i);
	const bool lost = ferror(out) || ftell(out) != (long)LINES * LINE;
	if (fclose(out) || lost) {
		free(text);
		return error_no_memory(error, NULL);
	}
	assert_int_equal(size, LINES * LINE);
	assert_int_equal(strlen(text), size);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(strtol(text + i * LINE, NULL, 10), i);
	free(text);
	return 0;
}

static int make_arch_text(struct error *error)
{
	static char expected[2048];
	const struct arch arch = arch_moe(SIZE_NANO, 96, 20, ROUTER_SHEAF_PADIC, 7);
	char *text = arch_to_json(&arch);
	if (!text)
		return error_no_memory(error, NULL);
	if (!expected[0])
		memcpy(expected, text, strlen(text) + 1);
	assert_string_equal(text, expected);
	free(text);
	return 0;
}

static int read_runs(struct error *error)
{
	struct run_list list;
	int status = run_list_read(&list, fixture_results, error);
	if (status)
		return status;
	assert_int_equal(list.count, 7);
	for (size_t i = 0; i < list.count; i++) {
		assert_int_equal(strlen(list.run[i].id), 16);
		assert_non_null(strstr(list.run[i].folder, list.run[i].id));
	}
	run_list_free(&list);
	return 0;
}

static int read_record(struct error *error)
{
	struct table_fixture fixture;
	struct run_file run;
	char name[256];
	table_fixture_make(&fixture);
	snprintf(name, sizeof name, "%s/fixture/runs/%s/run.json", fixture_results,
		 fixture.runs[0].run_id);
	int status = run_file_read(&run, name, error);
	if (status)
		return status;
	assert_string_equal(run.run_id, fixture.runs[0].run_id);
	assert_true(run.metric_count > 0);
	run_file_free(&run);
	return 0;
}

static int build_table(struct error *error)
{
	struct table_fixture fixture;
	struct table table;
	table_fixture_make(&fixture);
	int status = table_build(&table, &fixture.plan, fixture_results, error);
	if (status)
		return status;
	assert_int_equal(table.runs, 7);
	assert_true(table_row_primary(&table.row[0])->statistics.mean == 0.75);
	table_free(&table);
	return 0;
}

static struct table table;

static int compare(struct error *error)
{
	static double holm[16];
	static int64_t known;
	struct comparisons made;
	int status = comparisons_make(&made, &table, error);
	if (status)
		return status;
	assert_in_range(made.pair_count, 1, 16);
	assert_true(made.family > 0);
	for (int64_t i = 0; i < made.pair_count; i++) {
		if (known == 0)
			holm[i] = made.pair[i].holm;
		assert_true(made.pair[i].holm == holm[i]);
	}
	known = made.pair_count;
	comparisons_free(&made);
	return 0;
}

static struct paper_source source;

/* Every part, the first time as later. */
static int generate_paper(struct error *error)
{
	static const char *const keys[] = {
	    "finding",    "protocol",  "params",  "tuning",     "ablation-table", "comparisons",
	    "across",     "verdict",   "reached", "curves",     "limits",         "reproducibility",
	    "throughput", "peers",     "answers", "matching",   "controls",       "sensitivity",
	    "collapse",   "wall-time", "routers", "valuations", "cost",           "conclusion"};
	static char *expected;
	char parts[4096] = "", *text = NULL;
	size_t size, used = 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		used += (size_t)snprintf(parts + used, sizeof parts - used,
					 "<!-- generated:%s -->\n<!-- /generated:%s -->\n", keys[i],
					 keys[i]);
	int status = paper_generate("P.md", parts, used, &source, &text, &size, error);
	if (status)
		return status;
	if (expected) {
		assert_string_equal(text, expected);
		free(text);
	} else {
		expected = text;
	}
	return 0;
}

static int read_golden(struct error *error)
{
	struct golden golden;
	int status = golden_read(&golden, "results/golden/smoke.json", error);
	if (status)
		return status;
	assert_int_equal(golden.count, 16);
	golden_free(&golden);
	return 0;
}

/* What is written is whole: no name of it is lost for lack of memory. */
static int write_golden(struct error *error)
{
	static struct golden_run run = {
	    "0123456789abcdef", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
	static char name[] = "/tmp/test_allocation.XXXXXX";
	const struct golden made = {.contract = 2, .runs = &run, .count = 1};
	struct golden golden;
	if (name[sizeof name - 2] == 'X')
		close(mkstemp(name));
	int status = golden_write(name, &made, error);
	status = status ? status : golden_read(&golden, name, error);
	unlink(name);
	if (status)
		return status;
	assert_int_equal(golden.count, 1);
	assert_int_equal(golden.contract, 2);
	assert_string_equal(golden.runs[0].run_id, run.run_id);
	assert_string_equal(golden.runs[0].weights_sha256, run.weights_sha256);
	golden_free(&golden);
	return 0;
}

static int load_data(struct error *error)
{
	struct task task;
	struct dataset data;
	int status = task_read(&task, "tests/good/tables/texts.json", NULL, error);
	if (status)
		return status;
	status = dataset_load(&data, &task, error);
	if (!status) {
		assert_true(data.rows == 7 && data.output_dim == 2);
		dataset_free(&data);
	}
	task_free(&task);
	return status;
}

static void test_memory(void **state)
{
	char *text;
	size_t size;
	(void)state;
	fail_each(write_memory);
	FILE *out = memory_stream_open(&text, &size);
	assert_non_null(out);
	assert_string_equal(text, "");
	fputs("a", out);
	fflush(out);
	assert_string_equal(text, "a");
	fputs("b", out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "ab");
	assert_int_equal(size, 2);
	free(text);
}

static void test_arch_text(void **state)
{
	(void)state;
	fail_each(make_arch_text);
}

static void test_runs(void **state)
{
	(void)state;
	fail_each(read_runs);
}

static void test_record(void **state)
{
	(void)state;
	fail_each(read_record);
}

static void test_table(void **state)
{
	(void)state;
	fail_each(build_table);
}

static void test_comparisons(void **state)
{
	struct table_fixture fixture;
	(void)state;
	need_own_allocator();
	table_fixture_make(&fixture);
	assert_int_equal(table_build(&table, &fixture.plan, fixture_results, NULL), 0);
	fail_each(compare);
	table_free(&table);
}

/* A row or two of what is measured. */
static void measure(struct measured *measured)
{
	static const char *const tables[MEASURED_COUNT] = {
	    [MEASURED_REPRODUCIBILITY] =
		"kind,compiler,config,status,digest\nnative,gcc,c,same,d\n",
	    [MEASURED_THROUGHPUT] = "row,file,cpu,isa,blis,rate,rate_unit\ntrain/a,f,c,v3,b,1,g\n",
	    [MEASURED_PEERS] = "group,case,peer,unit,median,ratio,ratio_min,ratio_max,status\n"
			       "gemm,c,BLIS,s,1,2,1,3,measured\ntrain,c,FANN,s,1,2,1,3,measured\n",
	    [MEASURED_STEP_TIME] = "task,arm,seed,microseconds\na,SheafOnly,1,3\n"
				   "a,SheafOnly,2,4\na,SoftmaxOnly,1,2\na,SoftmaxOnly,2,2\n",
	    [MEASURED_WALL_TIME] = "task,metric,arm,epoch,seconds,value\na,loss,Dense,1,2,3\n",
	};
	for (int i = 0; i < MEASURED_COUNT; i++) {
		assert_int_equal(csv_table_parse(&measured->table[i], "m.csv", tables[i],
						 strlen(tables[i]), ',', true, NULL),
				 0);
		measured->there[i] = true;
	}
}

static void test_paper(void **state)
{
	struct table_fixture fixture;
	struct comparisons comparisons;
	struct measured measured = {0};
	struct studies studies = {0};
	(void)state;
	need_own_allocator();
	table_fixture_make(&fixture);
	assert_int_equal(table_build(&table, &fixture.plan, fixture_results, NULL), 0);
	for (int64_t i = 0; i < table.row_count; i++)
		snprintf(table.row[i].variant, sizeof table.row[i].variant,
			 "router.overlap_penalty=0.1");
	assert_int_equal(comparisons_make(&comparisons, &table, NULL), 0);
	measure(&measured);
	studies.of[STUDY_SENSITIVITY] =
	    (struct study){.there = true, .table = table, .asked = comparisons};
	source =
	    (struct paper_source){&fixture.plan, &table, &table, &comparisons, &measured, &studies};
	/* A prime, so that sequences that repeat fail in different places. */
	fail_every(17, generate_paper);
	measured_free(&measured);
	comparisons_free(&comparisons);
	table_free(&table);
}

static void test_golden(void **state)
{
	(void)state;
	fail_each(read_golden);
	fail_each(write_golden);
}

static void test_data(void **state)
{
	(void)state;
	fail_each(load_data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_memory), cmocka_unit_test(test_arch_text),
	    cmocka_unit_test(test_runs),   cmocka_unit_test(test_record),
	    cmocka_unit_test(test_table),  cmocka_unit_test(test_comparisons),
	    cmocka_unit_test(test_paper),  cmocka_unit_test(test_golden),
	    cmocka_unit_test(test_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
