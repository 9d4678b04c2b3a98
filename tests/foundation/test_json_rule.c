/* SPDX-License-Identifier: Apache-2.0 */
/* Values and objects read by rules. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/json_file.h"
#include "tests/corpus.h"

static const char *const colours[] = {"red", "green", NULL};

static bool reads(const struct json_rule *rule, const char *text, void *out)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	bool good = json_rule_read(rule, value, out);
	json_decref(value);
	return good;
}

static void test_integer(void **state)
{
	(void)state;
	const struct json_rule rule = {
	    .type = RULE_INTEGER, .least = INT64_MAX - 1, .most = INT64_MAX};
	int64_t integer = 5;
	assert_false(reads(&rule, "9223372036854775805", &integer));
	assert_false(reads(&rule, "9223372036854775806.0", &integer));
	assert_false(reads(&rule, "\"9223372036854775806\"", &integer));
	assert_int_equal(integer, 5);
	assert_true(reads(&rule, "9223372036854775806", &integer));
	assert_int_equal(integer, INT64_MAX - 1);
}

/* What binary32 rounds to the bound is the bound. */
static void test_number(void **state)
{
	(void)state;
	struct json_rule rule = {.type = RULE_NUMBER, .min = 0.0, .max = 1.0};
	double number = 0.5;
	assert_false(reads(&rule, "-1e-300", &number));
	assert_false(reads(&rule, "true", &number));
	assert_true(number == 0.5);
	assert_true(reads(&rule, "1", &number));
	assert_true(number == 1.0);
	rule.below_max = true;
	assert_false(reads(&rule, "1", &number));
	assert_false(reads(&rule, "0.99999999", &number));
	assert_true(reads(&rule, "0.9999", &number));
	assert_true(number == 0.9999);
}

static void test_others(void **state)
{
	(void)state;
	const struct json_rule truth = {.type = RULE_BOOL};
	const struct json_rule choice = {.type = RULE_CHOICE, .choices = colours};
	const struct json_rule array = {.type = RULE_ARRAY}, object = {.type = RULE_OBJECT};
	const struct json_rule string = {.type = RULE_STRING}, unread = {.type = RULE_UNREAD};
	const json_t *part = NULL;
	const char *text = NULL;
	bool yes = false;
	int colour = 7;
	assert_false(reads(&truth, "1", &yes));
	assert_true(reads(&truth, "true", &yes));
	assert_true(yes);
	assert_false(reads(&choice, "\"blue\"", &colour));
	assert_false(reads(&choice, "0", &colour));
	assert_int_equal(colour, 7);
	assert_true(reads(&choice, "\"green\"", &colour));
	assert_int_equal(colour, 1);
	assert_false(reads(&array, "{}", &part));
	assert_false(reads(&object, "[]", &part));
	assert_false(reads(&string, "[]", &text));
	assert_null(part);
	assert_null(text);
	assert_true(reads(&object, "{}", &part));
	assert_true(reads(&unread, "[]", NULL));
}

static void check_description(const struct json_rule *rule, const char *expected)
{
	char text[128];
	json_rule_describe(rule, text, sizeof text);
	assert_string_equal(text, expected);
}

static void test_description(void **state)
{
	(void)state;
	struct json_rule number = {.type = RULE_NUMBER, .min = 1e-30, .max = 1e6};
	check_description(&number, "a number from 1e-30 to 1000000");
	number.below_max = true;
	check_description(&number, "a number from 1e-30 to below 1000000");
	number = (struct json_rule){.type = RULE_NUMBER, .min = 0.0, .max = (double)INFINITY};
	check_description(&number, "a number of at least 0");
	const struct json_rule integer = {.type = RULE_INTEGER, .least = -1, .most = INT64_MAX};
	check_description(&integer, "an integer from -1 to 9223372036854775807");
	const struct json_rule choice = {.type = RULE_CHOICE, .choices = colours};
	check_description(&choice, "one of \"red\", \"green\"");
	const struct json_rule array = {.type = RULE_ARRAY};
	check_description(&array, "an array");
	char cut[12];
	json_rule_describe(&choice, cut, sizeof cut);
	assert_string_equal(cut, "one of \"red");
}

