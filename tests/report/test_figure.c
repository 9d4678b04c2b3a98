/* SPDX-License-Identifier: Apache-2.0 */
/* Figures as a page has them: their words, their bytes, and what is no figure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/text_file.h"
#include "harness/report/figure.h"
#include "tests/scratch.h"

static char path[128];

static void write_figure(const char *text, size_t size)
{
	snprintf(path, sizeof path, "%s/a.svg", scratch_folder);
	assert_int_equal(text_file_write(path, text, size, NULL), 0);
}

static void reads(const char *svg, const char *title, const char *alt)
{
	struct error error;
	json_t *list = json_array();
	write_figure(svg, strlen(svg));
	assert_int_equal(figure_append(list, path, "Mine", &error), 0);
	assert_int_equal(json_array_size(list), 1);
	const json_t *figure = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(figure, "title")), title);
	assert_string_equal(json_string_value(json_object_get(figure, "alt")), alt);
	json_decref(list);
}

static void test_words(void **state)
{
	(void)state;
	reads("<svg></svg>", "Mine", "Mine");
	reads("<svg><title>A</title><desc>b</desc></svg>\n", "A", "A. b");
	reads("<svg><title id=\"t\">A</title></svg>", "A", "A");
	reads("<svg><desc>b</desc></svg>", "Mine", "Mine. b");
	reads("<svg><title>Gnuplot</title>\n<desc>Produced by GNUPLOT 5.4 </desc></svg>", "Mine",
	      "Mine");
	reads("<svg><title>&lt;&amp;lt;&gt;&quot;&#39;&apos;&x&</title></svg>", "<&lt;>\"''&x&",
	      "<&lt;>\"''&x&");
	/* Without its end it is none. */
	reads("<svg><title>A</svg>", "Mine", "Mine");
	reads("<svg><title</title></svg>", "Mine", "Mine");
	reads("<svg></title><title>A</title></svg>", "A", "A");
}

/* RFC 4648 of a known text. */
static void test_bytes(void **state)
{
	json_t *list = json_array();
	(void)state;
	write_figure("<svg></svg>", 11);
	assert_int_equal(figure_append(list, path, "", NULL), 0);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "data")),
			    "PHN2Zz48L3N2Zz4=");
	json_decref(list);
}

static void test_none(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} bad[] = {{"", 0}, {"text", 4}, {"</svg>", 6}, {"<svg>", 5}, {"<svg>\0</svg>", 12}};
	json_t *list = json_array();
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct error error;
		write_figure(bad[i].text, bad[i].size);
		assert_int_equal(figure_append(list, path, "", &error), ERROR_INPUT);
		assert_string_equal(error.file, path);
	}
	snprintf(path, sizeof path, "%s/none.svg", scratch_folder);
	assert_int_equal(figure_append(list, path, "", NULL), 0);
	assert_int_equal(json_array_size(list), 0);
	/* A folder is no figure either. */
	assert_int_equal(figure_append(list, scratch_folder, "", NULL), ERROR_INPUT);
	json_decref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
