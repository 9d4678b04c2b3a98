/* SPDX-License-Identifier: Apache-2.0 */
/* Ops shared among threads against the same ops on one, bytes against bytes; and how a team works.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"
#include "kernels/share.h"
#include "kernels/share_parts.h"
#include "tests/kernels/backend_fixture.h"
#include "tests/kernels/kernel_ops.h"

static const int thread_counts[] = {2, 3, 4, 7, 64};
enum { THREAD_COUNTS = sizeof thread_counts / sizeof *thread_counts };

static int open_with(const char *level, int threads)
{
	struct error error;
	int status = backend_open(&backend, level, "none", &error);
	if (status)
		return status;
	assert_int_equal(share_open(&backend, threads, &error), 0);
	assert_string_equal(backend.warning, "");
	assert_int_equal(share_threads(&backend), threads);
	return 0;
}

/* Shared on the one side, on the other the table that computes the parts. */
static void compare_ops(const struct kernel_table *own, const char *name, int cases)
{
	struct random_stream stream;
	char what[32];
	snprintf(what, sizeof what, "%s, %s:", own->level, name);
	random_open(&stream, 1, "test", what);
	for (enum case_content content = 0; content < CASE_KINDS; content++) {
		case_fill(&stream, content);
		for (const struct kernel_op *op = kernel_ops; op->name; op++)
			for (int i = 0; i < cases; i++) {
				struct shape shape = case_draw(&stream, op->largest_k);
				case_begin(&shape);
				op->run(backend.table, &case_sides[0], &shape);
				op->run(own, &case_sides[1], &shape);
				kernel_op_compare(what, "one thread", op, &shape);
			}
	}
}

static void test_ops(void **state)
{
	int run = 0;
	(void)state;
	for (int i = 0; kernel_tables[i]; i++)
		for (int t = 0; t < THREAD_COUNTS; t++) {
			char name[16];
			if (open_with(kernel_tables[i]->level, thread_counts[t]))
				continue;
			assert_ptr_not_equal(backend.table, kernel_tables[i]);
			snprintf(name, sizeof name, "%d threads", thread_counts[t]);
			/* As it is worth it, which these sizes are not, and then all. */
			compare_ops(kernel_tables[i], name, 1);
			team_cut_all(backend.share->team, true);
			compare_ops(kernel_tables[i], name, case_count() / 40);
			backend_close(&backend);
			run++;
		}
	assert_true(run >= THREAD_COUNTS);
}

/* Wide enough to be cut without being told to, by n, by m, and a group whose products differ. */
static void test_products(void **state)
{
	enum { MOST = 300 * 1100 };
	static const int64_t shapes[][3] = {{300, 40, 300}, {8, 1100, 300}, {130, 257, 64}};
	static float a[MOST], b[MOST], c[2][MOST];
	(void)state;
	for (int i = 0; i < MOST; i++) {
		a[i] = (float)(i % 1009) - 504.0f;
		b[i] = (float)(i % 757) * 0x1p-9f - 0.7f;
	}
	assert_int_equal(open_with(NULL, 3), 0);
	const struct kernel_table *tables[] = {backend.share->own, backend.table};
	for (int form = 0; form < 8; form++)
		for (int s = 0; s < 4; s++) {
			memset(c, 1, sizeof c);
			for (int side = 0; side < 2; side++) {
				struct gemm_args group[3];
				int64_t at = 0;
				for (int i = 0; i < 3; i++) {
					group[i] = gemm_transposed(
					    gemm_rows(shapes[i][0], shapes[i][1], shapes[i][2], a,
						      b, c[side] + at),
					    form & 1, form & 2);
					group[i].accumulate = form & 4;
					at += shapes[i][0] * shapes[i][1];
				}
				if (s < 3)
					tables[side]->gemm(&group[s]);
				else
					tables[side]->gemm_group(3, group);
			}
			assert_memory_equal(c[0], c[1], sizeof c[0]);
		}
	backend_close(&backend);
}

