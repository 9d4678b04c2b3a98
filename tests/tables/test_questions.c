/* SPDX-License-Identifier: Apache-2.0 */
/* Which pairs of arms answer which question, and the answer in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/tables/questions.h"

enum { ROWS = 8 };

/* A plan of one run per row; arms as listed, all on one task but for the last. */
struct made {
	struct table table;
	struct table_row row[ROWS];
	struct plan plan;
	struct run_spec run[ROWS];
};

static const struct {
	const char *arm;
	enum model_kind model;
	enum router_kind router;
	enum router_control control;
} arms[ROWS] = {
    {"Random", MODEL_MOE, ROUTER_SHEAF_ONLY, CONTROL_RANDOM},
    {"Nerve", MODEL_MOE, ROUTER_SHEAF_ONLY, CONTROL_NONE},
    {"SheafOnly", MODEL_MOE, ROUTER_SHEAF_ONLY, CONTROL_NONE},
    {"Codec", MODEL_MOE, ROUTER_SHEAF_PADIC, CONTROL_NONE},
    {"Plain", MODEL_MOE, ROUTER_SOFTMAX_ONLY, CONTROL_NONE},
    {"Wide", MODEL_DENSE, ROUTER_SHEAF_PADIC, CONTROL_NONE},
    {"Narrow", MODEL_DENSE, ROUTER_SHEAF_PADIC, CONTROL_NONE},
    {"SheafOnly", MODEL_MOE, ROUTER_SHEAF_ONLY, CONTROL_NONE},
};
enum { RANDOM, NERVE, SHEAF, CODEC, PLAIN, WIDE, NARROW, ELSEWHERE };

static void open_made(struct made *m)
{
	memset(m, 0, sizeof *m);
	m->table.row = m->row;
	m->plan.runs = m->run;
	m->table.row_count = m->plan.run_count = ROWS;
	for (int i = 0; i < ROWS; i++) {
		struct table_row *row = &m->row[i];
		struct run_spec *run = &m->run[i];
		row->model_kind = arms[i].model;
		row->router_kind = arms[i].router;
		run->router.control = arms[i].control;
		snprintf(row->arm, sizeof row->arm, "%s", arms[i].arm);
		snprintf(run->arm, sizeof run->arm, "%s", arms[i].arm);
		const char *task = i == ELSEWHERE ? "b" : "a";
		snprintf(row->task, sizeof row->task, "%s", task);
		snprintf(run->task_name, sizeof run->task_name, "%s", task);
	}
}

static void asks(const struct made *m, int row, int reference, enum question_name expected)
{
	assert_int_equal(question_of(&m->plan, &m->table, &m->row[row], &m->row[reference]),
			 expected);
}

static void test_questions(void **state)
{
	struct made m;
	(void)state;
	open_made(&m);
	asks(&m, NERVE, PLAIN, QUESTION_SHEAF);
	asks(&m, CODEC, NERVE, QUESTION_PADIC);
	asks(&m, CODEC, PLAIN, QUESTION_BOTH);
	asks(&m, PLAIN, WIDE, QUESTION_MIXTURE);
	/* No other way round, and no pair that is asked nothing. */
	asks(&m, PLAIN, NERVE, QUESTIONS);
	asks(&m, CODEC, WIDE, QUESTIONS);
	/* A control, and arms that are not the first of their kind. */
	asks(&m, RANDOM, PLAIN, QUESTIONS);
	asks(&m, SHEAF, PLAIN, QUESTIONS);
	asks(&m, CODEC, SHEAF, QUESTIONS);
	asks(&m, PLAIN, NARROW, QUESTIONS);
	/* The first of another task or size. */
	asks(&m, ELSEWHERE, PLAIN, QUESTION_SHEAF);
	m.row[SHEAF].size = m.run[SHEAF].size = SIZE_NANO + 1;
	asks(&m, SHEAF, PLAIN, QUESTION_SHEAF);
}

/* Each pair of arms is asked one thing. */
static void test_study_questions(void **state)
{
	(void)state;
	for (const struct study_question *q = study_questions; q->text; q++) {
		struct table_row row = {0}, reference = {0};
		const struct comparison_pair pair = {.row = &row, .reference = &reference};
		snprintf(row.arm, sizeof row.arm, "%s", q->arm);
		snprintf(reference.arm, sizeof reference.arm, "%s", q->reference);
		assert_ptr_equal(study_question_of(q->study, &pair), q);
		assert_null(study_question_of(STUDY_SENSITIVITY, &pair));
	}
}

static void add(struct tally *tally, enum comparison verdict, bool after_holm, int count)
{
	const struct comparison_pair pair = {.verdict = verdict, .after_holm = after_holm};
	for (int i = 0; i < count; i++)
		tally_add(tally, &pair);
}

static void is_answered(const struct tally *tally, const char *expected)
{
	char text[TALLY_ANSWER];
	tally_answer(tally, "on", "task", text);
	assert_string_equal(text, expected);
}

static void test_answers(void **state)
{
	struct tally tally = {0};
	(void)state;
	add(&tally, COMPARISON_UNDECIDED, false, 1);
	is_answered(&tally, "not shown on any of 1 task");
	add(&tally, COMPARISON_BETTER, false, 1);
	add(&tally, COMPARISON_WORSE, false, 1);
	add(&tally, COMPARISON_NONE, false, 1);
	is_answered(&tally, "not shown on any of 4 tasks; 2 decided, but not after Holm; no "
			    "verdict on 1");
	add(&tally, COMPARISON_WORSE, true, 2);
	is_answered(&tally, "not shown; worse on 2 of 6 tasks; 2 decided, but not after Holm; no "
			    "verdict on 1");
	add(&tally, COMPARISON_BETTER, true, 3);
	is_answered(&tally, "it depends: better on 3, worse on 2 of 9 tasks; 2 decided, but not "
			    "after Holm; no verdict on 1");
	tally = (struct tally){0};
	add(&tally, COMPARISON_WORSE, true, 2);
	is_answered(&tally, "no: worse on 2 of 2 tasks");
	tally = (struct tally){0};
	add(&tally, COMPARISON_BETTER, true, 1);
	add(&tally, COMPARISON_UNDECIDED, false, 1);
	is_answered(&tally, "yes: better on 1 of 2 tasks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_questions),
	    cmocka_unit_test(test_study_questions),
	    cmocka_unit_test(test_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
