/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: what each tag writes, and what is refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/template.h"
#include "foundation/text_file.h"

/* The text of a template NAME with values as JSON has them; NULL where it is refused. */
static char *written(const char *name, const char *text, const char *values, struct error *error)
{
	static const unsigned char other[] = "<{{a}}>\n";
	const struct template_text set[] = {{name, (const unsigned char *)text, strlen(text)},
					    {"other", other, sizeof other - 1},
					    {NULL, NULL, 0}};
	struct text_stream stream;
	char *out;
	size_t size;
	assert_int_equal(text_stream_open(&stream, error), 0);
	json_t *given = json_loads(values, 0, NULL);
	assert_non_null(given);
	if (template_write(stream.out, set, name, given, error)) {
		text_stream_drop(&stream);
		return NULL;
	}
	assert_int_equal(text_stream_take(&stream, &out, &size, error), 0);
	return out;
}

static void test_written(void **state)
{
	static const struct {
		const char *name, *text, *values, *expected;
	} cases[] = {
	    {"t", "", "{}", ""},
	    {"t", "a\n", "{}", "a\n"},
	    {"t", "{{a}}{{{a}}}", "{\"a\":\"<&\"}", "<&<&"},
	    {"t.html", "{{a}}{{{a}}}", "{\"a\":\"<\"}", "&lt;<"},
	    {"t", "{{#a}}({{b}}){{/a}}", "{\"a\":[{\"b\":\"1\"},{\"b\":\"2\"}]}", "(1)(2)"},
	    {"t", "{{#a}}{{.}} {{b}},{{/a}}", "{\"a\":[\"x\",\"y\"],\"b\":\"!\"}", "x !,y !,"},
	    {"t", "{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\":true}", "1"},
	    {"t", "{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\":false}", "2"},
	    {"t", "{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\":null}", "2"},
	    {"t", "{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\":\"\"}", "2"},
	    {"t", "{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\":[]}", "2"},
	    {"t", "{{#a}}1{{/a}}{{^a}}2{{/a}}", "{\"a\":{}}", "1"},
	    {"t", "{{#a}}{{^-first}}, {{/-first}}{{.}}{{/a}}", "{\"a\":[\"x\",\"y\"]}", "x, y"},
	    {"t", "{{#a}}{{#b}}{{#-first}}1{{/-first}}{{c}}{{/b}}{{/a}}",
	     "{\"a\":[{\"b\":{\"c\":\"x\"}},{\"b\":{\"c\":\"y\"}}]}", "1xy"},
	    /* The innermost of a name, and outside again. */
	    {"t", "{{#b}}{{a}}{{/b}}{{a}}", "{\"a\":\"1\",\"b\":{\"a\":\"2\"}}", "21"},
	    {"t", "{{#a}}{{#a}}x{{/a}}{{/a}}", "{\"a\":true}", "x"},
	    /* Lines with a tag alone are none. */
	    {"t", "a\n{{#b}}\nc\n{{/b}}\nd\n", "{\"b\":[{},{}]}", "a\nc\nc\nd\n"},
	    {"t", "a\n  {{^b}}  \n\n{{/b}}\nd\n", "{\"b\":true}", "a\nd\n"},
	    {"t", "a\n{{^b}}\n\n{{/b}}\nd\n", "{\"b\":false}", "a\n\nd\n"},
	    {"t", "{{! a comment\n on two }}\nb {{! c }} d\n", "{}", "b  d\n"},
	    {"t", "x\n{{>other}}\ny {{>other}}", "{\"a\":\"1\"}", "x\n<1>\ny <1>\n"},
	    {"t", "a {{#b}}\nc{{/b}}\n", "{\"b\":true}", "a \nc\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error error;
		char *text = written(cases[i].name, cases[i].text, cases[i].values, &error);
		assert_non_null(text);
		assert_string_equal(text, cases[i].expected);
		free(text);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *what;
		long line;
	} cases[] = {
	    {"a\nb {{b}}", "{{b}} is not given", 2},
	    {"{{#b}}{{/b}}", "{{b}} is not given", 1},
	    {"{{#a}}{{#-first}}{{/-first}}{{/a}}", "{{-first}} is not given", 1},
	    {"\n{{a}", "a tag without end", 2},
	    {"{{#a}}\n", "{{#a}} without its end", 1},
	    {"{{#a}}{{/b}}", "{{#a}} without its end", 1},
	    {"\n\n{{/a}}", "{{/a}} without its beginning", 3},
	    {"{{>none}}", "there is no template none", 1},
	    {"{{n}}", "{{n}} is no text", 1},
	    {"{{>t}}", "sections too deep", 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error error;
		assert_null(written("t", cases[i].text, "{\"a\":\"1\",\"n\":1}", &error));
		assert_int_equal(error.status, ERROR_CHECK);
		assert_string_equal(error.what, cases[i].what);
		assert_string_equal(error.file, "t");
		assert_int_equal(error.line, cases[i].line);
	}
}

static void test_no_memory(void **state)
{
	static const struct template_text set[] = {{NULL, NULL, 0}};
	struct error error;
	json_t *list = NULL;
	(void)state;
	template_append(&list, json_null());
	assert_null(list);
	list = json_array();
	template_append(&list, json_null());
	assert_int_equal(json_array_size(list), 0);
	template_append(&list, NULL);
	assert_null(list);
	json_t *object = json_object();
	template_set(&object, "a", json_true());
	assert_true(json_is_true(json_object_get(object, "a")));
	template_set(&object, "a", NULL);
	assert_null(object);
	template_set(&object, "a", json_true());
	assert_null(object);
	assert_int_equal(template_write(stdout, set, "t", list, &error), ERROR_MACHINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_written),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
