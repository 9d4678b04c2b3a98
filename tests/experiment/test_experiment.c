/* SPDX-License-Identifier: Apache-2.0 */
/* Experiment files: what they expand to, which run gets which id, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/experiment/experiment.h"
#include "tests/corpus.h"
#include "tests/scratch.h"

/* One cache for all tests: a task's data are read once. */
static const char *const folder = scratch_folder;
static char cache[64];

static int set_up(void **state)
{
	if (scratch_make(state))
		return -1;
	snprintf(cache, sizeof cache, "%s/.cache", folder);
	return mkdir(cache, 0777);
}

static void must_read(struct plan *plan, const char *file_name)
{
	struct error error = {0};
	if (plan_read(plan, file_name, cache, &error) != 0) {
		error_print(stderr, &error);
		fail_msg("%s refused", file_name);
	}
}

/* `text` as a file of its own. */
static void write_experiment(const char *text, char name[96])
{
	snprintf(name, 96, "%s/experiment.json", folder);
	FILE *out = fopen(name, "w");
	assert_non_null(out);
	assert_int_equal(fputs(text, out) >= 0, 1);
	assert_int_equal(fclose(out), 0);
}

static void must_read_text(struct plan *plan, const char *text)
{
	char name[96];
	write_experiment(text, name);
	must_read(plan, name);
}

static const char one_run[] =
    "{\"schema\": \"sheafbench/experiment/1\", \"name\": \"one\", \"tasks\": [\"letter\"],"
    " \"size\": \"Nano\", \"n_experts\": 4, \"top_k\": 2, \"evaluate_on\": \"test\","
    " \"arms\": [{\"name\": \"A\", \"model_kind\": \"MoE\", \"router_kind\": \"SheafPadic\"}],"
    " \"seeds\": {\"first\": 7, \"count\": 1},"
    " \"train\": {\"epochs\": 3, \"batch_size\": 64, \"lr\": 0.001, \"schedule\": \"cosine\","
    "  \"weight_decay\": 0.01, \"warmup\": 0.05, \"beta1\": 0.9, \"beta2\": 0.999,"
    "  \"epsilon\": 1e-8, \"max_steps\": 0, \"override_task\": true},"
    " \"router\": {\"nerve\": \"cycle\", \"overlap_penalty\": 0.02, \"balance\": 0.03,"
    "  \"renormalize\": false, \"padic\": {\"p\": 5, \"digits\": 6, \"scale\": 4,"
    "  \"tolerance\": 0.04, \"enabled\": true}}}";

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

static void test_shipped_configs(void **state)
{
	static const struct {
		const char *file;
		int64_t runs;
	} configs[] = {
	    {"configs/smoke.json", 16},         {"configs/precision_sweep.json", 78},
	    {"configs/overlap_sweep.json", 60}, {"configs/tiny.json", 2},
	    {"configs/full.json", 1},           {"configs/controls.json", 180},
	    {"configs/sensitivity.json", 198},
	};
	(void)state;
	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		struct plan plan;
		must_read(&plan, configs[i].file);
		assert_int_equal(plan.run_count, configs[i].runs);
		plan_free(&plan);
	}
}

/* One of its tasks comes from a package that may not be installed; then the plan says so. */
static void test_ablation(void **state)
{
	struct plan plan;
	struct error error = {0};
	(void)state;
	if (plan_read(&plan, "configs/ablation.json", cache, &error) != 0) {
		char message[4096];
		corpus_message(&error, message, sizeof message);
		if (strstr(message, "fashion") == NULL)
			fail_msg("%s", message);
		print_message("%s\n", message);
		skip();
	}
	assert_int_equal(plan.run_count, 160);
	assert_string_equal(plan.name, "ablation");
	assert_int_equal(plan.task_count, 4);
	for (int64_t i = 0; i < plan.run_count; i++) {
		const struct run_spec *run = &plan.runs[i];
		assert_int_equal(run->seed, 1 + i / 4 % 10);
		assert_string_equal(run->task_name, plan.tasks[i / 40].name);
		assert_string_equal(run->variant, "");
		if (run->arch.model_kind != MODEL_DENSE)
			continue;
		assert_int_equal(run->match_target,
				 arch_count(&plan.runs[i - 1].arch).total_params);
		assert_int_equal(run->match_target + run->match_residual,
				 arch_count(&run->arch).total_params);
		assert_true(llabs(run->match_residual) * 1000 <= run->match_target);
	}
	plan_free(&plan);
}

