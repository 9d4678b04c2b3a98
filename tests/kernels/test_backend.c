/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a path: what is refused, BLIS's sub-configurations against the oracle in processes
 * of their own, and that nothing starts on a machine that computes otherwise. */
#include <math.h>
#include <dirent.h>
#include <fenv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/backend.h"
#include "kernels/blis_gemm.h"
#include "foundation/clock.h"
#include "kernels/cpu.h"
#include "kernels/profile.h"
#include "kernels/random.h"
#include "tests/kernels/kernel_case.h"

static void test_open_refuses(void **state)
{
	(void)state;
	struct backend backend;
	struct error error;
	assert_int_equal(backend_open(&backend, "v9", "none", &error), ERROR_INPUT);
	assert_string_equal(error.what, "unknown level \"v9\"");
	assert_int_equal(backend_open(&backend, "auto", "mkl", &error), ERROR_INPUT);
	assert_int_equal(backend_open(&backend, NULL, "oracle", &error), 0);
	assert_ptr_equal(backend.table, &kernel_table_oracle);
	assert_null(backend.blis);
	backend_close(&backend);
}

/* Another rounding mode makes the oracle itself wrong: nothing may start. */
static void test_broken_machine(void **state)
{
	(void)state;
	struct backend backend;
	struct error error;
	assert_null(backend_check_oracle());
	if (fesetround(FE_UPWARD))
		skip();
	int status = backend_open(&backend, NULL, NULL, &error);
	fesetround(FE_TONEAREST);
	assert_int_equal(status, ERROR_MACHINE);
	assert_non_null(strstr(error.what, "known answers"));
#if defined(__x86_64__)
	/* Flush to zero, as -ffast-math of some library sets it. */
	unsigned mode = __builtin_ia32_stmxcsr();
	__builtin_ia32_ldmxcsr(mode | 0x8040);
	status = backend_open(&backend, NULL, NULL, &error);
	__builtin_ia32_ldmxcsr(mode);
	assert_int_equal(status, ERROR_MACHINE);
#endif
	assert_null(backend_check_oracle());
}

/* In the child, without cmocka: true when all is equal. */
static bool blis_shapes_equal(const struct backend *backend)
{
	struct random_stream stream;
	int cases = case_count() * 3 / 4 / (int)CASE_KINDS;
	random_open(&stream, 1, "test", backend->blis_name);
	for (enum case_content content = 0; content < CASE_KINDS; content++) {
		case_fill(&stream, content);
		for (int i = 0; i < cases; i++) {
			struct shape shape = case_draw(&stream, i % 2 ? 520 : 40);
			/* What dispatch may give to BLIS: nothing is 0, steps are 1. */
			shape.m += shape.m == 0;
			shape.n += shape.n == 0;
			shape.k += shape.k == 0;
			shape.form &= 7;
			case_begin(&shape);
			struct gemm_args fast = case_gemm(&case_sides[0], &shape);
			struct gemm_args oracle = case_gemm(&case_sides[1], &shape);
			blis_gemm_run(backend->blis, &fast);
			kernel_table_oracle.gemm(&oracle);
			if (case_difference(&shape, false) >= 0)
				return false;
		}
	}
	return true;
}

/* Through the dispatch, where its rules turn to BLIS, and small or empty products: form bit 0
 * transposes A, bit 1 B. */
