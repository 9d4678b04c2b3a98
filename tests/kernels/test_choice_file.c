/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a choice: kept, damaged, written by many at once, and where it lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/backend_select.h"
#include "tests/kernels/choice_fixture.h"

struct place {
	char folder[1024], path[1064];
};

static void make_place(struct place *place)
{
	const char *base = getenv("TMPDIR");
	snprintf(place->folder, sizeof place->folder, "%.1000s/choice.XXXXXX",
		 base && base[0] ? base : "/tmp");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof place->path, "%s/x.choice", place->folder);
}

static void remove_place(const struct place *place)
{
	unlink(place->path);
	/* Nothing else was left. */
	assert_int_equal(rmdir(place->folder), 0);
}

static void write_place(const struct place *place, const char *text, size_t size)
{
	FILE *file = fopen(place->path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void test_file(void **state)
{
	(void)state;
	struct place place;
	struct kernel_choice here = choice_fixture_sample(), read;
	struct contest level = here.contests[0], blis = here.contests[1];
	here.count = 0;
	make_place(&place);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_true(choice_file_keep(place.path, &here, &level, false));
	assert_true(choice_file_keep(place.path, &here, &blis, false));
	const struct kernel_choice both = choice_fixture_sample();
	assert_true(choice_file_read(place.path, &here, &read));
	assert_same_choice(&read, &both);
	/* Who comes later follows. */
	struct contest late = level;
	late.chosen = 1;
	assert_true(choice_file_keep(place.path, &here, &late, false));
	assert_int_equal(late.chosen, 0);
	/* Unless it was told to decide anew. */
	late.chosen = 1;
	assert_true(choice_file_keep(place.path, &here, &late, true));
	assert_true(choice_file_read(place.path, &here, &read));
	assert_int_equal(read.count, 1);
	assert_int_equal(read.contests[0].chosen, 1);
	/* Of another executable: as good as none, and replaced. */
	struct kernel_choice other = here;
	other.executable[0] = 'f';
	assert_false(choice_file_read(place.path, &other, &read));
	assert_true(choice_file_keep(place.path, &other, &blis, false));
	assert_true(choice_file_read(place.path, &other, &read));
	assert_int_equal(read.count, 1);
	remove_place(&place);
}

static void test_file_damaged(void **state)
{
	(void)state;
	struct place place;
	char text[CHOICE_TEXT], large[3 * CHOICE_TEXT];
	struct kernel_choice here = choice_fixture_sample(), read;
	assert_true(choice_write(&here, '\n', text));
	const size_t size = strlen(text);
	make_place(&place);
	memset(large, 'x', sizeof large);
	const struct {
		const char *bytes;
		size_t size;
	} files[] = {{text, 0}, {text, size / 2}, {text, size - 1}, {large, sizeof large}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct contest level = here.contests[0];
		write_place(&place, files[i].bytes, files[i].size);
		assert_false(choice_file_read(place.path, &here, &read));
		assert_true(choice_file_keep(place.path, &here, &level, false));
		assert_true(choice_file_read(place.path, &here, &read));
	}
	/* A FIFO is not waited for, and gives way; so does a link to nowhere. */
	struct contest level = here.contests[0];
	unlink(place.path);
	assert_int_equal(mkfifo(place.path, 0666), 0);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_true(choice_file_keep(place.path, &here, &level, false));
	assert_true(choice_file_read(place.path, &here, &read));
	unlink(place.path);
	assert_int_equal(symlink("/nowhere/at/all", place.path), 0);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_true(choice_file_keep(place.path, &here, &level, false));
	assert_true(choice_file_read(place.path, &here, &read));
	/* Where a folder lies nothing can be kept, and nothing is left. */
	unlink(place.path);
	assert_int_equal(mkdir(place.path, 0777), 0);
	assert_false(choice_file_read(place.path, &here, &read));
	assert_false(choice_file_keep(place.path, &here, &level, false));
	assert_int_equal(rmdir(place.path), 0);
	remove_place(&place);
}

/* Processes that decide at once, each for itself otherwise: all go by what the file then holds. */
static void test_file_at_once(void **state)
{
	(void)state;
	enum { PROCESSES = 8 };
	struct place place;
	struct kernel_choice here = choice_fixture_sample(), kept;
	int start[2];
	pid_t children[PROCESSES];
	struct contest level = here.contests[0];
	here.count = 0;
	make_place(&place);
	assert_int_equal(pipe(start), 0);
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			char byte;
			close(start[1]);
			level.chosen = i % 2;
			level.rate[0] = 100.0 + i;
			/* Until the parent lets go. */
			if (read(start[0], &byte, 1) != 0)
				_exit(9);
			_exit(choice_file_keep(place.path, &here, &level, false)
				  ? (int)level.rate[0] - 100
				  : 8);
		}
	}
	close(start[0]);
	close(start[1]); /* go */
	int status[PROCESSES];
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(waitpid(children[i], &status[i], 0), children[i]);
	assert_true(choice_file_read(place.path, &here, &kept));
	const int first = (int)kept.contests[0].rate[0] - 100;
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(WIFEXITED(status[i]));
		assert_int_equal(WEXITSTATUS(status[i]), first);
	}
	assert_int_equal(kept.contests[0].chosen, first % 2);
	remove_place(&place);
}

static void test_places(void **state)
{
	(void)state;
	struct kernel_choice here = choice_fixture_sample();
	struct choice_places places, others;
	setenv("XDG_CACHE_HOME", "/some/cache", 1);
	choice_places_find(&places, &here);
	if (places.count == 0)
		skip(); /* no /proc */
	const char *last = places.path[places.count - 1];
	assert_memory_equal(last, "/some/cache/sheafbench/", 23);
	/* Of another CPU: another file. */
	here.cpu[0]++;
	choice_places_find(&others, &here);
	assert_int_equal(others.count, places.count);
	for (int i = 0; i < places.count; i++)
		assert_string_not_equal(places.path[i], others.path[i]);
	/* A folder that is not absolute is none. */
	setenv("XDG_CACHE_HOME", "cache", 1);
	setenv("HOME", "/home/of/mine", 1);
	choice_places_find(&others, &here);
	assert_memory_equal(others.path[others.count - 1], "/home/of/mine/.cache/sheafbench/", 32);
	/* Whom it is of is not known: nowhere. */
	here.executable[0] = '\0';
	choice_places_find(&others, &here);
	assert_int_equal(others.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_file_damaged),
	    cmocka_unit_test(test_file_at_once),
	    cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
