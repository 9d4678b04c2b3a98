/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/experiment/experiment_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/scratch.h"

char experiment_cache[64];

const char one_run[] =
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

int experiment_fixture_make(void **state)
{
	if (scratch_make(state))
		return -1;
	snprintf(experiment_cache, sizeof experiment_cache, "%s/.cache", scratch_folder);
	return mkdir(experiment_cache, 0777);
}

void must_read(struct plan *plan, const char *file_name)
{
	struct error error = {0};
	if (plan_read(plan, file_name, experiment_cache, &error) != 0) {
		error_print(stderr, &error);
		fail_msg("%s refused", file_name);
	}
}

void write_experiment(const char *text, char name[96])
{
	snprintf(name, 96, "%s/experiment.json", scratch_folder);
	FILE *out = fopen(name, "w");
	assert_non_null(out);
	assert_int_equal(fputs(text, out) >= 0, 1);
	assert_int_equal(fclose(out), 0);
}

void must_read_text(struct plan *plan, const char *text)
{
	char name[96];
	write_experiment(text, name);
	must_read(plan, name);
}
