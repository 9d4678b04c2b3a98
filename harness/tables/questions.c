/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/questions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct question questions[QUESTIONS] = {
    [QUESTION_SHEAF] = {.id = "sheaf",
			.title = "Does the sheaf prior help?",
			.arm = "SheafOnly",
			.reference = "SoftmaxOnly",
			.difference = "the nerve and the overlap penalty",
			.prior = "the sheaf prior"},
    [QUESTION_PADIC] = {.id = "padic",
			.title = "Does the p-adic prior help, on top of it?",
			.arm = "SheafPadic",
			.reference = "SheafOnly",
			.difference = "the p-adic codec, added to the nerve",
			.prior = "the p-adic prior"},
    [QUESTION_BOTH] = {.id = "both",
		       .title = "Do both together help?",
		       .arm = "SheafPadic",
		       .reference = "SoftmaxOnly",
		       .difference = "both priors at once"},
    [QUESTION_MIXTURE] = {.id = "mixture",
			  .title = "Does the mixture help?",
			  .arm = "SoftmaxOnly",
			  .reference = "Dense",
			  .difference = "a dense network of equal parameters instead"},
};

const struct study_question study_questions[] = {
    {STUDY_MATCHING, "SoftmaxOnly", "DenseTotal", "equal total parameters", USE_ANSWER},
    {STUDY_MATCHING, "SoftmaxOnly", "DenseActive", "equal active parameters", USE_ANSWER},
    {STUDY_MATCHING, "SoftmaxOnly", "DenseFlops", "equal training FLOPs", USE_ANSWER},
    {STUDY_CONTROLS, "SheafOnly", "RandomSimplex", "simplices learned, or at random", USE_RANDOM},
    {STUDY_CONTROLS, "SoftmaxOnly", "RandomExperts", "experts learned, or at random", USE_RANDOM},
    {STUDY_CONTROLS, "SheafOnly", "ShuffledNerve", "the cycle, or another nerve as large",
     USE_ANSWER},
    {STUDY_CONTROLS, "PadicFine", "SheafOnly", "a codec that loses nothing, or none", USE_NOTHING},
    {STUDY_CONTROLS, "SheafPadic", "PadicFine", "the ablation's codec, or a fine one", USE_ANSWER},
    {STUDY_CONTROLS, "OracleSimplex", "SheafOnly", "simplices told, or learned", USE_ANSWER},
    {STUDY_CONTROLS, "OracleExpert", "SoftmaxOnly", "experts told, or learned", USE_TOLD},
    {STUDY_CONTROLS, "OracleExpert", "Dense", "experts told, or no mixture", USE_TOLD},
    {.text = NULL},
};

/* What an arm is but for its name: its router, or "Dense". */
static const char *kind_of(const struct table_row *row)
{
	return row->model_kind == MODEL_MOE ? router_kind_names[row->router_kind]
					    : model_kind_names[row->model_kind];
}

static bool is_controlled(const struct plan *plan, const struct table_row *row)
{
	const struct run_spec *run = table_row_run(plan, row);
	return row->model_kind == MODEL_MOE && run && run->router.control != CONTROL_NONE;
}

/* Whether `row` is of the first arm of that kind which no control takes over. */
static bool stands_for(const struct plan *plan, const struct table *table,
		       const struct table_row *row, const char *kind)
{
	if (strcmp(kind_of(row), kind) != 0 || is_controlled(plan, row))
		return false;
	for (const struct table_row *other = table->row; other < row; other++)
		if (table_same_place(other, row) && strcmp(kind_of(other), kind) == 0 &&
		    !is_controlled(plan, other))
			return strcmp(other->arm, row->arm) == 0;
	return true;
}

enum question_name question_of(const struct plan *plan, const struct table *table,
			       const struct table_row *row, const struct table_row *reference)
{
	int q = 0;
	while (q < QUESTIONS && !(stands_for(plan, table, row, questions[q].arm) &&
				  stands_for(plan, table, reference, questions[q].reference)))
		q++;
	return (enum question_name)q;
}

const struct study_question *study_question_of(enum study_name study,
					       const struct comparison_pair *pair)
{
	for (const struct study_question *q = study_questions; q->text; q++)
		if (q->study == study && strcmp(pair->row->arm, q->arm) == 0 &&
		    strcmp(pair->reference->arm, q->reference) == 0)
			return q;
	return NULL;
}

void tally_add(struct tally *tally, const struct comparison_pair *pair)
{
	tally->pairs++;
	tally->by[pair->verdict][pair->after_holm]++;
}

void tally_answer(const struct tally *tally, const char *on, const char *task,
		  char text[TALLY_ANSWER])
{
	int64_t better = tally->by[COMPARISON_BETTER][1], worse = tally->by[COMPARISON_WORSE][1];
	int64_t open = tally->by[COMPARISON_BETTER][0] + tally->by[COMPARISON_WORSE][0];
	int64_t none = tally->by[COMPARISON_NONE][0];
	char word[96], after[64] = "", unknown[64] = "";
	if (better && worse)
		snprintf(word, sizeof word, "it depends: better %s %" PRId64 ", worse %s %" PRId64,
			 on, better, on, worse);
	else if (better || worse)
		snprintf(word, sizeof word, "%s %s %" PRId64,
			 better                  ? "yes: better"
			 : worse == tally->pairs ? "no: worse"
						 : "not shown; worse",
			 on, better + worse);
	else
		snprintf(word, sizeof word, "not shown %s any", on);
	if (open)
		snprintf(after, sizeof after, "; %" PRId64 " decided, but not after Holm", open);
	if (none)
		snprintf(unknown, sizeof unknown, "; no verdict %s %" PRId64, on, none);
	snprintf(text, TALLY_ANSWER, "%s of %" PRId64 " %s%s%s%s", word, tally->pairs, task,
		 tally->pairs == 1 ? "" : "s", after, unknown);
}