enum { DISPATCH_SHAPES = 15 };
static bool dispatch_equal(const struct backend *backend)
{
	enum { LARGEST = 520 * 520 };
	static const int shapes[DISPATCH_SHAPES][4] = {
	    {1, 1, 1, 0},       {3, 5, 0, 0},       {0, 5, 3, 0},       {128, 4, 96, 1},
	    {192, 512, 512, 0}, {191, 512, 512, 0}, {384, 385, 260, 0}, {128, 256, 300, 2},
	    {127, 256, 300, 2}, {257, 256, 96, 1},  {256, 255, 96, 1},  {60, 520, 300, 0},
	    {64, 300, 520, 2},  {50, 300, 520, 0},  {520, 300, 40, 1}};
	float *memory = malloc(4 * (size_t)LARGEST * sizeof *memory);
	if (!memory)
		return false;
	struct random_stream stream;
	random_open(&stream, 2, "test", backend->blis_name);
	case_fill(&stream, CASE_PLAIN);
	float *a = memory, *b = a + LARGEST, *c = b + LARGEST, *expected = c + LARGEST;
	for (int i = 0; i < 4 * LARGEST; i++)
		memory[i] = case_pool.buffer[i % CASE_BUFFERS][i % CASE_SPAN];
	memcpy(expected, c, LARGEST * sizeof *c);
	bool equal = true;
	for (size_t i = 0; i < DISPATCH_SHAPES; i++) {
		int64_t m = shapes[i][0], n = shapes[i][1], k = shapes[i][2];
		bool ta = shapes[i][3] & 1, tb = shapes[i][3] & 2;
		struct gemm_args g = {.m = m,
				      .n = n,
				      .k = k,
				      .a = a,
				      .rsa = ta ? 1 : k,
				      .csa = ta ? m : 1,
				      .b = b,
				      .rsb = tb ? 1 : n,
				      .csb = tb ? k : 1,
				      .c = c,
				      .ldc = n,
				      .accumulate = true};
		backend_gemm(backend, &g);
		g.c = expected;
		kernel_table_oracle.gemm(&g);
		equal = equal && !memcmp(c, expected, LARGEST * sizeof *c);
	}
	free(memory);
	return equal;
}

/* In the child: 0, or a number that says where it went wrong. */
static int run_blis(const char *name, int conforms)
{
	struct backend backend;
	struct error error;
	if (backend_open(&backend, "auto", name, &error))
		return 2;
	if (!conforms)
		return backend.blis || !backend.warning[0] || strcmp(backend.blis_name, "none") ? 3
												: 0;
	if (!backend.blis || backend.warning[0] || strcmp(backend.blis_name, name))
		return 4;
	/* Asked for by name it computes every product but the two empty ones. */
	static struct profile profile;
	struct backend counted = backend;
	profile_attach(&profile, &counted);
	profile_begin(&profile);
	bool equal = dispatch_equal(&counted);
	profile_end(&profile);
	bool everywhere = profile.op[PROFILE_GEMM_BLIS].calls == DISPATCH_SHAPES - 2;
	backend.blis_everywhere = false;
	int result = !blis_shapes_equal(&backend)          ? 5
		     : !equal || !dispatch_equal(&backend) ? 6
		     : !everywhere                         ? 7
							   : 0;
	backend_close(&backend);
	return result;
}

/* BLIS takes its choice, and its threads, once per process. */
static int in_child(int (*run)(const char *, int), const char *name, int value)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(run(name, value));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + status;
}

