/* SPDX-License-Identifier: Apache-2.0 */
/* A plan made by hand for tests/fixtures/results: Letter, three arms, three seeds; of Dense only
 * the first seed is in. */
#ifndef SHEAFBENCH_TESTS_TABLES_TABLE_FIXTURE_H
#define SHEAFBENCH_TESTS_TABLES_TABLE_FIXTURE_H

#include "harness/experiment/experiment.h"
#include "harness/tables/table.h"

enum { FIXTURE_ARMS = 3, FIXTURE_SEEDS = 3, FIXTURE_RUNS = FIXTURE_ARMS * FIXTURE_SEEDS };

struct table_fixture {
	struct plan plan;
	struct task task;
	struct run_spec runs[FIXTURE_RUNS];
};

extern const char fixture_results[];

/* Nothing of it is to be freed. */
void table_fixture_make(struct table_fixture *fixture);

/* The table of the runs that are in; table_free() it.  Fails the running test where it cannot be
 * made. */
struct table table_fixture_build(struct table_fixture *fixture);

/* A writer's text; free() it.  Fails the running test without memory. */
char *table_fixture_text(void (*write)(FILE *out, const struct table *table),
			 const struct table *table);

/* Fails the running test where `part` is not in the text. */
void assert_contains(const char *text, const char *part);

#endif