/* BLIS on parts, with threads of ours and none of its own. */
static void test_blis(void **state)
{
	enum { M = 301, N = 403, K = 300 };
	static float a[M * K], b[K * N], c[2][M * N];
	struct random_stream stream;
	struct cpu cpu;
	struct error error;
	(void)state;
	cpu_detect(&cpu);
	if (!cpu_has(&cpu, CPU_FMA | CPU_AVX2))
		skip();
	random_open(&stream, 1, "test", "blis threads");
	for (int i = 0; i < M * K; i++)
		a[i] = random_unit_float(&stream) - 0.5f;
	for (int i = 0; i < K * N; i++)
		b[i] = random_unit_float(&stream) - 0.5f;
	for (int t = 0; t < 3; t++) {
		assert_int_equal(backend_open(&backend, NULL, "haswell", &error), 0);
		assert_int_equal(share_open(&backend, thread_counts[t], &error), 0);
		assert_string_equal(backend.warning, "");
		for (int i = 0; i < 24; i++) {
			struct gemm_args g =
			    gemm_rows(1 + (int64_t)random_below(&stream, M),
				      1 + (int64_t)random_below(&stream, N),
				      1 + (int64_t)random_below(&stream, K), a, b, c[0]);
			g = gemm_transposed(g, i & 1, i & 2);
			g.accumulate = i & 4;
			team_cut_all(backend.share->team, i & 8);
			memset(c, 1, sizeof c);
			backend_gemm(&backend, &g);
			g.c = c[1];
			blis_gemm_run_part(backend.blis, &g);
			assert_memory_equal(c[0], c[1], sizeof c[0]);
		}
		backend_close(&backend);
	}
}

/* Codes and logits, with sums that binary64 holds and with those that it does not. */
static void test_padic(void **state)
{
	enum { ROWS = 77, INPUTS = 96, EXPERTS = 9, NUMBERS = ROWS * INPUTS };
	static const struct padic_settings settings[] = {{5, 6, 4, 0.04}, {3, 16, 14, 0.0}};
	static float x[NUMBERS], decoded[2][NUMBERS], logits[2][ROWS * EXPERTS];
	static int32_t codes[2][NUMBERS];
	struct random_stream stream;
	(void)state;
	random_open(&stream, 1, "test", "padic threads");
	for (int i = 0; i < NUMBERS; i++)
		x[i] = 8.0f * random_unit_float(&stream) - 4.0f;
	for (int t = 0; t < THREAD_COUNTS; t++) {
		assert_int_equal(open_with(NULL, thread_counts[t]), 0);
		team_cut_all(backend.share->team, true);
		const struct kernel_table *tables[] = {backend.share->own, backend.table};
		assert_ptr_not_equal(tables[0]->padic_logits, tables[1]->padic_logits);
		for (int s = 0; s < 2; s++) {
			struct padic padic;
			assert_null(padic_init(&padic, &settings[s], INPUTS));
			memset(logits, 1, sizeof logits);
			for (int side = 0; side < 2; side++) {
				tables[side]->padic_encode(&padic, NUMBERS - 5, x, codes[side]);
				tables[side]->padic_decode(&padic, NUMBERS - 5, codes[side],
							   decoded[side]);
				tables[side]->padic_logits(&padic, ROWS, INPUTS, EXPERTS,
							   codes[side], codes[side] + 7,
							   codes[side], logits[side]);
			}
			assert_memory_equal(codes[0], codes[1], sizeof codes[0]);
			assert_memory_equal(decoded[0], decoded[1], sizeof decoded[0]);
			assert_memory_equal(logits[0], logits[1], sizeof logits[0]);
		}
		backend_close(&backend);
	}
}

static void wrong_add_bias(int64_t rows, int64_t n, const float *bias, float *y)
{
	for (int64_t i = 0; i < rows * n; i++)
		y[i] = y[i] + bias[0];
}

/* What differs from the contract when it is shared is not shared. */
static void test_replaced(void **state)
{
	struct error error;
	(void)state;
	assert_int_equal(backend_open(&backend, NULL, "none", &error), 0);
	struct kernel_table broken = *backend.table;
	broken.add_bias = wrong_add_bias;
	backend.table = &broken;
	assert_int_equal(share_open(&backend, 4, &error), 0);
	assert_ptr_equal(backend.table, &broken);
	assert_null(backend.share);
	assert_int_equal(share_threads(&backend), 1);
	assert_non_null(strstr(backend.warning, "threads differ from the contract in add_bias"));
	assert_string_equal(share_check(&backend), "add_bias, axpy, multiply or add");
	backend_close(&backend);
}

static void test_one_thread(void **state)
{
	struct error error;
	(void)state;
	assert_int_equal(backend_open(&backend, NULL, "none", &error), 0);
	const struct kernel_table *table = backend.table;
	assert_int_equal(share_open(&backend, 1, &error), 0);
	assert_ptr_equal(backend.table, table);
	assert_int_equal(share_threads(&backend), 1);
	assert_null(share_check(&backend));
	backend_close(&backend);
}