static void test_file_stem(void **state)
{
	(void)state;
	static const struct {
		const char *model, *architecture;
		size_t size;
		const char *stem;
	} cases[] = {
	    {"AMD EPYC 7B13", "x86_64", 64, "amd-epyc-7b13-v3"},
	    {"Intel(R) Xeon(R) CPU @ 2.20GHz", "x86_64", 64, "intel-r-xeon-r-cpu-2-20ghz-v3"},
	    {"", "aarch64", 64, "aarch64-v3"},
	    {" (C) \xc3\x84 9 - ", "x86_64", 64, "c-9-v3"},
	    {"-", "x86_64", 64, "-v3"},
	    {"AMD EPYC 7B13", "x86_64", 12, "amd-epyc-v3"}, /* cut at the '-' */
	    {"AMD EPYC 7B13", "x86_64", 13, "amd-epyc-v3"},
	    {"AMD EPYC 7B13", "x86_64", 14, "amd-epyc-7-v3"},
	    {"AMD EPYC 7B13", "x86_64", 16, "amd-epyc-7b1-v3"},
	    {"AMD EPYC 7B13", "x86_64", 17, "amd-epyc-7b13-v3"},
	    {"AMD EPYC 7B13", "x86_64", 5, "a-v3"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cpu cpu = {.features = CPU_AVX2};
		char stem[64];
		/* What is read before it is written is found. */
		memset(stem, '-', sizeof stem);
		snprintf(cpu.model, sizeof cpu.model, "%s", cases[i].model);
		snprintf(cpu.architecture, sizeof cpu.architecture, "%s", cases[i].architecture);
		cpu_file_stem(&cpu, "v3", stem, cases[i].size);
		assert_string_equal(stem, cases[i].stem);
	}
}

/* A level needs what its flags let the compiler use. */
static void test_needs(void **state)
{
	static const struct cpu half = {.features = CPU_FMA | CPU_AVX512}, none = {.features = 0};
	(void)state;
	assert_null(kernel_table_named("oracle"));
	assert_null(blis_gemm_find("none"));
	assert_true(cpu_has(&none, kernel_table_named("baseline")->needs));
	assert_false(cpu_has(&half, blis_gemm_find("haswell")->needs));
	assert_false(cpu_has(&half, blis_gemm_find("cortexa57")->needs));
	assert_true(cpu_has(&none, blis_gemm_find("generic")->needs));
	for (int i = 1; kernel_tables[i]; i++) {
		assert_ptr_equal(kernel_table_named(kernel_tables[i]->level), kernel_tables[i]);
		/* The next one needs all that this one does, and more. */
		assert_int_equal(kernel_tables[i - 1]->needs & ~kernel_tables[i]->needs, 0);
		assert_true(kernel_tables[i]->needs > kernel_tables[i - 1]->needs);
		assert_false(cpu_has(&half, kernel_tables[i]->needs));
	}
}

static void test_blis(void **state)
{
	(void)state;
	struct cpu cpu;
	cpu_detect(&cpu);
	const bool arm = strcmp(cpu.architecture, "aarch64") == 0,
		   wide = cpu_has(&cpu, CPU_AVX2 | CPU_FMA);
	const struct {
		const char *name;
		bool conforms, can;
	} names[] = {{"skx", true, wide && cpu_has(&cpu, CPU_AVX512)},
		     {"haswell", true, wide},
		     {"zen", true, wide},
		     {"zen2", true, wide},
		     {"zen3", true, wide},
		     {"excavator", true, wide},
		     {"generic", false, wide},
		     {"sandybridge", false, wide},
		     {"cortexa57", false, arm}};
	int run = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool can = names[i].can;
		int result = can ? in_child(run_blis, names[i].name, names[i].conforms) : -1;
		print_message("%s: %s\n", names[i].name,
			      result < 0          ? "not run"
			      : names[i].conforms ? "equal"
						  : "replaced");
		if (result > 0)
			fail_msg("BLIS %s: step %d of run_blis", names[i].name, result);
		run += can;
	}
	if (run == 0)
		skip();
}

/* Threads of this process; -1 where the system does not say. */
static int count_threads(void)
{
	int count = 0;
	DIR *folder = opendir("/proc/self/task");
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		count += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return folder ? count : -1;
}

/* In the child: 0 when a product of BLIS's left as many threads behind as it was told to use. */
static int run_threads(const char *name, int threads)
{
	static float a[96 * 300], b[300 * 96], c[96 * 96];
	struct backend backend;
	char number[16];
	struct error error;
	int before = count_threads(); /* emulators have one of their own */
	snprintf(number, sizeof number, "%d", threads);
	if (threads > 0)
		setenv("BLIS_NUM_THREADS", number, 1);
	else
		unsetenv("BLIS_NUM_THREADS");
	setenv("OMP_NUM_THREADS", threads > 0 ? "1" : "2", 1);
	/* With these it may take fewer. */
	unsetenv("OMP_DYNAMIC");
	unsetenv("OMP_THREAD_LIMIT");
	if (backend_open(&backend, "auto", name, &error) || !backend.blis)
		return 2;
	struct gemm_args g = gemm_rows(96, 96, 300, a, b, c);
	backend_gemm(&backend, &g);
	int found = count_threads() - before + 1;
	backend_close(&backend);
	return before < 0 ? 77 : found == (threads > 0 ? threads : 1) ? 0 : 3;
}

