/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments beside the ablation: what is asked of them, and what the paper says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h> /* mkdir */

#include <cmocka.h>

#include "harness/paper/paper.h"
#include "foundation/text_file.h"
#include "tests/tables/table_fixture.h"

enum { PATH_TEXT = 160, ROW_TEXT = 1024 };

/* A results folder of its own beside the fixture's table. */
struct setting {
	char folder[PATH_TEXT / 4];
	struct table_fixture fixture;
	struct table table;
	struct comparisons comparisons;
};

static int set_up(void **state)
{
	struct setting *s = calloc(1, sizeof *s);
	*state = s;
	if (!s)
		return -1;
	snprintf(s->folder, sizeof s->folder, "/tmp/test_studies_XXXXXX");
	table_fixture_make(&s->fixture);
	return !mkdtemp(s->folder) ||
	       table_build(&s->table, &s->fixture.plan, fixture_results, NULL) ||
	       comparisons_make(&s->comparisons, &s->table, NULL);
}

static int tear_down(void **state)
{
	struct setting *s = *state;
	char command[PATH_TEXT];
	snprintf(command, sizeof command, "rm -r '%s'", s->folder);
	comparisons_free(&s->comparisons);
	table_free(&s->table);
	int status = system(command);
	free(s);
	return status;
}

struct row {
	const char *arm, *variant;
	double base; /* accuracy of seed 1 */
	double step; /* what each further seed has more, in 64ths */
};

enum { SEEDS = 6 };

static void write_rows(FILE *out, const struct row *rows, int count)
{
	for (int r = 0; r < count; r++) {
		bool dense = strncmp(rows[r].arm, "Dense", 5) == 0;
		fprintf(out,
			"%s{\"task\": \"a\", \"arm\": \"%s\", \"variant\": \"%s\", \"size\": "
			"\"Nano\", \"model_kind\": \"%s\", %s\"planned\": 6, \"runs\": 6, "
			"\"total_params\": 9, \"active_params\": 5, \"forward_flops\": 1, "
			"\"train_flops\": 3, \"match_target\": %d, \"match_residual\": 0, "
			"\"primary_metric\": \"accuracy\", \"seeds\": [1, 2, 3, 4, 5, 6], "
			"\"metrics\": {\"accuracy\": {\"values\": [",
			r ? ",\n" : "", rows[r].arm, rows[r].variant, dense ? "Dense" : "MoE",
			dense ? "" : "\"router_kind\": \"SheafOnly\", ", dense ? 9 : 0);
		for (int s = 0; s < SEEDS; s++)
			fprintf(out, "%s%.6f", s ? ", " : "",
				rows[r].base + (double)s * rows[r].step / 64.0);
		fputs("]}}}", out);
	}
}

static void add_study(const struct setting *s, const char *name, const struct row *rows, int count)
{
	char path[PATH_TEXT], *text;
	size_t size;
	struct text_stream stream;
	snprintf(path, sizeof path, "%s/%s", s->folder, name);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/%s/%s.json", s->folder, name, name);
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	fprintf(stream.out,
		"{\"schema\": \"sheafbench/table/3\", \"experiment\": \"%s\", \"contract\": 2, "
		"\"evaluated_on\": \"test\", \"planned\": %d, \"runs\": %d, \"rows\": [\n",
		name, SEEDS * count, SEEDS * count);
	write_rows(stream.out, rows, count);
	fputs("]}\n", stream.out);
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), 0);
	assert_int_equal(text_file_write(path, text, size, NULL), 0);
	free(text);
}