/* An op is one op to a profile, however it is shared. */
static void test_profile(void **state)
{
	enum { ROWS = 64, N = 96 };
	static float x[ROWS * N], y[ROWS * N], sum[3 * N], rstd[ROWS];
	struct profile profile;
	(void)state;
	assert_int_equal(open_with(NULL, 3), 0);
	team_cut_all(backend.share->team, true);
	profile_attach(&profile, &backend);
	const struct norm_gelu_backward_args args = {.rows = ROWS,
						     .n = N,
						     .dy = x,
						     .slope = x,
						     .xhat = x,
						     .rstd = rstd,
						     .gamma = x,
						     .dx = y,
						     .dgamma = sum,
						     .dbeta = sum + N,
						     .dbias = sum + 2 * N};
	const struct gemm_args g = gemm_rows(ROWS, N, 16, x, x, y);
	profile_begin(&profile);
	backend.table->norm_gelu_backward(&args);
	backend_gemm(&backend, &g);
	profile_end(&profile);
	backend_fixture_counted(&profile, PROFILE_NORM_GELU_BACKWARD, 1, 14 * ROWS * N,
				4 * ROWS * N);
	backend_fixture_counted(&profile, PROFILE_LAYER_NORM_BACKWARD, 0, 0, 0);
	backend_fixture_counted(&profile, PROFILE_COLUMN_SUM, 0, 0, 0);
	backend_fixture_counted(&profile, PROFILE_GEMM_OWN, 1, 2 * ROWS * N * 16,
				ROWS * 16 + 16 * N + ROWS * N);
	backend_close(&backend);
}

enum { LOOP_ROWS = 301, LOOP_NUMBERS = 5 };
struct loop {
	int32_t (*numbers)[LOOP_NUMBERS];
	atomic_int *calls;
};

/* A random stream a row, and how often the row was there. */
static void loop_part(const void *context, int64_t first, int64_t count)
{
	const struct loop *loop = context;
	for (int64_t r = first; r < first + count; r++) {
		struct random_stream stream;
		random_open(&stream, (uint64_t)r, "test", "loop");
		for (int i = 0; i < LOOP_NUMBERS; i++)
			loop->numbers[r][i] = (int32_t)random_below(&stream, 1000000);
		loop->numbers[r][0]++;
	}
	atomic_fetch_add(loop->calls, 1);
}

/* Every row once, with the bytes of one thread, cut where it is worth it. */
static void test_loop(void **state)
{
	static int32_t numbers[2][LOOP_ROWS][LOOP_NUMBERS];
	static const int64_t second = INT64_C(1000000000000);
	atomic_int calls = 0;
	struct loop loops[] = {{numbers[0], &calls}, {numbers[1], &calls}};
	(void)state;
	memset(numbers, 0, sizeof numbers);
	share_loop(NULL, LOOP_ROWS, second, loop_part, &loops[0]);
	assert_int_equal(calls, 1);
	for (int t = 0; t < THREAD_COUNTS; t++) {
		assert_int_equal(open_with(NULL, thread_counts[t]), 0);
		assert_ptr_equal(share_own(&backend), backend.share->own);
		for (int form = 0; form < 4; form++) {
			team_cut_all(backend.share->team, form == 2);
			memset(numbers[1], 0, sizeof numbers[1]);
			atomic_store(&calls, 0);
			share_loop(&backend, LOOP_ROWS, form == 1 ? second / LOOP_ROWS : 0,
				   loop_part, &loops[1]);
			assert_memory_equal(numbers[0], numbers[1], sizeof numbers[0]);
			assert_true(form == 1 || form == 2 ? calls > 1 : calls == 1);
		}
		share_loop(&backend, 0, second, loop_part, &loops[1]);
		backend_close(&backend);
	}
	assert_int_equal(open_with(NULL, 1), 0);
	atomic_store(&calls, 0);
	share_loop(&backend, LOOP_ROWS, second, loop_part, &loops[1]);
	assert_int_equal(calls, 1);
	assert_ptr_equal(share_own(&backend), backend.table);
	backend_close(&backend);
}

/* The op of a part is one thread's, and counted nowhere. */
static void test_own(void **state)
{
	struct profile profile;
	(void)state;
	for (int threads = 1; threads < 4; threads += 2) {
		assert_int_equal(open_with(NULL, threads), 0);
		const struct kernel_table *own = threads == 1 ? backend.table : backend.share->own;
		profile_attach(&profile, &backend);
		assert_ptr_equal(share_own(&backend), own);
		backend_close(&backend);
	}
}

static struct team *open_team(int threads)
{
	struct team *team;
	struct error error;
	assert_int_equal(team_open(&team, threads, &error), 0);
	assert_int_equal(team_threads(team), threads);
	return team;
}

enum { PARTS = 300 };

static void count_part(const void *context, int64_t index)
{
	atomic_int *const *called = context;
	atomic_fetch_add(&(*called)[index], 1);
}

