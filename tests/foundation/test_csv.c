/* SPDX-License-Identifier: Apache-2.0 */
/* CSV tables: texts and places of fields, files refused, numbers. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/byte_source.h"
#include "foundation/csv_table.h"
#include "foundation/csv_write.h"
#include "tests/corpus.h"

/* Parses `text` without header and compares every field, written "text@line:column|...". */
static void assert_fields(const char *text, char delimiter, int64_t columns, const char *expected)
{
	struct csv_table table;
	struct error error = {0};
	char found[512];
	size_t used = 0;
	int status = csv_table_parse(&table, "text", text, strlen(text), delimiter, false, &error);
	if (status != 0)
		error_print(stderr, &error);
	assert_int_equal(status, 0);
	assert_null(table.header);
	assert_string_equal(table.file_name, "text");
	assert_int_equal(table.columns, columns);
	for (int64_t i = 0; i < table.rows * table.columns; i++) {
		const struct csv_field *field = &table.fields[i];
		used += (size_t)snprintf(found + used, sizeof found - used, "%s%s@%u:%u",
					 i ? "|" : "", field->text, field->line, field->column);
		assert_true(used < sizeof found);
	}
	assert_string_equal(found, expected);
	csv_table_free(&table);
	assert_null(table.fields);
}

static void test_plain(void **state)
{
	(void)state;
	assert_fields("1,22\n3,4\n", ',', 2, "1@1:1|22@1:3|3@2:1|4@2:3");
	assert_fields("1,22\n3,4", ',', 2, "1@1:1|22@1:3|3@2:1|4@2:3");
	assert_fields("1;2,5\n", ';', 2, "1@1:1|2,5@1:3");
	assert_fields("1\t\t3\n\t5\t\n", '\t', 3, "1@1:1|@1:3|3@1:4|@2:1|5@2:2|@2:4");
	assert_fields("\xef\xbb\xbf\"1\",2\n", ',', 2, "1@1:1|2@1:5");
}

static void test_line_ends(void **state)
{
	(void)state;
	assert_fields("1,2\r\n3,4\r\n", ',', 2, "1@1:1|2@1:3|3@2:1|4@2:3");
	assert_fields("1,2\r3,4\r", ',', 2, "1@1:1|2@1:3|3@2:1|4@2:3");
	assert_fields("\n1,2\n\n\r\n  \r\n3,4\n\n", ',', 2, "1@2:1|2@2:3|3@6:1|4@6:3");
	/* CR CR LF, of a text file converted twice, is a line end and a blank line. */
	assert_fields("1,2\r\r\n3,4\r\r\n", ',', 2, "1@1:1|2@1:3|3@3:1|4@3:3");
}

static void test_quotes(void **state)
{
	(void)state;
	assert_fields("\"a,b\",\"c\"\"d\"\n", ',', 2, "a,b@1:1|c\"d@1:7");
	assert_fields("1,\"x\ny\",3\n4,5,6", ',', 3, "1@1:1|x\ny@1:3|3@2:4|4@3:1|5@3:3|6@3:5");
	assert_fields("1,\"\r\n\r\ny\",3\r\n4,5,6\r\n", ',', 3,
		      "1@1:1|\r\n\r\ny@1:3|3@3:4|4@4:1|5@4:3|6@4:5");
	assert_fields("\"\n\",2\n", ',', 2, "\n@1:1|2@2:3");
	assert_fields("1\n\"\"\n2\n", ',', 1, "1@1:1|@2:1|2@3:1");
	assert_fields("a , \"b \" , c\n", ',', 3, "a@1:1|b @1:5|c@1:12");
}

/* An empty field stands where it ends. */
static void test_empty_fields(void **state)
{
	(void)state;
	assert_fields("1,,\n,,\n", ',', 3, "1@1:1|@1:3|@1:4|@2:1|@2:2|@2:3");
	assert_fields(",1\r\n2,\r\n", ',', 2, "@1:1|1@1:2|2@2:1|@2:3");
	assert_fields("1,2\n,", ',', 2, "1@1:1|2@1:3|@2:1|@2:2");
	assert_fields("1,2\n\"\",\"\"", ',', 2, "1@1:1|2@1:3|@2:1|@2:4");
}