/* BLIS_NUM_THREADS counts, and nothing else does: OpenMP keeps its threads after a product. */
static void test_threads(void **state)
{
	(void)state;
	struct cpu cpu;
	cpu_detect(&cpu);
	if (!cpu_has(&cpu, CPU_AVX2 | CPU_FMA))
		skip();
	for (int threads = 0; threads < 4; threads++) {
		int status = in_child(run_threads, "haswell", threads);
		if (status == 77)
			skip();
		if (status)
			fail_msg("%d threads: step %d of run_threads", threads, status);
	}
}

/* The same shapes by our own GEMM, on every level that runs here. */
static void test_own_gemm(void **state)
{
	(void)state;
	for (int i = 0; kernel_tables[i]; i++) {
		struct backend backend;
		struct error error;
		if (backend_open(&backend, kernel_tables[i]->level, "none", &error))
			continue;
		assert_ptr_equal(backend.table, kernel_tables[i]);
		snprintf(backend.blis_name, sizeof backend.blis_name, "own"); /* of the data */
		assert_true(dispatch_equal(&backend));
		backend_close(&backend);
	}
}

/* What AltiVec does where Linux leaves it as it starts, and BLIS's kernels of aarch64. */
static void flushing_add(int64_t count, const float *x, const float *y, float *out)
{
	kernel_table_oracle.add(count, x, y, out);
	for (int64_t i = 0; i < count; i++)
		out[i] = fpclassify(out[i]) == FP_SUBNORMAL ? copysignf(0.0f, out[i]) : out[i];
}

static void flushing_norm_gelu(const struct norm_gelu_args *g)
{
	float *y = g->y;
	kernel_table_oracle.norm_gelu(g);
	for (int64_t i = 0; i < g->rows * g->n; i++)
		y[i] = fpclassify(y[i]) == FP_SUBNORMAL ? copysignf(0.0f, y[i]) : y[i];
}

static void unsigned_gemm(const struct gemm_args *args)
{
	kernel_table_oracle.gemm(args);
	for (int64_t i = 0; i < args->m; i++)
		for (int64_t j = 0; j < args->n; j++)
			args->c[i * args->ldc + j] += 0.0f;
}

static void assert_found(const struct kernel_table *table, const char *op)
{
	const char *found = backend_check_table(table);
	assert_non_null(found);
	assert_string_equal(found, op);
}

/* A kernel that is wrong with small numbers alone is found at the start. */
static void test_small_numbers(void **state)
{
	(void)state;
	struct kernel_table table = kernel_table_oracle;
	assert_null(backend_check_table(&table));
	table.add = flushing_add;
	assert_found(&table, "add_bias, axpy, multiply or add");
	table = kernel_table_oracle;
	table.norm_gelu = flushing_norm_gelu;
	assert_found(&table, "norm_gelu");
	table = kernel_table_oracle;
	table.gemm = unsigned_gemm;
	assert_found(&table, "gemm");
}

/* The time is only shown: machines are busy. */
static void test_start_time(void **state)
{
	(void)state;
	struct backend backend;
	struct error error;
	double start = clock_seconds(CLOCK_MONOTONIC);
	assert_int_equal(backend_open(&backend, NULL, NULL, &error), 0);
	print_message("backend_open: level %s, BLIS %s, %.1f ms; warning '%s'\n", backend.level,
		      backend.blis_name, (clock_seconds(CLOCK_MONOTONIC) - start) * 1e3,
		      backend.warning);
	backend_close(&backend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_refuses),   cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_blis),           cmocka_unit_test(test_threads),
	    cmocka_unit_test(test_own_gemm),       cmocka_unit_test(test_start_time),
	    cmocka_unit_test(test_broken_machine), cmocka_unit_test(test_small_numbers),
	    cmocka_unit_test(test_file_stem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
