/* SPDX-License-Identifier: Apache-2.0 */
/* Generated parts of the paper: markers, idempotence, verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/paper.h"
#include "harness/text_file.h"
#include "tests/table_fixture.h"

/* Fixture, table and what is generated from them. */
struct setting {
	struct table_fixture fixture;
	struct table table;
	struct paper_source source;
};

static int set_up(void **state)
{
	struct setting *s = calloc(1, sizeof *s);
	*state = s;
	if (!s)
		return -1;
	table_fixture_make(&s->fixture);
	s->source = (struct paper_source){&s->fixture.plan, &s->table, NULL};
	return table_build(&s->table, &s->fixture.plan, fixture_results, NULL);
}

static int tear_down(void **state)
{
	struct setting *s = *state;
	table_free(&s->table);
	free(s);
	return 0;
}

static char *generate(const struct setting *s, const char *text)
{
	char *out = NULL;
	size_t size;
	struct error error = {0};
	if (paper_generate("P.md", text, strlen(text), &s->source, &out, &size, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
	assert_int_equal(size, strlen(out));
	return out;
}

static void contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, text);
}

static void test_replaces_only_parts(void **state)
{
	char *out = generate(*state, "# A\n\n<!-- generated:reached -->\nold\n"
				     "<!-- /generated:reached -->\n\ntail without newline");
	assert_int_equal(strncmp(out, "# A\n\n<!-- generated:reached -->\n\n- letter, ", 42), 0);
	contains(out, "seeds\n- letter, Dense: test accuracy 0.6250 over 1 seed\n\n"
		      "<!-- /generated:reached -->\n\ntail without newline");
	assert_null(strstr(out, "old"));
	free(out);
}

static void test_idempotent(void **state)
{
	static const char text[] =
	    "<!-- generated:protocol -->\n<!-- /generated:protocol -->\n"
	    "<!-- generated:params -->\n<!-- /generated:params -->\n"
	    "<!-- generated:ablation-table -->\n<!-- /generated:ablation-table -->\n"
	    "<!-- generated:verdict -->\n<!-- /generated:verdict -->\n"
	    "<!-- generated:reached -->\n<!-- /generated:reached -->\n"
	    "<!-- generated:curves -->\n<!-- /generated:curves -->\n"
	    "<!-- generated:tuning -->\n<!-- /generated:tuning -->\n";
	char *once = generate(*state, text), *twice = generate(*state, once);
	assert_string_equal(once, twice);
	assert_int_equal(paper_compare("P.md", once, strlen(once), twice, strlen(twice), NULL), 0);
	contains(once, "| seeds | 1 to 3, the same for every arm |");
	contains(once, "| letter | Dense | 157,414 | 157,414 | 157,356 | +58 (+0.037 %) |");
	contains(once, "Preliminary: 7 of 9 runs are in.");
	contains(once, "](results/fixture/figures/curves-letter.svg)");
	contains(once, "No search for settings is recorded");
	/* Measured times are not reproducible and stay out. */
	assert_null(strstr(once, "samples/s"));
	free(once);
	free(twice);
}

static void test_verdict_row(void **state)
{
	char *out = generate(*state, "<!-- generated:verdict -->\n<!-- /generated:verdict -->\n");
	/* 0.5, 0.75, 1 against 0.25, 0.5, 0.75: 0.25 in every seed */
	contains(out, "| letter | SheafOnly − SoftmaxOnly | accuracy | 3 | "
		      "+0.2500 [+0.2500, +0.2500] | helps |");
	free(out);
}

static void test_pairs_by_seed(void **state)
{
	const struct setting *s = *state;
	/* Dense has seed 1 alone: 0.625 - 0.25. */
	struct statistics differences = verdict_differences(&s->table.row[2], &s->table.row[1]);
	assert_int_equal(differences.n, 1);
	assert_true(differences.mean == 0.375);
	assert_int_equal(verdict_of(&differences, false), VERDICT_UNKNOWN);
}

static void test_verdicts(void **state)
{
	static const struct {
		double values[3];
		bool lower;
		enum verdict verdict;
	} cases[] = {
	    {{0.10, 0.11, 0.12}, false, VERDICT_HELPS},
	    {{0.10, 0.11, 0.12}, true, VERDICT_HURTS},
	    {{-0.10, -0.11, -0.12}, false, VERDICT_HURTS},
	    {{-0.10, -0.11, -0.12}, true, VERDICT_HELPS},
	    {{0.10, -0.11, 0.02}, false, VERDICT_UNDECIDED},
	    {{0.0, 0.0, 0.0}, false, VERDICT_DOES_NOT_HELP},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct statistics s = statistics_of(cases[i].values, 3);
		assert_int_equal(verdict_of(&s, cases[i].lower), cases[i].verdict);
	}
}

static void test_broken_markers(void **state)
{
	static const struct {
		const char *text, *what;
		long line;
	} cases[] = {
	    {"a\n<!-- generated:verdikt -->\n<!-- /generated:verdikt -->\n",
	     "unknown key \"verdikt\", near verdict", 2},
	    {"a\n\n<!-- generated:verdict -->\nb\n", "no end of part verdict", 3},
	    {"<!-- /generated:verdict -->\n", "found the end of part verdict", 1},
	    {"<!-- generated:verdict -->\n<!-- /generated:params -->\n",
	     "found the end of part params", 2},
	    {"<!-- generated:verdict -->\n<!-- generated:params -->\n",
	     "found a marker inside part verdict", 2},
	    {"<!-- generated:verdict\n", "broken marker", 1},
	    {"<!-- generated: -->\n", "broken marker", 1},
	};
	const struct setting *s = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *out;
		size_t size;
		struct error error = {0};
		assert_int_equal(paper_generate("P.md", cases[i].text, strlen(cases[i].text),
						&s->source, &out, &size, &error),
				 ERROR_INPUT);
		assert_string_equal(error.what, cases[i].what);
		assert_int_equal(error.line, cases[i].line);
	}
}

static long differing_line(const char *a, const char *b)
{
	struct error error = {0};
	int status = paper_compare("P.md", a, strlen(a), b, strlen(b), &error);
	assert_int_equal(status, error.line ? ERROR_CHECK : 0);
	return error.line;
}

static void test_compare(void **state)
{
	(void)state;
	assert_int_equal(differing_line("a\nb\n", "a\nb\n"), 0);
	assert_int_equal(differing_line("", ""), 0);
	assert_int_equal(differing_line("a\nb\n", "a\nc\n"), 2);
	assert_int_equal(differing_line("a\nb\n", "a\n"), 2);
	assert_int_equal(differing_line("a\n", "a\nb\nc\n"), 2);
	assert_int_equal(differing_line("a\nb", "a\nb\n"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_replaces_only_parts),
	    cmocka_unit_test(test_idempotent),
	    cmocka_unit_test(test_verdict_row),
	    cmocka_unit_test(test_pairs_by_seed),
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_broken_markers),
	    cmocka_unit_test(test_compare),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
