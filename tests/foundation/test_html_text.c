/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text and ids of a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/html_text.h"

static void writes(void (*write)(FILE *out, const char *text), const char *text,
		   const char *expected)
{
	char *found = NULL;
	size_t size;
	FILE *out = open_memstream(&found, &size);
	assert_non_null(out);
	write(out, text);
	fclose(out);
	assert_string_equal(found, expected);
	free(found);
}

/* Characters of one to four bytes stay as they are, the first and the last of each; what is none,
 * and what steers, is shown as such. */
static void test_texts(void **state)
{
	static const char replaced[] = "\xef\xbf\xbd";
	static const char *const good[] = {"",
					   "a",
					   " ~",
					   "\xc2\x80",
					   "\xdf\xbf",
					   "\xe0\xa0\x80",
					   "\xef\xbf\xbf",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf",
					   "x\ty\nz"};
	static const char *const bad[] = {"\x01", "\x1f", "\x7f", "\x80", "\xc1", "\xf5", "\xff"};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		writes(html_text, good[i], good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		writes(html_text, bad[i], replaced);
	/* Cut short: the rest is text. */
	writes(html_text, "\xe6\xbc!", "\xef\xbf\xbd\xef\xbf\xbd!");
	writes(html_text, "<a href=\"x\">'b' & c",
	       "&lt;a href=&quot;x&quot;&gt;&#39;b&#39; &amp; c");
}

/* An id is appended to, and what has no room is cut. */
static void test_ids(void **state)
{
	char id[16] = "x", small[8] = "";
	(void)state;
	html_id(id, sizeof id, "aZ09");
	assert_string_equal(id, "x-aZ09");
	id[0] = '\0';
	html_id(id, sizeof id, "b-\xc3\xa9");
	assert_string_equal(id, "b_2d_c3_a9");
	html_id(small, sizeof small, "abcdef - g");
	assert_int_equal(strlen(small), sizeof small - 1);
	html_id(small, sizeof small, "more");
	assert_string_equal(small, "abcdef_");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
