/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that GNU Parallel runs: what is told of each, that none outlives a stop, and
 * their threads. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "foundation/interrupt.h"
#include "harness/runs/jobs.h"
#include "harness/runs/parallel.h"
#include "tests/scratch.h"

static char commands[128], errors[128];

static void start(struct parallel *parallel, const char *text)
{
	struct error error;
	const struct parallel_settings settings = {commands, errors, scratch_folder, scratch_folder,
						   2};
	snprintf(commands, sizeof commands, "%s/commands", scratch_folder);
	snprintf(errors, sizeof errors, "%s/errors", scratch_folder);
	FILE *file = fopen(commands, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(interrupt_open(&error), 0);
	assert_int_equal(parallel_start(parallel, &settings, &error), 0);
}

/* The next command that ends; false: none will. */
static bool next(struct parallel *parallel, struct parallel_ended *ended)
{
	enum parallel_news news;
	do
		news = parallel_wait(parallel, interrupt_descriptor(), ended);
	while (news == PARALLEL_NONE);
	return news == PARALLEL_ENDED;
}

static void test_ends(void **state)
{
	(void)state;
	struct parallel parallel;
	struct parallel_ended ended;
	bool seen[5] = {false};
	/* A long command, of which the log's line is cut. */
	char text[2048] = "exit 3\nkill -SEGV $$\ntrue {} {#}\n: ";
	memset(text + strlen(text), 'x', 1000);
	start(&parallel, text);
	while (next(&parallel, &ended)) {
		assert_in_range(ended.number, 1, 4);
		assert_false(seen[ended.number]);
		seen[ended.number] = true;
		assert_int_equal(ended.exit_code, ended.number == 1 ? 3 : 0);
		assert_int_equal(ended.signal, ended.number == 2 ? SIGSEGV : 0);
	}
	assert_true(seen[1] && seen[2] && seen[3] && seen[4]);
	assert_int_equal(parallel.pid, 0);
	parallel_close(&parallel);
	interrupt_close();
}

/* The first signal counts; what is waited for returns. */
static void test_stops(void **state)
{
	(void)state;
	struct parallel parallel;
	struct parallel_ended ended;
	char line[256], pid_text[32] = "";
	snprintf(line, sizeof line, "true\necho $$ >%s/pid; exec sleep 600\n", scratch_folder);
	start(&parallel, line);
	assert_true(next(&parallel, &ended));
	assert_int_equal(ended.number, 1);
	snprintf(line, sizeof line, "%s/pid", scratch_folder);
	while (strchr(pid_text, '\n') == NULL) {
		FILE *file = fopen(line, "r");
		if (file) {
			if (!fgets(pid_text, sizeof pid_text, file))
				pid_text[0] = '\0';
			fclose(file);
		}
		usleep(10000);
	}
	assert_int_equal(interrupt_signal(), 0);
	raise(SIGTERM);
	raise(SIGHUP);
	assert_int_equal(interrupt_signal(), SIGTERM);
	assert_int_equal(parallel_wait(&parallel, interrupt_descriptor(), &ended), PARALLEL_NONE);
	parallel_close(&parallel);
	interrupt_close();
	/* It was waited for by GNU Parallel, which ended after it. */
	assert_int_equal(kill((pid_t)strtol(pid_text, NULL, 10), 0), -1);
}

static void test_refused(void **state)
{
	(void)state;
	struct parallel parallel;
	struct error error;
	const struct parallel_settings settings = {"/no/such/file", "/dev/null", ".", ".", 1};
	assert_int_equal(parallel_start(&parallel, &settings, &error), ERROR_MACHINE);
	assert_string_equal(error.file, "/no/such/file");
	assert_int_equal(parallel.pid, 0);
}

/* As under nohup. */
static void test_ignored(void **state)
{
	(void)state;
	struct error error;
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(interrupt_open(&error), 0);
	raise(SIGHUP);
	assert_int_equal(interrupt_signal(), 0);
	raise(SIGINT);
	assert_int_equal(interrupt_signal(), SIGINT);
	interrupt_close();
	assert_true(signal(SIGHUP, SIG_DFL) == SIG_IGN);
	assert_true(signal(SIGINT, SIG_DFL) == SIG_DFL);
}

/* No processor is idle where few runs are left, and none is given out twice. */
static void test_shares(void **state)
{
	static const struct {
		int at_a_time;
		int64_t count;
		long processors;
		int first, last;
	} cases[] = {{2, 160, 2, 1, 1}, {2, 2, 2, 1, 1},  {2, 1, 2, 2, 2},
		     {8, 3, 8, 3, 2},   {8, 3, 4, 2, 1},  {64, 1, 2, 2, 2},
		     {4, 3, 2, 1, 1},   {1, 1, 16, 1, 1}, {4096, 1, 4096, 1024, 1024}};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const int64_t count = cases[i].count;
		int sum = 0;
		for (int64_t j = 0; j < count; j++)
			sum += jobs_threads(cases[i].at_a_time, count, j, cases[i].processors);
		assert_int_equal(jobs_threads(cases[i].at_a_time, count, 0, cases[i].processors),
				 cases[i].first);
		assert_int_equal(
		    jobs_threads(cases[i].at_a_time, count, count - 1, cases[i].processors),
		    cases[i].last);
		assert_true(sum == count || sum <= cases[i].processors);
	}
}

int main(void)
{
	static const int taken[] = {SIGINT, SIGTERM, SIGHUP};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends),    cmocka_unit_test(test_stops),
	    cmocka_unit_test(test_refused), cmocka_unit_test(test_ignored),
	    cmocka_unit_test(test_shares),
	};
	/* A shell's job in the background starts with some of them ignored. */
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		signal(taken[i], SIG_DFL);
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
