/* SPDX-License-Identifier: Apache-2.0 */
/* What is written of comparisons, whatever they hold, and files that are stale. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#include "foundation/text_file.h"
#include "tests/tables/made_table.h"
#include "tests/tables/table_fixture.h"

static char *text_of(void (*write)(FILE *out, const struct comparisons *c),
		     const struct comparisons *c)
{
	struct text_stream stream;
	char *text = NULL;
	size_t size = 0;
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	write(stream.out, c);
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), 0);
	return text;
}

static void test_texts(void **state)
{
	struct table_fixture fixture;
	struct table table;
	(void)state;
	table_fixture_make(&fixture);
	assert_int_equal(table_build(&table, &fixture.plan, fixture_results, NULL), 0);
	struct comparisons c = must_compare(&table);
	/* 0.25 in each of three seeds; of Dense one seed is in. */
	char *text = text_of(comparisons_write_csv, &c);
	assert_contains(text,
			"task,size,arm,variant,reference,reference_variant,metric,lower_is_better,"
			"verdict,after_holm,n,mean,sd,ci_low,ci_high,bca_low,bca_high,effect,p,"
			"p_holm,smallest_difference,seeds_to_decide,min,max,reason\n");
	assert_contains(text,
			"\nletter,Nano,SheafOnly,,SoftmaxOnly,,accuracy,false,no verdict,"
			"false,3,0.25,0,,,,,,0.25,0.25,,,0.25,0.25,no spread: all 3 differences "
			"are equal; nothing can be said of other seeds\n");
	assert_contains(text, "\nletter,Nano,SheafOnly,,Dense,,accuracy,false,no verdict,false,"
			      "1,-0.125,,,,,,,,,,,-0.125,-0.125,fewer than two paired seeds\n");
	free(text);
	text = text_of(comparisons_write_json, &c);
	assert_contains(text, "\"schema\": \"sheafbench/comparisons/2\"");
	assert_contains(text, "\"family\": 1,");
	assert_contains(text, "\"seeds\": [1, 2, 3],\n     \"differences\": [0.25, 0.25, 0.25]}");
	assert_contains(text, "\"n\": 1, \"mean\": -0.125, \"sd\": null, ");
	assert_contains(text,
			"\"verdict\": \"no verdict\", \"reason\": \"no spread: all 3 differences "
			"are equal; nothing can be said of other seeds\", \"after_holm\": false");
	assert_contains(text, "\"better\": 0, \"worse\": 0, \"undecided\": 0, \"no_verdict\": 1");
	free(text);
	text = text_of(comparisons_write_markdown, &c);
	assert_contains(text,
			"| letter | SheafOnly − SoftmaxOnly | accuracy | 3 | "
			"+0.2500 | – | – | 0.2500 | 0.2500 | – | – | no verdict (no spread: all 3 "
			"differences are equal; nothing can be said of other seeds) |");
	assert_contains(text,
			"| letter | SheafOnly − Dense | accuracy | 1 | -0.1250 | – | – | – | – | – "
			"| – | no verdict (fewer than two paired seeds) |");
	free(text);
	text = text_of(comparisons_write_plot, &c);
	assert_string_equal(text, "");
	free(text);
	comparisons_free(&c);
	table_free(&table);
}

/* Per task what is known of the pairs, then their seeds. */
static void test_plot(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_row(&m, "a", "SheafOnly", "", "loss", 0.75, 0.125);
	made_table_add_row(&m, "a", "SoftmaxOnly", "", "loss", 0.5, 0.0625);
	made_table_add_row(&m, "b", "SheafOnly", "", "accuracy", 0.5, 0.0);
	made_table_add_row(&m, "b", "SoftmaxOnly", "", "accuracy", 0.25, 0.0);
	made_table_add_arms(&m, "c", "accuracy");
	struct comparisons c = must_compare(&m.table);
	char *text = text_of(comparisons_write_plot, &c);
	/* b's differences are equal and have no interval, and so no place. */
	static const char first[] = "1 \"SheafOnly − SoftmaxOnly\" 0.3125 ";
	static const char rest[] = " -1 \"a\" \"loss\" 0 1 \"worse, not after Holm\"\n\n\n"
				   "1 0.25\n1 0.3125\n1 0.375\n1 0.25\n1 0.3125\n1 0.375\n\n\n"
				   "1 \"SheafOnly − SoftmaxOnly\" ";
	assert_memory_equal(text, first, sizeof first - 1);
	assert_contains(text, rest);
	assert_contains(text, "\n2 \"SheafOnly − Dense\" ");
	assert_contains(text, "\n2 0.125\n2 0\n2 -0.125\n");
	assert_null(strstr(text, "\"b\""));
	free(text);
	comparisons_free(&c);
}

