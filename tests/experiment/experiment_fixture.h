/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments as texts, and the plans they expand to. */
#ifndef SHEAFBENCH_TESTS_EXPERIMENT_EXPERIMENT_FIXTURE_H
#define SHEAFBENCH_TESTS_EXPERIMENT_EXPERIMENT_FIXTURE_H

#include "harness/experiment/experiment.h"

/* One cache for all tests of a program: a task's data are read once. */
extern char experiment_cache[];

/* An experiment of one run that sets every key. */
extern const char one_run[];

/* For cmocka_run_group_tests: the scratch folder, and the cache in it. */
int experiment_fixture_make(void **state);

/* Fail the running test where the file or the text is refused; plan_free() the plan. */
void must_read(struct plan *plan, const char *file_name);
void must_read_text(struct plan *plan, const char *text);
/* `text` as a file of its own. */
void write_experiment(const char *text, char name[96]);

#endif
