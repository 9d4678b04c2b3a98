/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that are put in place, and what processes that ended left beside them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/runs/clean.h"
#include "harness/runs/publish.h"
#include "foundation/folder.h"
#include "foundation/leftovers.h"
#include "foundation/text_file.h"
#include "tests/scratch.h"

static void test_publish(void **state)
{
	char made[256], place[256], aside[300], *text;
	size_t size;
	struct error error = {0};
	(void)state;
	scratch_path("place", place);
	for (int i = 0; i < 3; i++) {
		const char *content = i == 0 ? "first" : i == 1 ? "second" : "third";
		scratch_path("made", made);
		assert_int_equal(folder_make(made, &error), 0);
		assert_int_equal(folder_make(made, &error), 0);
		scratch_write("made/run.json", content);
		assert_int_equal(publish_record(made, place, &error), 0);
		assert_false(scratch_there("made"));
		char path[256];
		scratch_path("place/run.json", path);
		assert_int_equal(text_file_read(path, &text, &size, NULL), 0);
		assert_string_equal(text, content);
		free(text);
	}
	assert_int_equal(publish_set_aside(place, aside, sizeof aside, &error), 0);
	assert_false(scratch_there("place"));
	assert_true(scratch_there("place.damaged-1/run.json"));
	assert_int_equal(folder_make(place, &error), 0);
	assert_int_equal(publish_set_aside(place, aside, sizeof aside, &error), 0);
	assert_true(scratch_there("place.damaged-2"));
	assert_int_equal(publish_set_aside(place, aside, sizeof aside, &error), ERROR_MACHINE);
	assert_int_equal(publish_record(made, place, &error), ERROR_MACHINE);
	/* A file is replaced, what else has the name is not. */
	scratch_path("bytes", made);
	assert_int_equal(text_file_create(made, "old", 3, &error), 0);
	assert_int_equal(text_file_create(made, "x", 1, &error), 0);
	assert_int_equal(unlink(made), 0);
	assert_int_equal(symlink("nowhere", made), 0);
	assert_int_equal(text_file_create(made, "x", 1, &error), ERROR_MACHINE);
	assert_int_equal(unlink(made), 0);
	assert_int_equal(mkfifo(made, 0600), 0);
	assert_int_equal(text_file_create(made, "x", 1, &error), ERROR_MACHINE);
	assert_int_equal(unlink(made), 0);
}

/* The name that a process which has ended gave to what it left. */
static void left_name(const char *target, const char *kind, char name[128])
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		memset(name, 0, 128);
		if (!leftovers_name(name, 128, target, kind, NULL) &&
		    write(ends[1], name, 128) == 128)
			_exit(0);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(read(ends[0], name, 128), 128);
	close(ends[0]);
	close(ends[1]);
}

/* In every folder that is cleaned: what is ours stays, what an ended process left goes; so does
 * what names no owner, but only when it is old. */
static void test_leftovers(void **state)
{
	static const char *const places[] = {"l",
					     "l/e",
					     "l/e/runs",
					     "l/e/figures",
					     "l/e/plot",
					     "l/e/provenance",
					     "l/golden",
					     "l/.cache",
					     "l/.cache/forecast",
					     "l/throughput",
					     "l/e/other"};
	static const struct timespec old[] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	enum { PLACES = sizeof places / sizeof *places };
	char gone[PLACES][128], mine[PLACES][128], name[128], path[256];
	(void)state;
	for (int i = 0; i < PLACES; i++) {
		scratch_path(places[i], path);
		assert_int_equal(mkdir(path, 0777), 0);
		snprintf(name, sizeof name, "%s/table.csv", places[i]);
		scratch_write(name, "x");
		left_name(name, "tmp", gone[i]);
		scratch_write(gone[i], "x");
		assert_int_equal(leftovers_name(mine[i], sizeof mine[i], name, "tmp", NULL), 0);
		scratch_write(mine[i], "x");
	}
	scratch_write("l/e/young.tmp", "x");
	scratch_write("l/e/old.tmp", "x");
	scratch_path("l/e/old.tmp", path);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	scratch_path("l", path);
	results_clean(path, "e");
	for (int i = 0; i < PLACES; i++) {
		/* The results folder itself, and folders that are none of ours, are left alone. */
		const bool cleaned = i > 0 && i < PLACES - 1;
		if (scratch_there(gone[i]) == cleaned)
			fail_msg("%s is%s there", gone[i], cleaned ? "" : " not");
		if (!scratch_there(mine[i]))
			fail_msg("%s is not there", mine[i]);
		snprintf(name, sizeof name, "%s/table.csv", places[i]);
		assert_true(scratch_there(name));
	}
	assert_true(scratch_there("l/e/young.tmp"));
	assert_false(scratch_there("l/e/old.tmp"));
}

/* A begin is known to half a minute: an emulator's processes have another for themselves than for
 * all others. */
static void test_owner(void **state)
{
	static const struct {
		long long later;
		bool abandoned;
	} cases[] = {{0, false},   {6, false},    {-6, false},
		     {500, false}, {-500, false}, {1000000, true}};
	char own[256], name[256], place[64];
	unsigned long long begin;
	long pid;
	(void)state;
	assert_int_equal(leftovers_name(own, sizeof own, "x", "tmp", NULL), 0);
	assert_int_equal(sscanf(own, "x.%8[0-9a-f]-%ld-%llu.tmp", place, &pid, &begin), 3);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(name, sizeof name, "x.%s-%ld-%llu.tmp", place, pid,
			 begin + (unsigned long long)cases[i].later);
		assert_int_equal(leftovers_abandoned(name, time(NULL)), cases[i].abandoned);
	}
	snprintf(name, sizeof name, "x.%s-%ld-%llu.tmp", place, pid, 1ULL);
	assert_true(leftovers_abandoned(name, time(NULL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_publish),
	    cmocka_unit_test(test_leftovers),
	    cmocka_unit_test(test_owner),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
