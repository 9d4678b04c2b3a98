/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, digests and JSON documents with positions. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/digest.h"
#include "foundation/json_file.h"
#include "foundation/json_memory.h"
#include "foundation/json_write.h"
#include "foundation/text_file.h"
#include "tests/corpus.h"

static void test_error_forms(void **state)
{
	(void)state;
	char line[256];
	struct error e;
	assert_int_equal(
	    error_set(&e, ERROR_INPUT, "a.json", 3, 7, "train.lr", "a number", "found %d", 5),
	    ERROR_INPUT);
	corpus_message(&e, line, sizeof line);
	assert_string_equal(line, "a.json:3:7: train.lr: found 5; expected a number");
	error_set(&e, ERROR_CHECK, NULL, 0, 0, NULL, NULL, "a\nb");
	corpus_message(&e, line, sizeof line);
	assert_string_equal(line, "a\\x0ab");
	error_set(&e, ERROR_INPUT, "f", 0, 0, "", "", "x");
	corpus_message(&e, line, sizeof line);
	assert_string_equal(line, "f: x");
	/* Rewording an error from its own parts. */
	error_set(&e, ERROR_INPUT, e.file, 1, 0, NULL, e.what, "(%s)", e.what);
	corpus_message(&e, line, sizeof line);
	assert_string_equal(line, "f:1: (x); expected x");
	assert_int_equal(error_set(NULL, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "x"),
			 ERROR_MACHINE);
}

static void test_error_cut(void **state)
{
	(void)state;
	struct error e;
	char text[2000];
	memset(text, 'x', sizeof text);
	memcpy(text + 254, "\xc3\xa9", 2); /* straddles the end of path */
	text[sizeof text - 1] = '\0';
	error_set(&e, ERROR_INPUT, text, 1, 1, text, text, "%s", text);
	assert_int_equal(strlen(e.path), 254);
	assert_int_equal(strlen(e.file), 511);
	assert_int_equal(strlen(e.what), 1023);
}