/* A run's fields, all from the file. */
static void test_resolved(void **state)
{
	struct plan plan;
	(void)state;
	must_read_text(&plan, one_run);
	const struct run_spec *run = &plan.runs[0];
	assert_string_equal(run->experiment, "one");
	assert_string_equal(run->arm, "A");
	assert_int_equal(run->seed, 7);
	assert_int_equal(run->arch.seed, 7);
	assert_int_equal(run->train.epochs, 3);
	assert_int_equal(run->train.batch_size, 64);
	assert_true(run->train.lr == 0.001 && run->train.warmup == 0.05);
	assert_true(run->router.overlap_penalty == 0.02 && run->router.balance == 0.03);
	assert_int_equal(run->router.nerve.kind, NERVE_CYCLE);
	assert_int_equal(run->router.nerve.count, 4);
	assert_int_equal(run->router.padic.p, 5);
	assert_true(run->router.codec && run->evaluate_test);
	assert_int_equal(run->arch.input_dim, 16);
	assert_int_equal(run->arch.output_dim, 26);
	assert_int_equal(run->train_rows, 16000);
	plan_free(&plan);
}

/* Keys in another order, other white space, another folder, other spellings of the same numbers,
 * defaults left out: the same run. */
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
	snprintf(name, sizeof name, "%s/deeper/x.json", folder);
	snprintf(command, sizeof command, "mkdir '%s/deeper' && cp '%s/experiment.json' '%s'",
		 folder, folder, name);
	assert_int_equal(system(command), 0);
	must_read(&plan, name);
	assert_string_equal(plan.runs[0].run_id, id);
	assert_string_equal(plan.file_name, name);
	plan_free(&plan);
}

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
		int status = plan_read(&plan, name, cache, &error);
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

/* Two files of tasks of one name. */
static void test_twin_tasks(void **state)
{
	static const char from[] = "\"tasks\": [\"letter\"]";
	char text[2048], name[96], root[512];
	struct plan plan;
	struct error error = {0};
	(void)state;
	const char *at = strstr(one_run, from);
	assert_non_null(at);
	assert_non_null(getcwd(root, sizeof root));
	snprintf(text, sizeof text,
		 "%.*s\"tasks\": [\"letter\", \"%s/configs/tasks/letter.json\"]%s",
		 (int)(at - one_run), one_run, root, at + sizeof from - 1);
	write_experiment(text, name);
	assert_int_equal(plan_read(&plan, name, cache, &error), ERROR_INPUT);
	assert_string_equal(error.path, "tasks[1]");
	assert_string_equal(error.expected, "every task once");
	assert_non_null(strstr(error.what, "is task letter, as tasks[0] is"));
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

static int try_config(const char *file_name, struct error *error)
{
	struct plan plan;
	int status = plan_read(&plan, file_name, cache, error);
	if (status == 0)
		plan_free(&plan);
	return status;
}

static void test_bad_configs(void **state)
{
	(void)state;
	corpus_check("tests/bad/config", ".json", 30, try_config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped_configs), cmocka_unit_test(test_ablation),
	    cmocka_unit_test(test_resolved),        cmocka_unit_test(test_same_id),
	    cmocka_unit_test(test_other_id),        cmocka_unit_test(test_other_folder),
	    cmocka_unit_test(test_sweep_counts),    cmocka_unit_test(test_codecs_once),
	    cmocka_unit_test(test_twin_tasks),      cmocka_unit_test(test_nerves_shown),
	    cmocka_unit_test(test_sweep_order),     cmocka_unit_test(test_bad_configs),
	    cmocka_unit_test(test_control_ids),     cmocka_unit_test(test_controls),
	};
	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