static void check_lines(const char *text, int fields)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		int commas = 0;
		for (const char *c = line; *c != '\n'; c++)
			commas += *c == ',';
		assert_int_equal(commas, fields - 1);
	}
}

/* Whatever stands in a comparison, what is written is numbers, nothing, null or a dash. */
static void test_writers_are_total(void **state)
{
	static const double hard[] = {NAN,    INFINITY,  -INFINITY,  -0.0,    1e308,
				      -1e308, 0x1p-1074, -0x1p-1074, DBL_MAX, 1e-310};
	void (*const writers[])(FILE *, const struct comparisons *) = {
	    comparisons_write_csv, comparisons_write_json, comparisons_write_markdown,
	    comparisons_write_plot};
	(void)state;
	for (size_t h = 0; h < sizeof hard / sizeof *hard; h++) {
		struct made_table m;
		made_table_open(&m);
		made_table_add_arms(&m, "a", "accuracy");
		struct comparisons c = must_compare(&m.table);
		double x = hard[h];
		for (int64_t i = 0; i < c.pair_count; i++) {
			struct comparison_pair *pair = &c.pair[i];
			struct statistics *d = &pair->paired.difference;
			d->mean = d->sd = d->ci_low = d->ci_high = d->min = d->max = x;
			pair->bca.low = pair->bca.high = pair->paired.hedges = x;
			pair->flip.p = pair->holm = pair->smallest = x;
			pair->differences[0] = x;
		}
		c.across[0].iqm.estimate = c.across[0].iqm.low = c.across[0].improvement.high = x;
		for (size_t w = 0; w < sizeof writers / sizeof *writers; w++) {
			char *text = text_of(writers[w], &c);
			if (strstr(text, "nan") || strstr(text, "inf"))
				fail_msg("%g gave\n%s", x, text);
			if (w == 0)
				check_lines(text, 25);
			if (w == 1) {
				json_error_t where;
				json_t *root = json_loads(text, 0, &where);
				if (!root)
					fail_msg("%g: %s\n%s", x, where.text, text);
				json_decref(root);
			}
			if (w == 3 && !isfinite(x))
				assert_string_equal(text, "");
			free(text);
		}
		comparisons_free(&c);
	}
}

/* Losses of any size: numbers that were computed, or none. */
static void test_hard_values(void **state)
{
	static const double hard[] = {1e308, -1e308, 0x1p-1074, -0.0, 1.7e308, 0.0};
	enum { HARD = sizeof hard / sizeof *hard };
	(void)state;
	for (int k = 0; k < HARD * HARD; k++) {
		struct made_table m;
		made_table_open(&m);
		made_table_add_arms(&m, "a", "loss");
		for (int s = 0; s < MADE_SEEDS; s++) {
			m.values[0][s] = hard[(k + s) % HARD];
			m.values[1][s] = hard[(k / HARD + s * s) % HARD];
		}
		struct comparisons c = must_compare(&m.table);
		char *text = text_of(comparisons_write_json, &c);
		assert_null(strstr(text, "nan"));
		assert_null(strstr(text, "inf"));
		/* A difference beyond binary64 is none. */
		for (int64_t i = 0; i < c.pair_count; i++)
			if (!isfinite(c.pair[i].differences[0]))
				assert_int_equal(c.pair[i].why, REASON_NOT_FINITE);
		free(text);
		comparisons_free(&c);
	}
}

/* Three seeds, one row of 142 each, as the files tell it; in the report's words see
 * tests/cli/report.sh. */