static void test_header(void **state)
{
	(void)state;
	const char *text = "a,\"b\nc\"\n1,2\n3,4\n";
	struct csv_table table;
	assert_int_equal(csv_table_parse(&table, "text", text, strlen(text), ',', true, NULL), 0);
	assert_int_equal(table.rows, 2);
	assert_int_equal(table.columns, 2);
	assert_string_equal(table.header[0], "a");
	assert_string_equal(table.header[1], "b\nc");
	assert_string_equal(table.fields[3].text, "4");
	assert_int_equal(table.fields[0].line, 3);
	csv_table_free(&table);
}

/* A byte-order mark before a quoted header, names with line breaks: found by their bytes. */
static void test_columns(void **state)
{
	const char *text = "\xef\xbb\xbf\"a b\",\"c\n\"\"d\"\"\",007\r1,2,3\r";
	struct csv_table table;
	(void)state;
	assert_int_equal(csv_table_parse(&table, "text", text, strlen(text), ',', true, NULL), 0);
	assert_int_equal(table.rows, 1);
	assert_int_equal(csv_table_column(&table, "a b"), 0);
	assert_int_equal(csv_table_column(&table, "c\n\"d\""), 1);
	assert_int_equal(csv_table_column(&table, "007"), 2);
	assert_int_equal(csv_table_column(&table, "7"), -1);
	assert_int_equal(csv_table_column(&table, ""), -1);
	assert_string_equal(csv_table_text(&table, 0, "007"), "3");
	assert_string_equal(csv_table_text(&table, 0, "7"), "");
	csv_table_free(&table);
	assert_int_equal(csv_table_parse(&table, "text", "1,2\n", 4, ',', false, NULL), 0);
	assert_int_equal(csv_table_column(&table, "1"), 0);
	assert_int_equal(csv_table_column(&table, "2"), 1);
	static const char *const none[] = {"0",  "3",  "-1", "01",
					   " 1", "1x", "",   "99999999999999999999"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(csv_table_column(&table, none[i]), -1);
	csv_table_free(&table);
}

/* A million columns, the last named like the second: what is quadratic does not end. */
static void test_wide(void **state)
{
	enum { COLUMNS = 1000000 };
	char *text = malloc(12 * COLUMNS);
	size_t used = 0;
	struct csv_table table;
	struct error error = {0};
	(void)state;
	assert_non_null(text);
	for (int i = 0; i < COLUMNS; i++)
		used += (size_t)sprintf(text + used, "c%d,", i);
	used += (size_t)sprintf(text + used, "last\n");
	for (int i = 0; i < COLUMNS; i++) {
		text[used++] = '1';
		text[used++] = ',';
	}
	used += (size_t)sprintf(text + used, "9\n");
	assert_int_equal(csv_table_parse(&table, "wide", text, used, ',', true, &error), 0);
	assert_int_equal(csv_table_column(&table, "last"), COLUMNS);
	assert_int_equal(csv_table_column(&table, "c999999"), COLUMNS - 1);
	csv_table_free(&table);
	memcpy(strstr(text, "last"), "c1\n\n", 4);
	assert_int_equal(csv_table_parse(&table, "wide", text, used, ',', true, &error),
			 ERROR_INPUT);
	assert_string_equal(error.what, "column \"c1\" twice");
	free(text);
}

static int parse_file(struct csv_table *table, const char *file_name, bool header,
		      struct error *error)
{
	struct byte_source source;
	int status = byte_source_read(&source, file_name, error);
	if (status != 0)
		return status;
	status = csv_table_parse(table, file_name, source.bytes, source.size, ',', header, error);
	byte_source_free(&source); /* the table keeps none of it */
	return status;
}

static void test_diamonds(void **state)
{
	(void)state;
	struct csv_table table;
	assert_int_equal(parse_file(&table, "data/diamonds.csv.gz", true, NULL), 0);
	assert_int_equal(table.rows, 53940);
	assert_int_equal(table.columns, 10);
	assert_string_equal(table.header[9], "z");
	assert_string_equal(table.fields[1].text, "Ideal");
	for (int64_t row = 0; row < table.rows; row++)
		assert_int_equal(table.fields[row * 10].line, row + 2);
	csv_table_free(&table);
}

static int read_untouched(const char *file_name, struct error *error)
{
	struct csv_table table, before;
	memset(&table, 0x5a, sizeof table);
	memcpy(&before, &table, sizeof table);
	int status = parse_file(&table, file_name, true, error);
	assert_memory_equal(&table, &before, sizeof table);
	return status;
}

static void test_bad_files(void **state)
{
	(void)state;
	corpus_check("tests/bad/csv_raw", ".csv", 18, read_untouched);
}

static void test_number(void **state)
{
	(void)state;
	static const char *const refused[] = {"",
					      " ",
					      "0x10",
					      "inf",
					      "nan",
					      "1e400",
					      "1,5",
					      "1 2",
					      "1e",
					      "-",
					      ".",
					      "--1",
					      "e5",
					      "1.2.3",
					      "\n1",
					      "1a",
					      "1_0",
					      "INF",
					      "1.5\r",
					      "+-2",
					      "1d3",
					      "0x1p3",
					      "\xd9\xa1\xd9\xa2",
					      "1e5e5",
					      "1,000",
					      "1e309",
					      "-1.8e308",
					      "1 e5",
					      "\xe2\x88\x92"
					      "1"};
	double value = 7;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_int_equal(csv_number(refused[i], &value), -1);
	assert_true(value == 7);
	/* Ten thousand digits: a number if it is finite. */
	static char digits[10010];
	memset(digits, '9', 10000);
	assert_int_equal(csv_number(digits, &value), -1);
	memcpy(digits, "0.", 2);
	assert_int_equal(csv_number(digits, &value), 0);
	assert_true(value == 1.0);
	assert_int_equal(csv_number("1e-400", &value), 0);
	assert_true(value == 0.0);
	assert_int_equal(csv_number("-5e-324", &value), 0);
	assert_true(value == -0x1p-1074);
	assert_int_equal(csv_number(" \t-1.5e-3 ", &value), 0);
	assert_true(value == -1.5e-3);
	assert_int_equal(csv_number("+.5", &value), 0);
	assert_true(value == 0.5);
	assert_int_equal(csv_number("0010", &value), 0);
	assert_true(value == 10);
	assert_int_equal(csv_number("9007199254740993", &value), 0);
	assert_true(value == 9007199254740992.0);
}

/* A decimal comma in the program's locale changes nothing, where such a locale is installed. */
static void test_number_locale(void **state)
{
	(void)state;
	double value = 0;
	if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
		skip();
	int point = csv_number("1.5", &value), comma = csv_number("2,5", &(double){0});
	setlocale(LC_NUMERIC, "C");
	assert_int_equal(point, 0);
	assert_true(value == 1.5);
	assert_int_equal(comma, -1);
}

static void test_written(void **state)
{
	char *text = NULL;
	size_t size = 0;
	(void)state;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	csv_write_joined(out, "p:", "say \"a,b\"");
	fputc(',', out);
	csv_write_joined(out, "p:", "plain");
	fputc(',', out);
	csv_write_text(out, "line\nbreak");
	fputc(',', out);
	csv_write_number(out, true, 0.5);
	fputc(',', out);
	csv_write_number(out, false, 0.5);
	fclose(out);
	assert_string_equal(text, "\"p:say \"\"a,b\"\"\",p:plain,\"line\nbreak\",0.5,");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),         cmocka_unit_test(test_line_ends),
	    cmocka_unit_test(test_quotes),        cmocka_unit_test(test_empty_fields),
	    cmocka_unit_test(test_header),        cmocka_unit_test(test_diamonds),
	    cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_number),
	    cmocka_unit_test(test_number_locale), cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_wide),          cmocka_unit_test(test_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
