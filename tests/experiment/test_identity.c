/* SPDX-License-Identifier: Apache-2.0 */
/* Which run gets which id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/experiment/experiment_fixture.h"
#include "tests/scratch.h"

/* one_run with `from` replaced by `to`. */
static void edited(char *out, size_t size, const char *from, const char *to)
{
	const char *at = strstr(one_run, from);
	if (at == NULL)
		fail_msg("no %s", from);
	int length =
	    snprintf(out, size, "%.*s%s%s", (int)(at - one_run), one_run, to, at + strlen(from));
	assert_true(length > 0 && (size_t)length < size);
}

static void id_of(const char *text, char id[17])
{
	struct plan plan;
	must_read_text(&plan, text);
	assert_int_equal(plan.run_count, 1);
	assert_int_equal(strlen(plan.runs[0].run_id), 16);
	memcpy(id, plan.runs[0].run_id, 17);
	plan_free(&plan);
}

/* Keys in another order, other white space, another scratch_folder, other spellings of the same
 * numbers, defaults left out: the same run. */
static void test_same_id(void **state)
{
	static const char *const edits[][2] = {
	    {"\"one\"", "\"another\""},
	    {"\"name\": \"A\"", "\"name\": \"B.2\""},
	    {"\"size\"", "\"description\": \"a text\",\n\n\t\"size\""},
	    {"\"epochs\": 3, \"batch_size\": 64,", "\"batch_size\":64 , \"epochs\":3,"},
	    {"\"lr\": 0.001", "\"lr\": 1.0e-3"},
	    {"\"lr\": 0.001", "\"lr\": [1e-3]"},
	    {"\"beta1\": 0.9, ", ""},
	    {"\"epsilon\": 1e-8, ", ""},
	    {"\"cycle\"", "[[3,2],[0,1],[1,2],[0,3],[1,0]]"},
	    {"\"padic\": {\"p\": 5, \"digits\": 6,", "\"padic\": {\"digits\": 6, \"p\": 5,"},
	    {"\"n_experts\": 4, \"top_k\": 2, \"evaluate_on\": \"test\",", ""},
	    {"\"SheafPadic\"}", "\"SheafPadic\", \"router\": {\"balance\": 0.03}}"},
	    {"\"count\": 1", "\"count\": 1 "},
	};
	char id[17], other[17], text[2048];
	(void)state;
	id_of(one_run, id);
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		edited(text, sizeof text, edits[i][0], edits[i][1]);
		id_of(text, other);
		if (strcmp(id, other) != 0)
			fail_msg("%s made another id", edits[i][1]);
	}
}

static void test_other_id(void **state)
{
	static const char *const edits[][2] = {
	    {"\"letter\"", "\"quality_decision\""},
	    {"\"Nano\"", "\"Tiny\""},
	    {"\"n_experts\": 4", "\"n_experts\": 5"},
	    {"\"top_k\": 2", "\"top_k\": 3"},
	    {"\"evaluate_on\": \"test\"", "\"evaluate_on\": \"validation\""},
	    {"\"SheafPadic\"", "\"SheafOnly\""},
	    {"\"SheafPadic\"", "\"SoftmaxOnly\""},
	    {"\"first\": 7", "\"first\": 8"},
	    {"\"epochs\": 3", "\"epochs\": 4"},
	    {"\"batch_size\": 64", "\"batch_size\": 65"},
	    {"\"lr\": 0.001", "\"lr\": 0.0010000000000000002"},
	    {"\"cosine\"", "\"constant\""},
	    {"\"weight_decay\": 0.01", "\"weight_decay\": 0"},
	    {"\"warmup\": 0.05", "\"warmup\": 0.06"},
	    {"\"beta1\": 0.9", "\"beta1\": 0.8"},
	    {"\"beta2\": 0.999", "\"beta2\": 0.99"},
	    {"\"epsilon\": 1e-8", "\"epsilon\": 1e-7"},
	    {"\"max_steps\": 0", "\"max_steps\": 1"},
	    {"\"cycle\"", "\"complete\""},
	    {"\"cycle\"", "[[0,1],[1,2],[2,3]]"},
	    {"\"overlap_penalty\": 0.02", "\"overlap_penalty\": 0.03"},
	    {"\"balance\": 0.03", "\"balance\": 0.02"},
	    {"\"renormalize\": false", "\"renormalize\": true"},
	    {"\"p\": 5", "\"p\": 7"},
	    {"\"digits\": 6", "\"digits\": 7"},
	    {"\"scale\": 4", "\"scale\": 3"},
	    {"\"tolerance\": 0.04", "\"tolerance\": 0.05"},
	    {"\"enabled\": true", "\"enabled\": false"},
	};
	enum { EDITS = sizeof edits / sizeof *edits };
	char ids[EDITS + 1][17], text[2048];
	(void)state;
	id_of(one_run, ids[EDITS]);
	for (size_t i = 0; i < EDITS; i++) {
		edited(text, sizeof text, edits[i][0], edits[i][1]);
		id_of(text, ids[i]);
	}
	for (size_t i = 0; i <= EDITS; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(ids[i], ids[j]) == 0)
				fail_msg("%s and %s have one id", edits[j][1],
					 i < EDITS ? edits[i][1] : "the original");
}

static void test_other_folder(void **state)
{
	char id[17], name[96], command[256];
	struct plan plan;
	(void)state;
	id_of(one_run, id);
	snprintf(name, sizeof name, "%s/deeper/x.json", scratch_folder);
	snprintf(command, sizeof command, "mkdir '%s/deeper' && cp '%s/experiment.json' '%s'",
		 scratch_folder, scratch_folder, name);
	assert_int_equal(system(command), 0);
	must_read(&plan, name);
	assert_string_equal(plan.runs[0].run_id, id);
	assert_string_equal(plan.file_name, name);
	plan_free(&plan);
}

/* "none" is what there was before; anything else is another run.  A control's run does not depend
 * on what its router would have used. */
static void test_control_ids(void **state)
{
	static const char only[] = "\"router_kind\": \"SheafOnly\", \"router\": {%s}";
	static const char balance[] = "\"balance\": 0.03";
	static const char *const controls[] = {
	    "", "\"control\": \"none\"", "\"control\": \"random\"", "\"control\": \"random\""};
	char text[2048], arm[128], ids[4][17];
	(void)state;
	for (int i = 0; i < 4; i++) {
		snprintf(arm, sizeof arm, only, controls[i]);
		edited(text, sizeof text, "\"router_kind\": \"SheafPadic\"", arm);
		if (i == 3)
			strstr(text, balance)[strlen(balance) - 1] = '7';
		id_of(text, ids[i]);
	}
	assert_string_equal(ids[0], ids[1]);
	assert_string_not_equal(ids[0], ids[2]);
	assert_string_equal(ids[2], ids[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_id),
	    cmocka_unit_test(test_other_id),
	    cmocka_unit_test(test_other_folder),
	    cmocka_unit_test(test_control_ids),
	};
	return cmocka_run_group_tests(tests, experiment_fixture_make, scratch_remove);
}