static void test_one_row_of_142(void **state)
{
	struct made_table m;
	(void)state;
	made_table_open(&m);
	made_table_add_row(&m, "a", "SheafOnly", "", "accuracy", 0.5, 0.0);
	made_table_add_row(&m, "a", "SoftmaxOnly", "", "accuracy", 0.5, 0.0);
	for (int s = 0; s < 3; s++) {
		m.values[0][s] = (double)(140 - 9 * s) / 142.0;
		m.values[1][s] = (double)(141 - 9 * s) / 142.0;
	}
	m.row[0].runs = m.row[1].runs = 3;
	struct comparisons c = must_compare(&m.table);
	char *text = text_of(comparisons_write_markdown, &c);
	assert_contains(
	    text, "| a | SheafOnly − SoftmaxOnly | accuracy | 3 | -0.0070 | – | – | 0.2500 | "
		  "0.2500 | – | – | no verdict (no spread: all 3 differences are equal; nothing "
		  "can be said of other seeds) |");
	assert_contains(
	    text, "| 1 | 0, 0, 0, 1 | -0.0070 | no verdict (too few seeds for a 95 % bootstrap "
		  "interval) |");
	free(text);
	assert_false(comparisons_drawn(&c));
	assert_false(c.pair[0].after_holm);
	comparisons_free(&c);
}

static void test_stale_file(void **state)
{
	struct made_table m;
	struct error error = {0};
	char folder[] = "/tmp/test_comparisons_XXXXXX", path[256], command[128];
	(void)state;
	assert_non_null(mkdtemp(folder));
	made_table_open(&m);
	made_table_add_arms(&m, "a", "accuracy");
	snprintf(path, sizeof path, "%s/%s", folder, m.table.experiment);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(table_check_comparisons(&m.table, folder, &error), 0); /* none there */
	assert_int_equal(table_write_files(&m.table, folder, &error), 0);
	assert_int_equal(table_check_comparisons(&m.table, folder, &error), 0);
	m.values[0][2] += 0.125;
	assert_int_equal(table_check_comparisons(&m.table, folder, &error), ERROR_CHECK);
	snprintf(path, sizeof path, "%s/%s/comparisons.csv", folder, m.table.experiment);
	assert_string_equal(error.file, path);
	assert_int_equal(error.line, 2);
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* With 21 seeds p is drawn, and says its error; with all of them exact nothing is said. */
static void test_drawn_p(void **state)
{
	enum { MANY = SIGN_FLIP_EXACT + 1 };
	struct made_table m;
	int64_t seeds[MANY];
	double values[2][MANY];
	char *json = NULL, *text = NULL, expected[64];
	size_t size;
	(void)state;
	made_table_open(&m);
	made_table_add_row(&m, "t", "SheafOnly", "", "accuracy", 0.5, 0.0);
	made_table_add_row(&m, "t", "SoftmaxOnly", "", "accuracy", 0.5, 0.0);
	for (int s = 0; s < MANY; s++) {
		seeds[s] = s + 1;
		values[0][s] = 0.5 + 0.0625 * (s % 3);
		values[1][s] = 0.5 + 0.0625 * (s % 2);
	}
	for (int i = 0; i < 2; i++) {
		m.row[i].seeds = seeds;
		m.row[i].runs = m.row[i].planned = MANY;
		m.metric[i].values = values[i];
		m.metric[i].statistics = statistics_of(values[i], MANY, RANGE_PROPORTION);
	}
	struct comparisons c = must_compare(&m.table);
	assert_int_equal(c.pair_count, 1);
	assert_false(c.pair[0].flip.exact);
	FILE *out = open_memstream(&json, &size);
	comparisons_write_json(out, &c);
	fclose(out);
	assert_non_null(strstr(json, "\"p_standard_error\": 0.00"));
	out = open_memstream(&text, &size);
	comparisons_write_markdown(out, &c);
	fclose(out);
	snprintf(expected, sizeof expected, ": 1 here, with a standard error of at most %.1e.\n",
		 c.pair[0].flip.standard_error);
	assert_non_null(strstr(text, expected));
	free(json);
	free(text);
	comparisons_free(&c);
	made_table_open(&m);
	made_table_add_arms(&m, "t", "accuracy");
	c = must_compare(&m.table);
	out = open_memstream(&json, &size);
	comparisons_write_json(out, &c);
	comparisons_write_drawn(out, GRID_MARKDOWN, &c);
	fclose(out);
	assert_null(strstr(json, "standard"));
	free(json);
	comparisons_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_stale_file),
	    cmocka_unit_test(test_drawn_p),
	    cmocka_unit_test(test_plot),
	    cmocka_unit_test(test_writers_are_total),
	    cmocka_unit_test(test_hard_values),
	    cmocka_unit_test(test_one_row_of_142),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