/* One part, from what the folder has. */
static char *part(const struct setting *s, const char *key)
{
	struct studies studies;
	struct measured measured;
	struct error error = {0};
	char text[PATH_TEXT], *out = NULL;
	size_t size;
	if (studies_read(&studies, s->folder, &error) ||
	    measured_read(&measured, s->folder, &error)) {
		error_print(stderr, &error);
		fail();
	}
	const struct paper_source source = {.plan = &s->fixture.plan,
					    .table = &s->table,
					    .comparisons = &s->comparisons,
					    .measured = &measured,
					    .studies = &studies};
	snprintf(text, sizeof text, "<!-- generated:%s -->\n<!-- /generated:%s -->\n", key, key);
	if (paper_generate("P.md", text, strlen(text), &source, &out, &size, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
	measured_free(&measured);
	studies_free(&studies);
	return out;
}

static void says(const struct setting *s, const char *key, const char *expected)
{
	char *text = part(s, key);
	if (!strstr(text, expected))
		fail_msg("no \"%s\" in\n%s", expected, text);
	free(text);
}

/* Never a number of a study that is not there. */
static void test_absent(void **state)
{
	static const char *const keys[] = {"matching", "controls", "sensitivity"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char expected[ROW_TEXT];
		snprintf(expected, sizeof expected,
			 "<!-- generated:%s -->\n\nNot trained yet (`make studies` trains "
			 "`configs/%s.json`).\n\n<!-- /generated:%s -->",
			 keys[i], keys[i], keys[i]);
		says(*state, keys[i], expected);
	}
	says(*state, "wall-time", "Not measured yet (`make studies` does it).");
	says(*state, "cost", "Not measured yet (`make studies` does it).");
	says(*state, "collapse", "No task with known true experts is in.");
	says(*state, "conclusion", "No task with known true experts is in.");
	says(*state, "valuations", "No run with a codec is in.");
}

static void test_answers(void **state)
{
	struct setting *s = *state;
	struct comparison_pair *pair = &s->comparisons.pair[0], kept = *pair;
	/* Three seeds that differ by the same. */
	says(
	    s, "answers",
	    "| Does the sheaf prior help? | not shown on any of 1 task; no verdict on 1 | "
	    "SheafOnly − SoftmaxOnly | +0.2500 no verdict (no spread: all 3 differences are equal; "
	    "nothing can be said of other seeds) | +0.2500 no verdict (too few seeds for a 95 % "
	    "bootstrap interval) |");
	pair->verdict = COMPARISON_BETTER;
	pair->why = REASON_NONE;
	says(s, "answers",
	     "| Does the sheaf prior help? | not shown on any of 1 task; 1 decided, but not after "
	     "Holm | SheafOnly − SoftmaxOnly | +0.2500 better |");
	pair->after_holm = true;
	says(s, "answers", "| Does the sheaf prior help? | yes: better on 1 of 1 task |");
	*pair = kept;
}

static void test_controls(void **state)
{
	static const struct row rows[] = {{"SheafOnly", "", 0.5, 1.0},
					  {"RandomSimplex", "", 0.75, 2.0},
					  {"PadicFine", "", 0.5, 1.0}};
	add_study(*state, "controls", rows, 3);
	/* -16/64 to -21/64: mean -0.2890625, sd sqrt(3.5) / 64, half 2.570581836 sd / sqrt 6; the
	 * smallest p of six seeds is 1/32. */
	says(*state, "controls",
	     "| a | simplices learned, or at random | SheafOnly − RandomSimplex | -0.2891 "
	     "[-0.3197, -0.2584] | 0.0312 | 0.0625 | worse, not after Holm |");
	says(*state, "controls",
	     "| PadicFine − SheafOnly | 0.0000 | 1.0000 | 1.0000 | no verdict (tied: none of 6 "
	     "seeds differs) |");
	says(*state, "controls",
	     "- a: a codec fine enough to lose nothing changes accuracy on none of 6 seeds.");
	says(*state, "controls", "Holm's adjustment is over these 2 comparisons.");
	/* 0, 1/64, ..., 5/64 more. */
	static const struct row coarse[] = {{"SheafOnly", "", 0.5, 1.0},
					    {"PadicFine", "", 0.5, 2.0}};
	add_study(*state, "controls", coarse, 2);
	says(*state, "controls",
	     "changes accuracy by +0.0391 [+0.0084, +0.0697]. The interval leaves zero out, which "
	     "it should not. A change of more than 0.0697 either way");
	add_study(*state, "controls", rows, 3);
}

static void test_matching(void **state)
{
	static const struct row rows[] = {{"SoftmaxOnly", "", 0.5, 1.0},
					  {"DenseTotal", "", 0.25, 2.0},
					  {"DenseFlops", "", 0.75, 2.0}};
	add_study(*state, "matching", rows, 3);
	says(*state, "matching",
	     "- Mixture against Dense at equal total parameters: better on a (not after Holm).\n"
	     "- Mixture against Dense at equal training FLOPs: worse on a (not after Holm).\n");
	says(*state, "matching",
	     "| a | equal training FLOPs | SoftmaxOnly − DenseFlops | -0.2891 ");
}

#define MIDDLE                                                                                     \
	"router.overlap_penalty=0.01 router.padic.p=5 router.padic.digits=6 "                      \
	"router.padic.scale=4 router.padic.tolerance=0.04"

static void test_sensitivity(void **state)
{
	static const struct row rows[] = {
	    {"SheafPadic", MIDDLE, 0.5, 1.0},
	    {"SheafPadic",
	     "router.overlap_penalty=0.01 router.padic.p=5 router.padic.digits=7 "
	     "router.padic.scale=4 router.padic.tolerance=0.04",
	     0.25, 2.0},
	    {"SheafPadic",
	     "router.overlap_penalty=0 router.padic.p=5 router.padic.digits=7 "
	     "router.padic.scale=4 router.padic.tolerance=0.04",
	     0.125, 1.0}};
	add_study(*state, "sensitivity", rows, 3);
	says(*state, "sensitivity",
	     "- a: of 1 changes of one setting 1 moves the metric (digits N "
	     "= 7 worse) by an interval that leaves zero out.");
	says(*state, "sensitivity", "| a | all as in the ablation | – | 6 | 0.5391 ");
	says(*state, "sensitivity", "| a | digits N | 7 | 6 | 0.3281 ");
	says(*state, "sensitivity", "](results/sensitivity/figures/sensitivity-a.svg)");
}

static void test_parameters(void **state)
{
	char value[PARAMETER_VALUE];
	(void)state;
	assert_int_equal(study_parameter(MIDDLE), PARAMETER_MIDDLE);
	assert_int_equal(study_parameter("router.overlap_penalty=0"), PARAMETER_PENALTY);
	assert_int_equal(study_parameter("router.padic.tolerance=0.5"), PARAMETER_TOLERANCE);
	assert_int_equal(study_parameter("router.padic.digits=4"), PARAMETER_DIGITS);
	assert_int_equal(study_parameter("router.padic.digits=4 router.overlap_penalty=0"),
			 PARAMETER_NONE);
	assert_int_equal(study_parameter("router.padic.scale=3"), PARAMETER_NONE);
	static const char two[] = "router.padic.p=2 router.padic.digits=14 router.padic.scale=9";
	assert_int_equal(study_parameter(two), PARAMETER_P);
	study_value(two, PARAMETER_P, value);
	assert_string_equal(value, "2 (N = 14, F = 9)");
	/* Values that no table of ours has are cut. */
	study_value("router.overlap_penalty=0.123456789012345678901234567890", 0, value);
	assert_string_equal(value, "0.1234567890123");
}

/* The middle is the setting of the ablation. */
static void test_middle(void **state)
{
	json_t *root = json_load_file("configs/ablation.json", 0, NULL);
	const json_t *router = json_object_get(root, "router");
	const json_t *padic = json_object_get(router, "padic");
	char variant[ROW_TEXT];
	(void)state;
	assert_non_null(padic);
	snprintf(variant, sizeof variant,
		 "router.overlap_penalty=%g router.padic.p=%g router.padic.digits=%g "
		 "router.padic.scale=%g router.padic.tolerance=%g",
		 json_number_value(json_object_get(router, "overlap_penalty")),
		 json_number_value(json_object_get(padic, "p")),
		 json_number_value(json_object_get(padic, "digits")),
		 json_number_value(json_object_get(padic, "scale")),
		 json_number_value(json_object_get(padic, "tolerance")));
	json_decref(root);
	assert_string_equal(variant, MIDDLE);
	assert_int_equal(study_parameter(variant), PARAMETER_MIDDLE);
}

static void write_csv(const struct setting *s, const char *name, const char *text)
{
	char path[PATH_TEXT];
	snprintf(path, sizeof path, "%s/%s", s->folder, name);
	assert_int_equal(text_file_write(path, text, strlen(text), NULL), 0);
}

static void test_times(void **state)
{
	write_csv(*state, "matching/wall_time.csv",
		  "task,metric,arm,epoch,seconds,value\n"
		  "a,accuracy,Fast,1,1,0.5\na,accuracy,Fast,2,2,0.75\n"
		  "a,accuracy,Slow,1,1.5,0.25\na,accuracy,Slow,2,3,0.5\n");
	write_csv(*state, "controls/step_time.csv",
		  "task,arm,seed,microseconds\n"
		  "a,SheafPadic,1,20\na,SheafPadic,2,22\n"
		  "a,SoftmaxOnly,1,10\na,SoftmaxOnly,2,11\n");
	says(*state, "wall-time",
	     "| a | Fast | 2.00 | 2 of 2 | 0.7500 | 0.7500 |\n"
	     "| a | Slow | 3.00 | 1 of 2 | 0.2500 | 0.5000 |\n");
	says(*state, "cost",
	     "| a | SheafPadic | 2 | 21 | 2.00 |\n"
	     "| a | SoftmaxOnly | 2 | 10 | 1 |\n");
}

/* A measurement that is no number is named; nothing takes its place. */
static void test_bad_times(void **state)
{
	static const char *const bad[] = {"nan", "inf", "1e999", "-1", "", "x", "0x10"};
	const struct setting *s = *state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[PATH_TEXT];
		struct measured measured;
		struct error error = {0};
		snprintf(text, sizeof text,
			 "task,arm,seed,microseconds\na,SheafPadic,1,20\na,SheafPadic,2,%s\n",
			 bad[i]);
		write_csv(s, "controls/step_time.csv", text);
		assert_int_equal(measured_read(&measured, s->folder, &error), ERROR_INPUT);
		assert_int_equal(error.line, 3);
		assert_int_equal(error.column, 16);
		assert_string_equal(error.path, "microseconds");
	}
	write_csv(s, "controls/step_time.csv", "task,arm,seed,microseconds\n");
}

/* A number that is no run's, and one that is not what its run says. */
static void test_trace(void **state)
{
	struct setting *s = *state;
	struct error error = {0};
	const struct plan *plan = &s->fixture.plan;
	assert_int_equal(paper_check_trace(&s->table, plan, fixture_results, &error), 0);
	s->table.row[0].metric[0].values[1] += 0.125;
	assert_int_equal(paper_check_trace(&s->table, plan, fixture_results, &error), ERROR_CHECK);
	assert_non_null(strstr(error.what, "run f86be524a5ce1d0c has another "));
	/* Without the runs' files nothing is known of it. */
	assert_int_equal(paper_check_trace(&s->table, plan, s->folder, &error), 0);
	s->table.row[0].metric[0].values[1] -= 0.125;
	s->table.row[0].seeds[2] = 77;
	assert_int_equal(paper_check_trace(&s->table, plan, fixture_results, &error), ERROR_CHECK);
	assert_non_null(strstr(error.what, "seed 77 of SheafOnly on letter"));
	s->table.row[0].seeds[2] = 3;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_absent),      cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_controls),    cmocka_unit_test(test_matching),
	    cmocka_unit_test(test_sensitivity), cmocka_unit_test(test_parameters),
	    cmocka_unit_test(test_middle),      cmocka_unit_test(test_times),
	    cmocka_unit_test(test_bad_times),   cmocka_unit_test(test_trace),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
