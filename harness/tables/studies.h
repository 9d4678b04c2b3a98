/* SPDX-License-Identifier: Apache-2.0 */
/* The experiments beside the ablation that the paper and the report tell of: configs/matching.json,
 * controls.json, sensitivity.json.  Each may be absent; of one that is there the comparisons are
 * those of a list (harness/tables/questions.h), with Holm's adjustment over these alone. */
#ifndef SHEAFBENCH_HARNESS_TABLES_STUDIES_H
#define SHEAFBENCH_HARNESS_TABLES_STUDIES_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/tables/comparisons.h"
#include "harness/tables/questions.h"
#include "harness/tables/table.h"
#include "foundation/error.h"

extern const char *const study_names[STUDIES]; /* as their folders are called */

struct study {
	bool there;
	struct table table;
	struct comparisons asked; /* of `table`; by task, then question */
};

struct studies {
	struct study of[STUDIES];
};

/* The table of each in results_dir (table_read_stored), and what is asked of it.  Errors of the
 * tables that are there; ERROR_MACHINE: no memory.  Free with studies_free. */
int studies_read(struct studies *studies, const char *results_dir, struct error *error);
void studies_free(struct studies *studies);

/* The parameters of the sensitivity, varied one at a time around the ablation's setting. */
enum { PARAMETER_PENALTY, PARAMETER_TOLERANCE, PARAMETER_DIGITS, PARAMETER_P, PARAMETERS };
enum { PARAMETER_NONE = -1, PARAMETER_MIDDLE = PARAMETERS };
extern const char *const parameter_names[PARAMETERS];
/* Which of them differs in a variant; MIDDLE where all are the ablation's, NONE where several
 * differ.  With p its digits and scale differ too. */
int study_parameter(const char *variant);
/* Whether a variant names all of the settings, as the points of configs/sensitivity.json do. */
bool study_is_point(const char *variant);
enum { PARAMETER_VALUE = 64 };
/* The one parameter that differs, as parameter_names has it, with its value; NULL: MIDDLE or NONE.
 */
const char *study_varied(const char *variant, char value[PARAMETER_VALUE]);
/* comparison_label; of the sensitivity the setting that is another, "digits N = 7". */
void study_pair_label(const struct table *table, const struct comparison_pair *pair,
		      char label[COMPARISON_LABEL]);
/* "7" of PARAMETER_DIGITS in "... router.padic.digits=7 ..."; with p also digits and scale. */
void study_value(const char *variant, int parameter, char text[PARAMETER_VALUE]);

#endif
