/* SPDX-License-Identifier: Apache-2.0 */
/* Text as people may see it, words of a shell, paths of parts, files that are files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "foundation/shell_text.h"
#include "foundation/path.h"
#include "foundation/text_lines.h"
#include "foundation/visible.h"
#include "tests/corpus.h"

static void check_visible(const char *text, const char *expected)
{
	char *shown = NULL;
	size_t size;
	FILE *out = open_memstream(&shown, &size);
	assert_non_null(out);
	visible_print(out, text);
	fclose(out);
	assert_string_equal(shown, expected);
	free(shown);
}

static void test_visible(void **state)
{
	(void)state;
	check_visible("", "");
	check_visible("plain, é, 漢, 😀", "plain, é, 漢, 😀");
	check_visible("\x1b[31mred\x07\t\n\x7f", "\\x1b[31mred\\x07\\x09\\x0a\\x7f");
	/* C1, as a byte and as a character. */
	check_visible("a\x9b"
		      "31m",
		      "a\\x9b31m");
	check_visible("\xc2\x9b", "\\xc2\\x9b");
	check_visible("\xc2\xa0", "\xc2\xa0");
	/* Direction overrides, isolates and marks; line separators. */
	check_visible("\xe2\x80\xae", "\\xe2\\x80\\xae");
	check_visible("\xe2\x81\xa6", "\\xe2\\x81\\xa6");
	check_visible("\xd8\x9c\xe2\x80\xa8", "\\xd8\\x9c\\xe2\\x80\\xa8");
	/* Overlong, a surrogate, beyond U+10FFFF, cut short, a lone continuation. */
	check_visible("\xc0\xaf", "\\xc0\\xaf");
	check_visible("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	check_visible("\xed\xa0\x80", "\\xed\\xa0\\x80");
	check_visible("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	check_visible("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
	/* The first of their kind: of two, three and four bytes. */
	check_visible("\xc3\x80\xe1\x80\x80\xf1\x80\x80\x80",
		      "\xc3\x80\xe1\x80\x80\xf1\x80\x80\x80");
	check_visible("\xe6\xbc", "\\xe6\\xbc");
	check_visible("\xe6\xbc!", "\\xe6\\xbc!");
	check_visible("\x80z", "\\x80z");
}

/* A character is only decided when all of it is there. */
static void test_visible_by_bytes(void **state)
{
	(void)state;
	const unsigned char text[] = "\xf0\x9f\x98\x80";
	bool plain = true;
	for (size_t size = 1; size < 4; size++)
		assert_int_equal(visible_next(text, size, &plain), 0);
	assert_int_equal(visible_next(text, 4, &plain), 4);
	assert_true(plain);
}

/* The words of an error end with whole characters where they are cut. */
static void test_cut_message(void **state)
{
	(void)state;
	struct error error;
	char text[3 * sizeof error.what], message[8 * sizeof error.what];
	for (size_t lead = 0; lead < 3; lead++) {
		memset(text, 'x', lead);
		for (size_t i = lead; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe6\xbc\xa2\0", 4);
		error_set(&error, ERROR_INPUT, NULL, 0, 0, NULL, NULL, "%s", text);
		corpus_message(&error, message, sizeof message);
		assert_null(strchr(message, '\\'));
		assert_true(strlen(message) > sizeof error.what - 4);
	}
}

static void test_empty_message(void **state)
{
	struct error error;
	(void)state;
	error_set(&error, ERROR_INPUT, "a.json", 3, 4, "b", "c", "%s", "");
	assert_string_equal(error.what, "");
	assert_true(error.status == ERROR_INPUT && error.line == 3 && error.column == 4);
	assert_int_equal(error_set(NULL, ERROR_CHECK, NULL, 0, 0, NULL, NULL, "%s", "x"),
			 ERROR_CHECK);
	assert_int_equal(error_no_memory(&error, "a.csv"), ERROR_MACHINE);
	assert_string_equal(error.file, "a.csv");
	assert_string_equal(error.what, "out of memory");
	assert_true(error.status == ERROR_MACHINE && error.line == 0);
}

static void check_word(const char *word, const char *expected)
{
	char text[256] = "";
	shell_word(text, sizeof text, word);
	assert_string_equal(text, expected);
}

static void test_shell_words(void **state)
{
	(void)state;
	check_word("configs/a-b_1.json", "configs/a-b_1.json");
	check_word("", "''");
	check_word("a b$c", "'a b$c'");
	check_word("it's", "'it'\\''s'");
	check_word("\x1b[m it's\\", "$'\\033[m it\\'s\\\\'");
	check_word("\xc2\x9b", "$'\\302\\233'");
}

static void test_ends(void **state)
{
	(void)state;
	assert_true(text_ends_with("a.tmp", ".tmp"));
	assert_true(text_ends_with(".tmp", ".tmp"));
	assert_true(text_ends_with("a", ""));
	assert_false(text_ends_with("a.tmp2", ".tmp"));
	assert_false(text_ends_with("tmp", ".tmp"));
	assert_false(text_ends_with("", "."));
}

static void test_paths_that_fit(void **state)
{
	(void)state;
	char path[8];
	struct error error = {0};
	assert_int_equal(path_make(path, sizeof path, &error, "%s/%s", "abc", "def"), 0);
	assert_string_equal(path, "abc/def");
	assert_int_equal(path_make(path, sizeof path, &error, "%s/%s", "abc", "defg"), ERROR_INPUT);
	assert_string_equal(path, "");
	assert_string_equal(error.expected, "a path below 8 bytes");
}

static void test_no_files(void **state)
{
	(void)state;
	struct error error = {0};
	char folder[] = "/tmp/test_text.XXXXXX", name[64];
	assert_non_null(mkdtemp(folder));
	snprintf(name, sizeof name, "%s/fifo", folder);
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_null(path_open_file(name, &error));
	assert_int_equal(error.status, ERROR_INPUT);
	assert_string_equal(error.what, "found a FIFO");
	assert_null(path_open_file(folder, &error));
	assert_string_equal(error.what, "found a folder");
	assert_null(path_open_file("/dev/zero", &error));
	assert_string_equal(error.what, "found a device");
	unlink(name);
	assert_null(path_open_file(name, &error));
	assert_string_equal(error.what, "cannot open: No such file or directory");
	rmdir(folder);
}

/* A process that may open no more files: nothing is wrong with the file. */
static void test_no_descriptors(void **state)
{
	struct rlimit before, none;
	struct error error;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	FILE *file = path_open_file("/proc/self/exe", &error);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(file);
	assert_int_equal(error.status, ERROR_MACHINE);
	assert_string_equal(error.expected, "");
	assert_string_equal(error.what, "cannot open: Too many open files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_visible),        cmocka_unit_test(test_visible_by_bytes),
	    cmocka_unit_test(test_cut_message),    cmocka_unit_test(test_empty_message),
	    cmocka_unit_test(test_shell_words),    cmocka_unit_test(test_paths_that_fit),
	    cmocka_unit_test(test_ends),           cmocka_unit_test(test_no_files),
	    cmocka_unit_test(test_no_descriptors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