enum { ROUND = 1, SQUARE = 2 };

struct shape {
	int64_t size;
	double angle;
	int colour;
	const json_t *holes;
};

static const struct json_rule shape_rules[] = {
    {.key = "note", .type = RULE_UNREAD, .optional = JSON_ANY_KIND},
    {.key = "size",
     .type = RULE_INTEGER,
     .required = JSON_ANY_KIND,
     .least = 1,
     .most = 9,
     .at = offsetof(struct shape, size)},
    {.key = "angle",
     .type = RULE_NUMBER,
     .required = SQUARE,
     .max = 90.0,
     .at = offsetof(struct shape, angle)},
    {.key = "colour",
     .type = RULE_CHOICE,
     .optional = SQUARE,
     .choices = colours,
     .at = offsetof(struct shape, colour)},
    {.key = "holes",
     .type = RULE_ARRAY,
     .required = ROUND,
     .optional = SQUARE,
     .at = offsetof(struct shape, holes)},
};
static const struct json_table shapes = {.rules = shape_rules,
					 .count = sizeof shape_rules / sizeof *shape_rules};

static int read_shape(const char *text, unsigned kind, struct shape *shape, char line[256])
{
	struct json_file file;
	struct error error = {0};
	assert_int_equal(json_file_parse(&file, "s", text, strlen(text), &error), 0);
	int status = json_file_read(&file, file.root, "", &shapes, kind, shape, &error);
	if (status)
		corpus_message(&error, line, 256);
	json_file_free(&file);
	return status;
}

static void test_table(void **state)
{
	(void)state;
	struct shape shape = {.size = 1, .angle = 2.0, .colour = 3};
	char line[256];
	assert_int_equal(
	    read_shape("{\"note\": [], \"size\": 4, \"angle\": 45, \"colour\": \"red\"}", SQUARE,
		       &shape, line),
	    0);
	assert_int_equal(shape.size, 4);
	assert_true(shape.angle == 45.0);
	assert_int_equal(shape.colour, 0);
	assert_null(shape.holes);
	assert_int_equal(read_shape("{\"size\": 5, \"holes\": []}", ROUND, &shape, line), 0);
	assert_int_equal(shape.size, 5);
	assert_true(shape.angle == 45.0);
	assert_non_null(shape.holes);
}

static void test_table_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned kind;
		const char *line;
	} cases[] = {
	    {"{\"size\": 10, \"angel\": 1}", SQUARE,
	     "s:1:14: angel: unknown key, near \"angle\"; expected one of \"note\", \"size\", "
	     "\"angle\", \"colour\", \"holes\""},
	    {"{\"size\": 10, \"angle\": 1}", ROUND,
	     "s:1:14: angle: unknown key; expected one of \"note\", \"size\", \"holes\""},
	    {"{\"size\": 10}", ROUND, "s:1:10: size: found 10; expected an integer from 1 to 9"},
	    {"{\"size\": 1}", ROUND, "s:1:1: holes: missing; expected an array"},
	    {"{\"size\": 1}", SQUARE, "s:1:1: angle: missing; expected a number from 0 to 90"},
	    {"{\"size\": 1, \"angle\": 1, \"colour\": \"rod\"}", SQUARE,
	     "s:1:35: colour: found \"rod\", near \"red\"; expected one of \"red\", \"green\""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct shape shape = {.size = 1};
		char line[256] = "";
		assert_int_equal(read_shape(cases[i].text, cases[i].kind, &shape, line),
				 ERROR_INPUT);
		assert_string_equal(line, cases[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_integer), cmocka_unit_test(test_number),
	    cmocka_unit_test(test_others),  cmocka_unit_test(test_description),
	    cmocka_unit_test(test_table),   cmocka_unit_test(test_table_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
