/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tables/table_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "foundation/text_file.h"
#include "foundation/digest.h"

const char fixture_results[] = "tests/fixtures/results";

/* Ids are the hash of what their records have as config. */
static void make_run(struct run_spec *run, int arm, int seed)
{
	static const char *const names[] = {"SheafOnly", "SoftmaxOnly", "Dense"};
	static const enum router_kind routers[] = {ROUTER_SHEAF_ONLY, ROUTER_SOFTMAX_ONLY,
						   ROUTER_SHEAF_PADIC};
	uint64_t number = (uint64_t)seed;
	char config[128], hex[65];
	snprintf(config, sizeof config, "{\"arm\":\"%s\",\"seed\":%d,\"task\":\"letter\"}",
		 names[arm], seed);
	digest_bytes(config, strlen(config), hex);
	snprintf(run->run_id, sizeof run->run_id, "%.16s", hex);
	snprintf(run->experiment, sizeof run->experiment, "fixture");
	snprintf(run->task_name, sizeof run->task_name, "letter");
	snprintf(run->arm, sizeof run->arm, "%s", names[arm]);
	run->seed = number;
	run->evaluate_test = true;
	run->train_rows = 16000;
	run->train = (struct train_settings){
	    .epochs = 2, .batch_size = 128, .lr = 1e-3, .weight_decay = 0.01};
	run->router = (struct router_settings){.kind = routers[arm], .balance = 0.01};
	run->arch = arm == 2 ? arch_dense(SIZE_NANO, 16, 26, 294, number)
			     : arch_moe(SIZE_NANO, 16, 26, routers[arm], number);
	if (arm == 2) {
		run->match_target = 157356;
		run->match_residual = 58;
	}
}

void table_fixture_make(struct table_fixture *fixture)
{
	memset(fixture, 0, sizeof *fixture);
	for (int seed = 1; seed <= FIXTURE_SEEDS; seed++)
		for (int arm = 0; arm < FIXTURE_ARMS; arm++)
			make_run(&fixture->runs[(seed - 1) * FIXTURE_ARMS + arm], arm, seed);
	snprintf(fixture->task.name, sizeof fixture->task.name, "letter");
	snprintf(fixture->task.primary_metric, sizeof fixture->task.primary_metric, "accuracy");
	fixture->task.validation_fraction = 0.1;
	snprintf(fixture->plan.name, sizeof fixture->plan.name, "fixture");
	fixture->plan.tasks = &fixture->task;
	fixture->plan.task_count = 1;
	fixture->plan.runs = fixture->runs;
	fixture->plan.run_count = FIXTURE_RUNS;
	fixture->plan.first_seed = 1;
	fixture->plan.seed_count = FIXTURE_SEEDS;
}

char *table_fixture_text(void (*write)(FILE *out, const struct table *table),
			 const struct table *table)
{
	struct text_stream stream;
	char *text = NULL;
	size_t size = 0;
	assert_int_equal(text_stream_open(&stream, NULL), 0);
	write(stream.out, table);
	assert_int_equal(text_stream_take(&stream, &text, &size, NULL), 0);
	return text;
}

struct table table_fixture_build(struct table_fixture *fixture)
{
	struct table table;
	struct error error = {0};
	table_fixture_make(fixture);
	if (table_build(&table, &fixture->plan, fixture_results, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
	return table;
}

void assert_contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in\n%s", part, text);
}
