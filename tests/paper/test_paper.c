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

#include "harness/paper/paper.h"
#include "foundation/text_file.h"
#include "foundation/text_lines.h"
#include "tests/tables/table_fixture.h"

/* Fixture, table and what is generated from them. */
struct setting {
	struct table_fixture fixture;
	struct table table;
	struct comparisons comparisons;
	struct paper_source source;
};

static int set_up(void **state)
{
	struct setting *s = calloc(1, sizeof *s);
	*state = s;
	if (!s)
		return -1;
	table_fixture_make(&s->fixture);
	s->source = (struct paper_source){
	    .plan = &s->fixture.plan, .table = &s->table, .comparisons = &s->comparisons};
	return table_build(&s->table, &s->fixture.plan, fixture_results, NULL) ||
	       comparisons_make(&s->comparisons, &s->table, NULL);
}

static int tear_down(void **state)
{
	struct setting *s = *state;
	comparisons_free(&s->comparisons);
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

static const char all_parts[] =
    "<!-- generated:protocol -->\n<!-- /generated:protocol -->\n"
    "<!-- generated:params -->\n<!-- /generated:params -->\n"
    "<!-- generated:ablation-table -->\n<!-- /generated:ablation-table -->\n"
    "<!-- generated:verdict -->\n<!-- /generated:verdict -->\n"
    "<!-- generated:reached -->\n<!-- /generated:reached -->\n"
    "<!-- generated:curves -->\n<!-- /generated:curves -->\n"
    "<!-- generated:tuning -->\n<!-- /generated:tuning -->\n"
    "<!-- generated:finding -->\n<!-- /generated:finding -->\n"
    "<!-- generated:comparisons -->\n<!-- /generated:comparisons -->\n"
    "<!-- generated:across -->\n<!-- /generated:across -->\n"
    "<!-- generated:limits -->\n<!-- /generated:limits -->\n"
    "<!-- generated:reproducibility -->\n<!-- /generated:reproducibility -->\n"
    "<!-- generated:throughput -->\n<!-- /generated:throughput -->\n"
    "<!-- generated:peers -->\n<!-- /generated:peers -->\n";

static void test_idempotent(void **state)
{
	char *once = generate(*state, all_parts), *twice = generate(*state, once);
	assert_string_equal(once, twice);
	assert_int_equal(text_compare("P.md", once, strlen(once), twice, strlen(twice), NULL), 0);
	contains(once, "| letter | 16,000 | 0.1 | 2 | 128 | accuracy |\n\n"
		       "| setting | value |\n|---|---|\n| size | Nano |\n"
		       "| experts, chosen per sample | 4, 2 |\n| AdamW learning rate | 0.001 |\n"
		       "| schedule | cosine |\n| warm-up, share of steps | 0 |\n"
		       "| weight decay | 0.01 |\n| β₁, β₂; ε | 0, 0; 0 |\n"
		       "| balance coefficient | 0.01 |\n| gates renormalised | no |\n"
		       "| nerve | complete of 0 simplices |\n| overlap penalty λ | 0 |\n"
		       "| p-adic codec | – |\n| seeds | 1 to 3, the same for every arm |\n");
	contains(once, "| letter | Dense | 157,414 | 157,414 | 157,356 | +58 (+0.037 %) |");
	contains(once, "Preliminary: 7 of 9 runs are in.");
	contains(once, "](results/fixture/figures/curves-letter.svg)");
	contains(once, "No search for settings is recorded");
	contains(once, "Not measured yet (`make verify-matrix` does it).");
	contains(once, "Not measured yet (`make peers` does it).");
	/* No interval, no figure. */
	assert_null(strstr(once, "figures/differences.svg"));
	/* Measured times are not reproducible and stay out. */
	assert_null(strstr(once, "samples/s"));
	free(once);
	free(twice);
}

/* Of the settings searched the one with the best mean over arms; rows behind the last are none. */
static void test_tuned(void **state)
{
	struct setting *s = *state;
	struct table tuning = s->table;
	static const char text[] = "<!-- generated:limits -->\n<!-- /generated:limits -->\n";
	const char *const variants[] = {"train.lr=0.1", "train.lr=0.01", "train.lr=0.1"};
	struct table_row kept[3];
	memcpy(kept, s->table.row, sizeof kept);
	for (int i = 0; i < 3; i++)
		snprintf(tuning.row[i].variant, sizeof tuning.row[i].variant, "%s", variants[i]);
	s->source.tuning = &tuning;
	/* 0.75 and 0.625 against 0.5. */
	char *out = generate(s, text);
	contains(out,
		 "- letter: of the settings searched `train.lr=0.1` has the best mean over arms "
		 "(accuracy 0.6875).\n");
	free(out);
	tuning.row_count = 2;
	out = generate(s, text);
	contains(out, "`train.lr=0.1` has the best mean over arms (accuracy 0.7500).\n");
	free(out);
	tuning.row_count = 3;
	snprintf(tuning.row[0].variant, sizeof tuning.row[0].variant, "train.lr=0.01");
	out = generate(s, text);
	contains(out, "`train.lr=0.01` has the best mean over arms (accuracy 0.6250).\n");
	free(out);
	s->source.tuning = NULL;
	memcpy(s->table.row, kept, sizeof kept);
	out = generate(s, text);
	assert_null(strstr(out, "settings searched"));
	free(out);
}

/* What lies behind the last row has no say, whatever it is. */
static void test_rows_end(void **state)
{
	struct setting *s = *state;
	struct table_row *behind = &s->table.row[2], kept = *behind;
	char *first = NULL;
	static const char *const tasks[] = {"letter", "other"};
	s->table.row_count = 2;
	for (int i = 0; i < 2; i++) {
		*behind = s->table.row[0];
		snprintf(behind->task, sizeof behind->task, "%s", tasks[i]);
		char *out = generate(s, all_parts);
		if (first)
			assert_string_equal(out, first);
		free(first);
		first = out;
	}
	free(first);
	*behind = kept;
	s->table.row_count = 3;
}

/* Of a task with known experts: a row each of what it chose and what the choice knows. Rows without
 * the metrics, of other tasks and behind the last are none. */
static void test_collapse(void **state)
{
	struct setting *s = *state;
	static const char text[] = "<!-- generated:collapse -->\n<!-- /generated:collapse -->\n";
	/* The greater of the two pairs: 0.75, 0.5 and 1 of a seed's samples. */
	double bits[] = {0.5, 0.75, 1.0}, first[] = {30.0, 20.0, 0.0},
	       second[] = {10.0, 20.0, 40.0};
	struct table_metric known[] = {
	    {"router.true_information", bits, {.n = 3, .mean = 0.75}},
	    {"router.pair.0.1", first, {.n = 3}},
	    {"router.pair.0.2", second, {.n = 3}},
	};
	struct table_row kept[FIXTURE_ARMS];
	memcpy(kept, s->table.row, sizeof kept);
	for (int i = 0; i < FIXTURE_ARMS; i++) {
		s->table.row[i].metric = known;
		s->table.row[i].metric_count = 3;
	}
	char *out = generate(s, text);
	contains(out,
		 "- letter: share of samples that meet the one pair of experts most met, mean "
		 "over seeds, and bits that the choice has on the true expert: SheafOnly 0.75, "
		 "0.75; SoftmaxOnly 0.75, 0.75; Dense 0.75, 0.75.\n"
		 "- The controls are not trained yet (`make studies`).\n");
	free(out);
	s->table.row_count = 2;
	out = generate(s, text);
	contains(out, " SheafOnly 0.75, 0.75; SoftmaxOnly 0.75, 0.75.\n");
	free(out);
	s->table.row[0].metric_count = 1; /* no pairs */
	out = generate(s, text);
	contains(out, "on the true expert: SoftmaxOnly 0.75, 0.75.\n");
	free(out);
	snprintf(s->table.row[0].task, sizeof s->table.row[0].task, "other");
	out = generate(s, text);
	contains(out, "\n- other: share");
	contains(out, "on the true expert: .\n");
	contains(out, "\n- letter: share");
	free(out);
	memcpy(s->table.row, kept, sizeof kept);
	s->table.row_count = FIXTURE_ARMS;
}

static void test_verdict(void **state)
{
	char *out = generate(*state, "<!-- generated:verdict -->\n<!-- /generated:verdict -->\n");
	/* 0.5, 0.75, 1 against 0.25, 0.5, 0.75; Dense has one seed */
	contains(out, "- SheafOnly against SoftmaxOnly: no verdict on letter (no spread: all 3 "
		      "differences are equal; nothing can be said of other seeds).\n");
	contains(out, "- SheafOnly against Dense: no verdict on letter (fewer than two paired "
		      "seeds).\n");
	free(out);
}

/* With other verdicts in the comparisons' place. */
static void test_decided(void **state)
{
	struct setting *s = *state;
	struct comparison_pair *pair = s->comparisons.pair, kept[3];
	memcpy(kept, pair, sizeof kept);
	pair[0].verdict = COMPARISON_BETTER;
	pair[1].verdict = COMPARISON_UNDECIDED;
	pair[0].why = pair[1].why = REASON_NONE;
	char *out = generate(s, "<!-- generated:verdict -->\n<!-- /generated:verdict -->\n");
	contains(out, "- SheafOnly against SoftmaxOnly: better on letter (not after Holm).\n");
	contains(out, "- SheafOnly against Dense: undecided on letter.\n");
	free(out);
	out = generate(s, "<!-- generated:finding -->\n<!-- /generated:finding -->\n");
	contains(out, "Of 1 comparison with SoftmaxOnly 1 is decided: SheafOnly better on letter "
		      "(not after Holm's adjustment).\n");
	contains(out, "None of 2 comparisons with Dense is decided: 1 interval covers zero, the "
		      "seeds of the other allow no verdict.\n");
	free(out);
	pair[2].verdict = COMPARISON_UNDECIDED;
	out = generate(s, "<!-- generated:finding -->\n<!-- /generated:finding -->\n");
	contains(out, "None of 2 comparisons with Dense is decided: each interval covers zero.\n");
	free(out);
	pair[1].verdict = COMPARISON_WORSE;
	pair[2].verdict = COMPARISON_NONE;
	out = generate(s, "<!-- generated:finding -->\n<!-- /generated:finding -->\n");
	contains(out,
		 "Of 2 comparisons with Dense 1 is decided: SheafOnly worse on letter (not after "
		 "Holm's adjustment); of 1 the seeds allow no verdict.\n");
	free(out);
	memcpy(pair, kept, sizeof kept);
}

static void test_finding(void **state)
{
	char *out = generate(*state, "<!-- generated:finding -->\n<!-- /generated:finding -->\n");
	contains(out, "None of 1 comparison with SoftmaxOnly is decided: the seeds allow no "
		      "verdict.\n");
	contains(out, "None of 2 comparisons with Dense is decided: the seeds allow no verdict.\n");
	free(out);
}

static void test_holm_that_cannot_decide(void **state)
{
	char *out =
	    generate(*state, "<!-- generated:comparisons -->\n<!-- /generated:comparisons -->\n");
	/* Three seeds: 2^-2 */
	contains(out, "over 1 comparison. The smallest adjusted p these seeds allow is 0.2500, so "
		      "that it cannot decide anything here.");
	free(out);
}

static void test_measured(void **state)
{
	static const struct {
		const char *file, *text;
	} files[] = {
	    {"reproducibility.csv", "cell,kind,compiler,level,blis,threads,config,runs,status,"
				    "digest,reason\n"
				    "native,native,gcc-O3,auto,auto,1,s.json,8,same,abc,\n"
				    "oracle,native,gcc-O3,auto,oracle,1,s.json,8,DIFFERENT,abd,\n"
				    /* Neither word is known: it does not agree. */
				    "cut,native,gcc-O3,auto,auto,1,s.json,8,sam,abd,\n"
				    "skx,native,clang-O2,,,,,0,not run,,no AVX-512\n"},
	    {"throughput.csv", "row,file,cpu,isa,blis,rate,rate_unit\n"
			       "gemm/1,one,\"A, B\",v3,zen,5,gflops\n"
			       "train/Nano/Dense,one,\"A, B\",v3,zen,1234,samples_per_second\n"},
	    {"peers.csv", "group,case,peer,unit,median,ratio,ratio_min,ratio_max,status\n"
			  "train,nano,sheafbench,samples/s,40,1,1,1,measured\n"
			  "train,nano,Other,samples/s,20,2,1.9,2.1,measured\n"
			  "gemm,a,Lib,GF/s,1,0.5,0.4,0.6,measured\n"
			  "gemm,b,Lib,GF/s,1,1,0.9,1.1,measured\n"
			  "gemm,b,Gone,GF/s,,,,,skipped\n"},
	};
	struct setting s = *(struct setting *)*state;
	char folder[] = "/tmp/test_paper_XXXXXX", path[128], command[64];
	struct measured measured;
	struct error error = {0};
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, files[i].file);
		assert_int_equal(text_file_write(path, files[i].text, strlen(files[i].text), NULL),
				 0);
	}
	assert_int_equal(measured_read(&measured, folder, &error), 0);
	s.source.measured = &measured;
	char *out =
	    generate(&s, "<!-- generated:reproducibility -->\n<!-- /generated:reproducibility -->\n"
			 "<!-- generated:throughput -->\n<!-- /generated:throughput -->\n"
			 "<!-- generated:peers -->\n<!-- /generated:peers -->\n");
	contains(out, "Of 4 cells 1 agree, 2 differ and 1 were not run.");
	contains(out, "| native | gcc-O3 | 1 | 2 | 0 |\n| native | clang-O2 | 0 | 0 | 1 |\n");
	contains(out,
		 "`s.json`: digest of all weights `abc`\n- `s.json`: digest of all weights `abd`");
	contains(out, "| train/Nano/Dense | one | A, B | v3 | zen | 1234 | samples_per_second |");
	assert_null(strstr(out, "gemm/1"));
	contains(out, "| nano | Other | 40 | 20 | samples/s | 2 [1.9, 2.1] |");
	contains(out, "| Lib | 2 | 0.5000 | 0.7500 | 1.0000 |");
	assert_null(strstr(out, "Gone"));
	free(out);
	measured_free(&measured);
	/* A column that is shown is missing. */
	assert_int_equal(text_file_write(path, "group,case\nx,y\n", 15, NULL), 0);
	assert_int_equal(measured_read(&measured, folder, &error), ERROR_INPUT);
	assert_string_equal(error.expected, "peer");
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
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

static int64_t differing_line(const char *a, const char *b)
{
	struct error error = {0};
	int status = text_compare("P.md", a, strlen(a), b, strlen(b), &error);
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
	    cmocka_unit_test(test_verdict),
	    cmocka_unit_test(test_collapse),
	    cmocka_unit_test(test_rows_end),
	    cmocka_unit_test(test_tuned),
	    cmocka_unit_test(test_finding),
	    cmocka_unit_test(test_decided),
	    cmocka_unit_test(test_holm_that_cannot_decide),
	    cmocka_unit_test(test_measured),
	    cmocka_unit_test(test_broken_markers),
	    cmocka_unit_test(test_compare),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