static void test_near_name(void **state)
{
	(void)state;
	static const char *const names[] = {"SheafPadic", "SheafOnly", "SoftmaxOnly", "lr", NULL};
	assert_string_equal(error_near_name("SheafOnli", names), "SheafOnly");
	assert_string_equal(error_near_name("shaefonly", names), "SheafOnly");
	assert_string_equal(error_near_name("rl", names), "lr");
	assert_null(error_near_name("momentum", names));
	assert_null(error_near_name("", (const char *const[]){"lr", NULL}));
	char longer[200];
	memset(longer, 'S', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_null(error_near_name(longer, names));
}

static void test_digest(void **state)
{
	(void)state;
	char hex[65];
	digest_bytes("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_bytes(NULL, 0, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	struct digest *digest = digest_new();
	digest_update(digest, "a", 1);
	digest_update(digest, "bc", 2);
	digest_finish(digest, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(digest_check(hex, "a", NULL), 0);
	struct error error;
	digest_finish(NULL, hex);
	assert_int_equal(digest_check(hex, "a", &error), ERROR_MACHINE);
	assert_string_equal(error.file, "a");
	assert_string_equal(error.what, "out of memory: no SHA-256 was computed");
}

static void parse(struct json_file *file, const char *text)
{
	struct error error = {0};
	if (json_file_parse(file, "t.json", text, strlen(text), &error) != 0) {
		error_print(stderr, &error);
		fail_msg("refused: %s", text);
	}
}

static void assert_at(const struct json_file *file, const char *path, bool at_key, long line,
		      long column)
{
	long found_line, found_column;
	json_file_locate(file, path, at_key, &found_line, &found_column);
	if (found_line != line || found_column != column)
		fail_msg("%s at %ld:%ld, expected %ld:%ld", path, found_line, found_column, line,
			 column);
}

static void test_locate(void **state)
{
	(void)state;
	struct json_file file;
	parse(&file,
	      "\n{\"train\": {\"lr\": 1e-3,\n\t\"x\": [1, [2, {\"y\": null}], \"]}\\\"\", -4.5]},\n"
	      "  \"arms\":[ {\"name\":\"a\"} ,{\"name\":\"b\"}], \"e\": [], \"o\": {}}");
	assert_at(&file, "", false, 2, 1);
	assert_at(&file, "train", false, 2, 11);
	assert_at(&file, "train", true, 2, 2);
	assert_at(&file, "train.lr", false, 2, 18);
	assert_at(&file, "train.lr", true, 2, 12);
	assert_at(&file, "train.x[0]", false, 3, 8);
	assert_at(&file, "train.x[1][1].y", false, 3, 21);
	assert_at(&file, "train.x[2]", false, 3, 29);
	assert_at(&file, "train.x[3]", false, 3, 37);
	assert_at(&file, "arms[1].name", false, 4, 34);
	/* The nearest ancestor that exists. */
	assert_at(&file, "train.x[4]", false, 3, 7);
	assert_at(&file, "train.x.y", false, 3, 7);
	assert_at(&file, "train.none.deeper", false, 2, 11);
	assert_at(&file, "arms[1].none", false, 4, 26);
	assert_at(&file, "arms[99999999999999999999999]", false, 4, 10);
	assert_at(&file, "e[0]", false, 4, 46);
	assert_at(&file, "o.x", false, 4, 55);
	assert_at(&file, "none", false, 2, 1);
	assert_at(&file, "arms[", false, 4, 10);
	json_file_free(&file);
}

static void test_locate_keys(void **state)
{
	(void)state;
	struct json_file file;
	/* Escaped, unicode (columns are characters), surrogate pair, dotted keys, escaped quotes.
	 */
	parse(&file,
	      "{\"gr\xc3\xb6\xc3\x9f"
	      "e\":1,\"a\\u002eb\":{\"c\":2},\"a\":{\"b\":3},\n"
	      "\"\\ud83d\\ude00\":4,\"\\\"\\\\\\/\\n\":5, \"\\u00e9\":6, \"w.x\":{\"dtype\":7}}");
	assert_at(&file,
		  "gr\xc3\xb6\xc3\x9f"
		  "e",
		  false, 1, 10);
	assert_at(&file, "gr\xc3\xb6", false, 1, 1);
	assert_at(&file, "a.b.c", false, 1, 28);
	assert_at(&file, "a", false, 1, 35);
	assert_at(&file, "\xf0\x9f\x98\x80", false, 2, 16);
	assert_at(&file, "\"\\/\n", false, 2, 29);
	assert_at(&file, "\xc3\xa9", true, 2, 32);
	assert_at(&file, "w.x.dtype", false, 2, 59);
	json_file_free(&file);
	/* Last and first of one, two and three bytes. */
	parse(&file, "{\"\\u007f\":1,\"\\u0080\":2,\"\\u07ff\":3,\"\\u0800\":4,"
		     "\"\\uffff\":5,\"\\ud800\\udc00\":6}");
	assert_at(&file, "\x7f", true, 1, 2);
	assert_at(&file, "\xc2\x80", true, 1, 13);
	assert_at(&file, "\xdf\xbf", true, 1, 24);
	assert_at(&file, "\xe0\xa0\x80", true, 1, 35);
	assert_at(&file, "\xef\xbf\xbf", true, 1, 46);
	assert_at(&file, "\xf0\x90\x80\x80", true, 1, 57);
	json_file_free(&file);
}

/* Locating never leaves the text, whatever path is asked of whatever text was accepted. */
static void test_locate_deep(void **state)
{
	(void)state;
	enum { DEPTH = 2000, BEGIN = 5 };
	char *text = malloc(2 * DEPTH + 16), *path = malloc(3 * DEPTH + 2);
	assert_non_null(text);
	assert_non_null(path);
	memcpy(text, "{\"a\":", BEGIN);
	memset(text + BEGIN, '[', DEPTH);
	memset(text + BEGIN + DEPTH, ']', DEPTH);
	memcpy(text + BEGIN + 2 * DEPTH, "}", 2);
	memcpy(path, "a", 2);
	for (size_t i = 0; i < DEPTH - 1; i++)
		memcpy(path + 1 + 3 * i, "[0]", 4);
	struct json_file file;
	parse(&file, text);
	assert_at(&file, path, false, 1, 5 + DEPTH);
	json_file_free(&file);
	free(text);
	free(path);
}

/* Text that must be refused and the message it must give. */
static void test_syntax(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "t.json:1:1: '[' or '{' expected near end of file; expected valid JSON"},
	    {"[]", "t.json:1:1: found an array; expected an object"},
	    {"{\"a\": 1", "t.json:1:8: '}' expected near end of file; expected valid JSON"},
	    {"{\"a\": 1} x", "t.json:1:10: end of file expected near 'x'; expected valid JSON"},
	    {"{\"a\": nan}", "t.json:1:7: invalid token near 'nan'; expected valid JSON"},
	    {"{\"a\": 01}", "t.json:1:7: invalid token near '0'; expected valid JSON"},
	    {"{\"a\": -Infinity}", "t.json:1:7: invalid token near '-'; expected valid JSON"},
	    {"{\"b\":[0,{\"a\": -1e400}]}", "t.json:1:15: b[1].a: real number overflow near "
					    "'-1e400'; expected an integer below 2^63 in "
					    "magnitude or a finite number"},
	    {"{\"\xc3\xa9\": \"\xc3\x28\"}",
	     "t.json:1:8: unable to decode byte 0xc3 near '\"'; expected valid JSON"},
	    {"{\"a\": \"\xed\xa0\x80\"}",
	     "t.json:1:8: unable to decode byte 0xed near '\"'; expected valid JSON"},
	    {"{\"a\":1,\n \"a\":2}",
	     "t.json:2:2: duplicate object key near '\"a\"'; expected every key once"},
	    {"{\"a\": \"\\u0000\"}", "t.json:1:7: found \\u0000 in a string; expected valid JSON"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json_file file;
		struct error error = {0};
		char line[1024];
		memset(&file, 0x5a, sizeof file);
		struct json_file before = file;
		int status =
		    json_file_parse(&file, "t.json", cases[i].text, strlen(cases[i].text), &error);
		assert_int_equal(status, ERROR_INPUT);
		corpus_message(&error, line, sizeof line);
		assert_string_equal(line, cases[i].message);
		assert_memory_equal(&file, &before, sizeof file);
	}
}

/* Every prefix and every single-byte change of a document is either accepted or refused with a
 * position inside it; the sanitizers watch the rest. */
static void test_mutations(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"a\":{\"\\u00e9\":[1,-2.5e3,\"x\\\"\",{\"b\":null}]},\"c\":true}";
	static const char bytes[] = "\"\\{}[],:1e.-\xff\x80 u";
	for (size_t at = 0; at < sizeof text; at++) {
		for (size_t b = 0; b < sizeof bytes; b++) {
			char changed[sizeof text];
			memcpy(changed, text, sizeof text);
			size_t size = sizeof text - 1;
			if (bytes[b] == '\0')
				size = at;
			else
				changed[at] = bytes[b];
			struct json_file file;
			struct error error = {0};
			int status = json_file_parse(&file, "t", changed, size, &error);
			if (status == 0) {
				long line, column;
				json_file_locate(&file, "a.\xc3\xa9[3].b", true, &line, &column);
				json_file_free(&file);
				assert_true(line == 1 && column >= 1 &&
					    column <= (long)sizeof text);
			} else {
				assert_int_equal(status, ERROR_INPUT);
				assert_true(error.line == 1 && error.column >= 1);
				assert_true(error.column <= (long)size + 1);
			}
		}
	}
}

static void test_nul(void **state)
{
	(void)state;
	struct json_file file;
	struct error error = {0};
	assert_int_equal(json_file_parse(&file, "t", "{}\n\0", 4, &error), ERROR_INPUT);
	assert_int_equal(error.line, 2);
	assert_int_equal(error.column, 1);
	assert_int_equal(json_file_parse(&file, "t", "", 0, &error), ERROR_INPUT);
}

static void test_load(void **state)
{
	(void)state;
	struct json_file file;
	struct error error = {0};
	assert_int_equal(json_file_load(&file, "tests/no_such_file.json", &error), ERROR_INPUT);
	assert_string_equal(error.file, "tests/no_such_file.json");
	assert_int_equal(json_file_load(&file, "tests", &error), ERROR_INPUT);
	assert_int_equal(json_file_load(&file, "tests/good/arch/tiny.json", &error), 0);
	assert_string_equal(file.name, "tests/good/arch/tiny.json");
	assert_int_equal(strlen(file.text), file.size);
	json_file_free(&file);
}

static const char members[] = "{\"i\": 3, \"r\": 0.5, \"b\": false, \"s\": \"two\",\n"
			      " \"o\": {\"k\": 3.0, \"deep\": \"x\"}, \"a\": [1]}";

static void test_members(void **state)
{
	(void)state;
	static const char *const words[] = {"one", "two", "three", NULL};
	struct json_file file;
	struct error error = {0};
	int64_t i = -7;
	double r = -7;
	bool b = true;
	int choice = -7;
	const char *s = NULL;
	const json_t *o, *a;
	parse(&file, members);
	const json_t *root = file.root;
	assert_int_equal(json_file_get_integer(&file, root, "", "i", true, 0, 3, &i, &error), 1);
	assert_int_equal(i, 3);
	assert_int_equal(json_file_get_number(&file, root, "", "i", true, 0, 3, &r, &error), 1);
	assert_true(r == 3);
	assert_int_equal(
	    json_file_get_number(&file, root, "", "r", true, -INFINITY, INFINITY, &r, &error), 1);
	assert_true(r == 0.5);
	assert_int_equal(json_file_get_bool(&file, root, "", "b", true, &b, &error), 1);
	assert_false(b);
	assert_int_equal(json_file_get_string(&file, root, "", "s", true, &s, &error), 1);
	assert_string_equal(s, "two");
	assert_int_equal(json_file_get_choice(&file, root, "", "s", true, words, &choice, &error),
			 1);
	assert_int_equal(choice, 1);
	assert_int_equal(json_file_get_object(&file, root, "", "o", true, &o, &error), 1);
	assert_int_equal(json_file_get_array(&file, root, "", "a", true, &a, &error), 1);
	assert_int_equal(json_file_get_integer(&file, root, "", "none", false, 0, 3, &i, &error),
			 0);
	assert_int_equal(i, 3);
	json_file_free(&file);
}

/* The last refusal as text, which must be `message`. */
static void assert_refused(int status, const struct error *error, const char *message)
{
	char line[1024];
	assert_int_equal(status, ERROR_INPUT);
	corpus_message(error, line, sizeof line);
	assert_string_equal(line, message);
}

static void test_members_refused(void **state)
{
	(void)state;
	static const char *const words[] = {"one", "tow", "three", NULL};
	static const char *const keys[] = {"i", "r", "b", "s", "o", NULL};
	static const char *const inner[] = {"k", "deeper", NULL};
	struct json_file file;
	struct error e = {0};
	int64_t i = -7;
	double r = -7;
	bool b = true;
	int choice = -7;
	const char *s = "-";
	const json_t *o = NULL, *none = NULL;
	parse(&file, members);
	const json_t *root = file.root;
	json_file_get_object(&file, root, "", "o", true, &o, &e);
	assert_refused(json_file_get_integer(&file, root, "", "i", true, 4, 9, &i, &e), &e,
		       "t.json:1:7: i: found 3; expected an integer from 4 to 9");
	assert_refused(json_file_get_integer(&file, o, "o", "k", false, 0, 9, &i, &e), &e,
		       "t.json:2:13: o.k: found 3.0; expected an integer from 0 to 9");
	assert_refused(json_file_get_integer(&file, o, "o", "none", true, 0, 9, &i, &e), &e,
		       "t.json:2:7: o.none: missing; expected an integer from 0 to 9");
	assert_refused(json_file_get_number(&file, root, "", "r", true, 1, INFINITY, &r, &e), &e,
		       "t.json:1:15: r: found 0.5; expected a number of at least 1");
	assert_refused(json_file_get_number(&file, root, "", "s", true, -1, 1, &r, &e), &e,
		       "t.json:1:37: s: found \"two\"; expected a number from -1 to 1");
	assert_refused(json_file_get_bool(&file, root, "", "i", true, &b, &e), &e,
		       "t.json:1:7: i: found 3; expected true or false");
	assert_refused(json_file_get_string(&file, root, "", "o", true, &s, &e), &e,
		       "t.json:2:7: o: found an object; expected a string");
	assert_refused(
	    json_file_get_choice(&file, root, "", "s", true, words, &choice, &e), &e,
	    "t.json:1:37: s: found \"two\", near \"tow\"; expected one of \"one\", \"tow\", "
	    "\"three\"");
	assert_refused(json_file_get_object(&file, root, "", "a", true, &none, &e), &e,
		       "t.json:2:37: a: found an array; expected an object");
	assert_refused(json_file_get_array(&file, root, "", "b", true, &none, &e), &e,
		       "t.json:1:25: b: found false; expected an array");
	assert_refused(
	    json_file_check_keys(&file, root, "", keys, &e), &e,
	    "t.json:2:32: a: unknown key, near \"i\"; expected one of \"i\", \"r\", \"b\", \"s\", "
	    "\"o\"");
	assert_refused(json_file_check_keys(&file, o, "o", inner, &e), &e,
		       "t.json:2:18: o.deep: unknown key, near \"deeper\"; expected one of \"k\", "
		       "\"deeper\"");
	assert_refused(json_file_refuse(&file, "a[0]", &e, "more", "found %d", 1), &e,
		       "t.json:2:38: a[0]: found 1; expected more");
	assert_true(i == -7 && r == -7 && b && choice == -7 && strcmp(s, "-") == 0 && none == NULL);
	json_file_free(&file);
}

/* NULL of jansson: no memory, or no UTF-8. */
static void test_memory(void **state)
{
	(void)state;
	struct error e = {0};
	struct json_file file;
	json_memory_begin();
	assert_null(json_string("caf\xe9"));
	assert_false(json_memory_failed());
	assert_refused(json_memory_refuse("f.json", &e), &e,
		       "f.json: found a text that is not UTF-8; expected names in UTF-8");
	assert_int_equal(json_memory_check_name("caf\xc3\xa9.json", &e), 0);
	assert_refused(json_memory_check_name("caf\xe9.json", &e), &e,
		       "caf\\xe9.json: the file's name is not UTF-8; expected a name in UTF-8");
#if !defined(__SANITIZE_ADDRESS__) && !defined(ADDRESS_SANITIZER)
	/* More than there is on any machine; AddressSanitizer ends the program there. */
	assert_null(json_stringn_nocheck("", SIZE_MAX / 2));
	assert_true(json_memory_failed());
	assert_int_equal(json_memory_refuse("f.json", &e), ERROR_MACHINE);
	assert_string_equal(e.what, "out of memory");
#endif
	/* Of an earlier text. */
	assert_refused(json_file_parse(&file, "t.json", "{\"a\": tru}", 10, &e), &e,
		       "t.json:1:7: invalid token near 'tru'; expected valid JSON");
}

static void test_print(void **state)
{
	static const double numbers[] = {0.1, NAN, 2.0};
	static const int64_t integers[] = {-1, 2};
	struct text_stream stream;
	char *text;
	size_t size;
	(void)state;
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	json_write_print(stream.out, "{'a': %s, 'b': %s,\n 'c': %g, 'd': %g, ", "x'\"",
			 json_write_null, 0.1, NAN);
	json_write_print(stream.out, "'e': %" PRId64 ", 'f': %d, 'g': ", INT64_MIN, 1 > 2);
	json_write_numbers(stream.out, numbers, 3);
	json_write_integers(stream.out, integers, 2);
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), 0);
	assert_string_equal(text, "{\"a\": \"x'\\\"\", \"b\": null,\n \"c\": 0.1, \"d\": null, "
				  "\"e\": -9223372036854775808, \"f\": false, \"g\": "
				  "[0.1, null, 2][-1, 2]");
	free(text);
	/* A text that is none says so by a NUL. */
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	json_write_print(stream.out, "%s", "\xff");
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), ERROR_MACHINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_error_forms),
	    cmocka_unit_test(test_error_cut),
	    cmocka_unit_test(test_near_name),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_locate),
	    cmocka_unit_test(test_locate_keys),
	    cmocka_unit_test(test_locate_deep),
	    cmocka_unit_test(test_syntax),
	    cmocka_unit_test(test_mutations),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_load),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_members_refused),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_print),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