/* Every part is done once, in every one of many pieces of work that follow each other closely. */
static void test_parts(void **state)
{
	static atomic_int called[PARTS];
	atomic_int *context = called;
	(void)state;
	for (int t = 0; t < THREAD_COUNTS; t++) {
		struct team *team = open_team(thread_counts[t]);
		memset(called, 0, sizeof called);
		int pieces = 0;
		for (int parts = 0; parts <= PARTS; parts += parts < 20 ? 1 : 35, pieces++)
			for (int again = 0; again < 20; again++)
				team_run(team, parts, count_part, &context);
		assert_true(pieces > 20);
		for (int i = 0; i < PARTS; i++) {
			int expected = 0;
			for (int parts = 0; parts <= PARTS; parts += parts < 20 ? 1 : 35)
				expected += i < parts ? 20 : 0;
			assert_int_equal(called[i], expected);
		}
		team_close(team);
	}
	team_close(NULL);
}

/* Short work stays whole; long work has parts enough for all, but no part less than a unit. */
static void test_where_cut(void **state)
{
	enum { EACH = 4 };
	const int64_t second = INT64_C(1000000000000);
	struct team *team = open_team(3);
	(void)state;
	assert_int_equal(team_parts(team, 1000, 0, EACH), 1);
	assert_int_equal(team_parts(team, 1000, second / 1000000, EACH), 1);
	assert_int_equal(team_parts(team, 1000, second, EACH), 3 * EACH);
	assert_int_equal(team_parts(team, 1000, second, 1), 3);
	assert_int_equal(team_parts(team, 2, second, EACH), 2);
	assert_int_equal(team_parts(team, 0, second, EACH), 1);
	const int64_t few = team_parts(team, 1000, second / 15000, EACH);
	assert_in_range(few, 2, 3 * EACH - 1);
	team_cut_all(team, true);
	assert_int_equal(team_parts(team, 5, 0, EACH), 5);
	assert_int_equal(team_parts(team, 1000, 0, EACH), 3 * EACH);
	team_cut_all(team, false);
	assert_int_equal(team_parts(team, 1000, 0, EACH), 1);
	team_close(team);
}

static void wait_a_little(void)
{
	const struct timespec millisecond = {.tv_nsec = 1000000};
	nanosleep(&millisecond, NULL);
}

/* The state of a thread of this process, 'S' when it sleeps; 0 where the system does not say. */
static char state_of(long thread)
{
	char path[64], text[512] = "";
	snprintf(path, sizeof path, "/proc/self/task/%ld/stat", thread);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[size] = '\0';
	const char *end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : '\0';
}

enum { PATIENCE = 20000 }; /* milliseconds: only where something never ends */

/* Waiting is asleep: threads without work, and a caller whose last part another thread has. */
struct asleep {
	long caller;
	atomic_bool taken, done; /* a part by another thread; the caller's own part */
	atomic_bool slept;
};

static void sleep_part(const void *context, int64_t index)
{
	struct asleep *const *pointer = context;
	struct asleep *a = *pointer;
	(void)index;
	if (syscall(SYS_gettid) == a->caller) {
		for (int i = 0; i < PATIENCE && !atomic_load(&a->taken); i++)
			wait_a_little();
		atomic_store(&a->done, true);
		return;
	}
	atomic_store(&a->taken, true);
	for (int i = 0; i < PATIENCE && !atomic_load(&a->slept); i++) {
		if (atomic_load(&a->done) && state_of(a->caller) == 'S')
			atomic_store(&a->slept, true);
		else
			wait_a_little();
	}
}

static bool others_sleep(long caller)
{
	bool asleep = true;
	DIR *folder = opendir("/proc/self/task");
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		const long thread = strtol(entry->d_name, NULL, 10);
		if (thread > 0 && thread != caller)
			asleep = asleep && state_of(thread) != 'R';
	}
	if (folder)
		closedir(folder);
	return asleep;
}

static void test_asleep(void **state)
{
	struct asleep asleep = {.caller = syscall(SYS_gettid)}, *context = &asleep;
	struct team *team = open_team(4);
	int waited = 0;
	(void)state;
	if (!state_of(asleep.caller)) {
		team_close(team);
		skip();
	}
	while (waited < PATIENCE && !others_sleep(asleep.caller)) {
		wait_a_little();
		waited++;
	}
	assert_true(waited < PATIENCE);
	team_run(team, 2, sleep_part, &context);
	assert_true(asleep.slept);
	team_close(team);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parts),      cmocka_unit_test(test_where_cut),
	    cmocka_unit_test(test_asleep),     cmocka_unit_test(test_ops),
	    cmocka_unit_test(test_products),   cmocka_unit_test(test_blis),
	    cmocka_unit_test(test_padic),      cmocka_unit_test(test_replaced),
	    cmocka_unit_test(test_one_thread), cmocka_unit_test(test_profile),
	    cmocka_unit_test(test_loop),       cmocka_unit_test(test_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
