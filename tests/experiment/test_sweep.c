/* SPDX-License-Identifier: Apache-2.0 */
/* Keys with many values: which arm multiplies with which, in what order, and how variants are
 * named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/experiment/experiment_fixture.h"
#include "tests/scratch.h"

static const char four_arms[] =
    "{\"schema\": \"sheafbench/experiment/1\", \"name\": \"sweep\", \"tasks\": [\"letter\"],"
    " \"arms\": [{\"name\": \"P\", \"model_kind\": \"MoE\", \"router_kind\": \"SheafPadic\"},"
    "  {\"name\": \"S\", \"model_kind\": \"MoE\", \"router_kind\": \"SheafOnly\"},"
    "  {\"name\": \"M\", \"model_kind\": \"MoE\", \"router_kind\": \"SoftmaxOnly\"},"
    "  {\"name\": \"D\", \"model_kind\": \"Dense\", \"match\": {\"arm\": \"M\"}}],"
    " \"seeds\": {\"first\": 1, \"count\": 2}, \"train\": {\"lr\": [0.001, 0.01]},"
    " \"router\": {\"nerve\": [\"cycle\", [[0,1],[2,3]]], \"overlap_penalty\": [0, 0.01],"
    "  \"balance\": [0, 0.01, 0.1],"
    "  \"padic\": [{\"p\": [2, 3], \"digits\": 14, \"scale\": 6}, {\"enabled\": false}]}}";

static int64_t count_arm(const struct plan *plan, const char *arm)
{
	int64_t count = 0;
	for (int64_t i = 0; i < plan->run_count; i++)
		count += strcmp(plan->runs[i].arm, arm) == 0;
	return count;
}

/* Every arm multiplies with the keys it uses, and its variants speak of these alone. */
static void test_sweep_counts(void **state)
{
	struct plan plan;
	(void)state;
	must_read_text(&plan, four_arms);
	assert_int_equal(count_arm(&plan, "P"), 2 * 2 * 2 * 2 * 3 * 3);
	assert_int_equal(count_arm(&plan, "S"), 2 * 2 * 2 * 2 * 3);
	assert_int_equal(count_arm(&plan, "M"), 2 * 2 * 3);
	assert_int_equal(count_arm(&plan, "D"), 2 * 2);
	for (int64_t i = 0; i < plan.run_count; i++) {
		const struct run_spec *run = &plan.runs[i];
		assert_non_null(strstr(run->variant, "train.lr="));
		assert_int_equal(strstr(run->variant, "padic") != NULL, run->arm[0] == 'P');
		assert_int_equal(strstr(run->variant, "nerve") != NULL,
				 run->arm[0] == 'P' || run->arm[0] == 'S');
		assert_int_equal(strstr(run->variant, "balance") != NULL, run->arm[0] != 'D');
		if (run->arm[0] != 'P' && run->arm[0] != 'S')
			assert_true(run->router.overlap_penalty == 0.0);
		assert_true(run->arm[0] == 'P' || !run->router.codec);
	}
	assert_string_equal(plan.runs[0].variant,
			    "train.lr=0.001 router.nerve=cycle router.overlap_penalty=0 "
			    "router.balance=0 router.padic.p=2 router.padic.enabled=true");
	plan_free(&plan);
}

/* Codecs that are off are one, whatever else they say; one that is on is refused where it stands
 * twice. */
static void test_codecs_once(void **state)
{
	static const struct {
		const char *codecs;
		int64_t different;
	} cases[] = {
	    {"[{\"enabled\": false}, {\"p\": 3, \"enabled\": false}]", 1},
	    {"[{\"enabled\": false}, {\"p\": [2, 3], \"digits\": 14, \"scale\": 6}, "
	     "{\"enabled\": [true, false]}]",
	     4},
	    {"[{\"p\": 2, \"digits\": 14, \"scale\": 6}, {\"scale\": 6, \"digits\": 14, \"p\": 2}]",
	     0},
	};
	static const char from[] =
	    "[{\"p\": [2, 3], \"digits\": 14, \"scale\": 6}, {\"enabled\": false}]";
	char text[2048], name[96];
	(void)state;
	const char *at = strstr(four_arms, from);
	assert_non_null(at);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct plan plan;
		struct error error = {0};
		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - four_arms), four_arms,
			 cases[i].codecs, at + sizeof from - 1);
		write_experiment(text, name);
		int status = plan_read(&plan, name, experiment_cache, &error);
		if (cases[i].different == 0) {
			assert_int_equal(status, ERROR_INPUT);
			assert_string_equal(error.path, "router.padic[1]");
			assert_string_equal(error.expected, "every value once");
			continue;
		}
		assert_int_equal(status, 0);
		assert_int_equal(count_arm(&plan, "P"), 2 * 2 * 2 * 2 * 3 * cases[i].different);
		plan_free(&plan);
	}
}

