/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that are made, the folder a path lies in, files that are written whole, their digests and
 * the names they have before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "foundation/digest.h"
#include "foundation/folder.h"
#include "foundation/leftovers.h"
#include "foundation/path.h"
#include "foundation/text_file.h"
#include "tests/scratch.h"

static const char *const base = scratch_folder;

static const char *in_base(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", base, name);
	return path;
}

static bool is_folder(const char *name)
{
	struct stat info;
	return stat(in_base(name), &info) == 0 && S_ISDIR(info.st_mode);
}

static void test_make(void **state)
{
	struct error error = {0};
	(void)state;
	assert_int_equal(folder_make(in_base("a"), &error), 0);
	assert_true(is_folder("a"));
	assert_int_equal(folder_make(in_base("a"), &error), 0);
	assert_int_equal(text_file_create(in_base("file"), "x", 1, &error), 0);
	assert_int_equal(folder_make(in_base("file"), &error), ERROR_INPUT);
	assert_string_equal(error.what, "found a file");
	assert_string_equal(error.expected, "a folder");
	assert_int_equal(folder_make(in_base("no/such"), &error), ERROR_MACHINE);
	assert_string_equal(error.what, "cannot create the folder: No such file or directory");
	assert_int_equal(folder_sync(in_base("no"), &error), ERROR_MACHINE);
	assert_int_equal(folder_sync_parent(in_base("no"), &error), 0);
}

static void test_make_all(void **state)
{
	struct stat info;
	(void)state;
	assert_int_equal(folder_make_all(in_base("b/c/d"), 0700), 0);
	assert_true(is_folder("b/c/d"));
	assert_int_equal(stat(in_base("b/c"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	assert_int_equal(folder_make_all(in_base("b/c/d"), 0700), 0);
	assert_int_equal(text_file_create(in_base("b/file"), "x", 1, NULL), 0);
	assert_int_equal(folder_make_all(in_base("b/file/c"), 0700), -1);
}

static void check_parent(const char *path, const char *expected)
{
	char parent[16];
	assert_int_equal(path_parent(path, parent, sizeof parent, NULL), 0);
	assert_string_equal(parent, expected);
}

static void test_parent(void **state)
{
	char parent[2];
	struct error error;
	(void)state;
	check_parent("x", ".");
	check_parent("/x", "/");
	check_parent("a/x", "a");
	check_parent("/a/b/x", "/a/b");
	assert_int_equal(path_parent("ab/x", parent, sizeof parent, &error), ERROR_INPUT);
}

static void check_content(const char *name, const char *expected)
{
	char *text;
	size_t size;
	assert_int_equal(text_file_read(in_base(name), &text, &size, NULL), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void test_save(void **state)
{
	struct text_stream stream;
	struct error error;
	(void)state;
	assert_int_equal(text_stream_open(&stream, &error), 0);
	fputs("first", stream.out);
	assert_int_equal(text_stream_save(&stream, in_base("text"), &error), 0);
	check_content("text", "first");
	/* A text whose writer ran out of memory leaves what is there. */
	assert_int_equal(text_stream_open(&stream, &error), 0);
	fputs("second", stream.out);
	fputc('\0', stream.out);
	assert_int_equal(text_stream_save(&stream, in_base("text"), &error), ERROR_MACHINE);
	assert_string_equal(error.what, "out of memory");
	check_content("text", "first");
}

static void test_names(void **state)
{
	char path[64];
	struct error error = {0};
	(void)state;
	assert_int_equal(leftovers_name(path, sizeof path, "x", "tmp", &error), 0);
	assert_true(strncmp(path, "x.", 2) == 0 && strspn(path + 2, "0123456789abcdef") == 8);
	assert_int_equal(leftovers_name(path, 16, "x", "tmp", &error), ERROR_INPUT);
}

static void test_digest_of_file(void **state)
{
	char hex[65], want[65];
	struct error error = {0};
	(void)state;
	assert_int_equal(text_file_create(in_base("bytes"), "abc", 3, &error), 0);
	digest_bytes("abc", 3, want);
	assert_int_equal(digest_file(in_base("bytes"), hex, &error), 0);
	assert_string_equal(hex, want);
	assert_int_equal(digest_file(base, hex, &error), ERROR_INPUT);
	assert_int_equal(digest_file("/no/such/file", hex, &error), ERROR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_make),   cmocka_unit_test(test_make_all),
	    cmocka_unit_test(test_parent), cmocka_unit_test(test_save),
	    cmocka_unit_test(test_names),  cmocka_unit_test(test_digest_of_file),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
