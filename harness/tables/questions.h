/* SPDX-License-Identifier: Apache-2.0 */
/* What the experiments are asked, and how an answer is worded: once, for paper and report.
 *
 * The ablation is asked QUESTIONS, each of two kinds of arms; the experiments beside it are asked
 * what study_questions lists, by the names of arms. */
#ifndef SHEAFBENCH_HARNESS_TABLES_QUESTIONS_H
#define SHEAFBENCH_HARNESS_TABLES_QUESTIONS_H

#include <stdint.h>

#include "harness/experiment/experiment.h"
#include "harness/tables/comparisons.h"

enum question_name {
	QUESTION_SHEAF,   /* SheafOnly - SoftmaxOnly */
	QUESTION_PADIC,   /* SheafPadic - SheafOnly */
	QUESTION_BOTH,    /* SheafPadic - SoftmaxOnly */
	QUESTION_MIXTURE, /* SoftmaxOnly - Dense */
	QUESTIONS
};

struct question {
	const char *id, *title;
	const char *arm, *reference; /* their kinds: names of routers, and "Dense" */
	const char *difference;      /* what the arm has and the reference lacks */
	const char *prior;           /* the same where it is one prior, else NULL */
};
extern const struct question questions[QUESTIONS];

/* The question that a pair of rows answers; QUESTIONS: none.  Of several arms of a kind the first
 * of task and size answers, as the others differ in more than the question; an arm under a control
 * never does, as nothing of its router is left. */
enum question_name question_of(const struct plan *plan, const struct table *table,
			       const struct table_row *row, const struct table_row *reference);

/* The experiments beside the ablation (harness/tables/studies.h). */
enum study_name { STUDY_MATCHING, STUDY_CONTROLS, STUDY_SENSITIVITY };
enum { STUDIES = STUDY_SENSITIVITY + 1 };

/* What a pair of the controls shows beside its answer. */
enum question_use {
	USE_ANSWER, /* nothing */
	USE_RANDOM, /* what learning to route is worth: the reference chooses at random */
	USE_TOLD,   /* what is left to learn: the arm is told the true expert */
	USE_NOTHING /* that a codec which loses nothing changes nothing */
};

struct study_question {
	enum study_name study;
	const char *arm, *reference, *text;
	enum question_use use;
};
/* Asked on every task that has both arms; the last has no text. */
extern const struct study_question study_questions[];
/* NULL: none, as in the sensitivity, whose points are compared with the middle. */
const struct study_question *study_question_of(enum study_name study,
					       const struct comparison_pair *pair);

/* How many pairs there are of each finding, [1] after Holm. */
struct tally {
	int64_t pairs, by[COMPARISON_WORSE + 1][2];
};
void tally_add(struct tally *tally, const struct comparison_pair *pair); /* into a zeroed one */
/* "yes: better on 2 of 4 tasks; no verdict on 1", with "on" and "task" from the caller.  A yes or a
 * no takes a difference that also Holm's adjustment leaves. */
enum { TALLY_ANSWER = 256 };
void tally_answer(const struct tally *tally, const char *on, const char *task,
		  char text[TALLY_ANSWER]);

#endif