/* A short nerve is shown in full, a long one by its hash: two are told apart. */
static void test_nerves_shown(void **state)
{
	static const char from[] = "[\"cycle\", [[0,1],[2,3]]]";
	static const char ring[] = "[[0,1],[1,2],[2,3],[3,4],[4,5],[5,6],[6,7],[7,8],[8,9],[9,10],"
				   "[10,11],[11,12],[12,13],[13,14],[14,15]";
	char text[2048], name[96], seen[3][17] = {""};
	struct plan plan;
	int hashes = 0;
	(void)state;
	const char *at = strstr(four_arms, from);
	assert_non_null(at);
	snprintf(text, sizeof text,
		 "{\"n_experts\": 16, %.*s[[[0,1],[2,3]], %s,[0,15]], %s,[1,15]]]%s",
		 (int)(at - four_arms - 1), four_arms + 1, ring, ring, at + sizeof from - 1);
	write_experiment(text, name);
	must_read(&plan, name);
	for (int64_t i = 0; i < plan.run_count; i++) {
		const char *nerve = strstr(plan.runs[i].variant, "router.nerve=");
		if (!nerve)
			continue;
		nerve += strlen("router.nerve=");
		if (strncmp(nerve, "explicit:", 9) != 0) {
			assert_memory_equal(nerve, "[[0,1],[2,3]] ", 14);
			continue;
		}
		assert_int_equal(strspn(nerve + 9, "0123456789abcdef"), 16);
		int known = 0;
		while (known < hashes && strncmp(seen[known], nerve + 9, 16) != 0)
			known++;
		assert_in_range(known, 0, 1);
		memcpy(seen[known], nerve + 9, 16);
		hashes = known == hashes ? hashes + 1 : hashes;
	}
	assert_int_equal(hashes, 2);
	plan_free(&plan);
}

/* task, variant, seed, arm: the four arms first, seed by seed; no run twice. */
static void test_sweep_order(void **state)
{
	struct plan plan;
	(void)state;
	must_read_text(&plan, four_arms);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(plan.runs[i].arm[0], "PSMD"[i % 4]);
		assert_int_equal(plan.runs[i].seed, 1 + i / 4);
	}
	for (int64_t i = 0; i < plan.run_count; i++)
		for (int64_t j = 0; j < i; j++) {
			const struct run_spec *a = &plan.runs[i], *b = &plan.runs[j];
			assert_string_not_equal(a->run_id, b->run_id);
			if (strcmp(a->arm, b->arm) == 0 && a->seed == b->seed)
				assert_string_not_equal(a->variant, b->variant);
		}
	plan_free(&plan);
}

static const char five_arms[] =
    "{\"schema\": \"sheafbench/experiment/1\", \"name\": \"controls\","
    " \"tasks\": [\"letter\", \"quality_decision\"],"
    " \"arms\": [{\"name\": \"S\", \"model_kind\": \"MoE\", \"router_kind\": \"SheafOnly\","
    "   \"router\": {\"nerve\": [\"cycle\", \"shuffled\"]}},"
    "  {\"name\": \"R\", \"model_kind\": \"MoE\", \"router_kind\": \"SoftmaxOnly\","
    "   \"router\": {\"control\": \"random\"}},"
    "  {\"name\": \"O\", \"model_kind\": \"MoE\", \"router_kind\": \"SoftmaxOnly\","
    "   \"router\": {\"control\": \"oracle\"}, \"tasks\": [\"quality_decision\"]},"
    "  {\"name\": \"B\", \"model_kind\": \"MoE\", \"router_kind\": \"SoftmaxOnly\","
    "   \"router\": {\"control\": [\"none\", \"random\"], \"renormalize\": true}, \"tasks\": "
    "[\"letter\"]}],"
    " \"seeds\": {\"first\": 1, \"count\": 20}, \"router\": {\"balance\": [0, 0.01]}}";

/* Arms run on their own tasks; controls do not multiply with the balance loss; the shuffled nerve
 * is drawn anew for every seed. */
static void test_controls(void **state)
{
	struct plan plan;
	char text[2048];
	int nerves = 0;
	struct nerve last = {0};
	(void)state;
	/* B's "none" multiplies with the balance loss, its "random" would be one run twice. */
	snprintf(text, sizeof text, "%s", five_arms);
	char *both = strstr(text, "[\"none\", \"random\"]");
	memcpy(both, "            \"none\"", 18);
	must_read_text(&plan, text);
	assert_int_equal(count_arm(&plan, "S"), 2 * 2 * 2 * 20);
	assert_int_equal(count_arm(&plan, "R"), 2 * 20);
	assert_int_equal(count_arm(&plan, "O"), 20);
	assert_int_equal(count_arm(&plan, "B"), 2 * 20);
	for (int64_t i = 0; i < plan.run_count; i++) {
		const struct run_spec *run = &plan.runs[i];
		const char *canonical = run->canonical;
		assert_true(run->arm[0] != 'O' || strcmp(run->task_name, "quality_decision") == 0);
		assert_int_equal(strstr(canonical, "\"control\":\"random\"") != NULL,
				 run->arm[0] == 'R');
		assert_int_equal(strstr(canonical, "\"control\":\"oracle\"") != NULL,
				 run->arm[0] == 'O');
		if (run->router.nerve.kind != NERVE_SHUFFLED)
			continue;
		assert_non_null(strstr(run->variant, "router.nerve=shuffled"));
		assert_int_equal(run->router.nerve.count, 4);
		nerves += memcmp(&last, &run->router.nerve, sizeof last) != 0;
		last = run->router.nerve;
	}
	assert_true(nerves > 40);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sweep_counts), cmocka_unit_test(test_codecs_once),
	    cmocka_unit_test(test_nerves_shown), cmocka_unit_test(test_sweep_order),
	    cmocka_unit_test(test_controls),
	};
	return cmocka_run_group_tests(tests, experiment_fixture_make, scratch_remove);
}
