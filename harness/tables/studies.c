/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tables/studies.h"

#include <stdio.h>
#include <string.h>

const char *const study_names[STUDIES] = {"matching", "controls", "sensitivity"};

const char *const parameter_names[PARAMETERS] = {"overlap penalty λ", "tolerance τ", "digits N",
						 "p"};

/* The ablation's setting; the first four in the order of the parameters. */
static const struct {
	const char *key, *value;
} middle[] = {
    {"router.overlap_penalty", "0.01"}, {"router.padic.tolerance", "0.04"},
    {"router.padic.digits", "6"},       {"router.padic.p", "5"},
    {"router.padic.scale", "4"},
};
enum { KEYS = sizeof middle / sizeof *middle, KEY_SCALE = PARAMETERS };

/* The value of a key in "a=1 b=2"; "" where it has none. */
static void find_value(const char *variant, const char *key, char text[PARAMETER_VALUE / 4])
{
	size_t length = strlen(key);
	text[0] = '\0';
	for (const char *at = variant; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strncmp(at, key, length) == 0 && at[length] == '=')
			snprintf(text, PARAMETER_VALUE / 4, "%.*s",
				 (int)strcspn(at + length + 1, " "), at + length + 1);
}

int study_parameter(const char *variant)
{
	char value[PARAMETER_VALUE / 4];
	bool differs[KEYS];
	int found = PARAMETER_MIDDLE;
	for (int k = 0; k < KEYS; k++) {
		find_value(variant, middle[k].key, value);
		differs[k] = value[0] && strcmp(value, middle[k].value) != 0;
	}
	if (differs[PARAMETER_P])
		differs[PARAMETER_DIGITS] = differs[KEY_SCALE] = false;
	for (int k = 0; k < KEYS; k++) {
		if (!differs[k])
			continue;
		if (found != PARAMETER_MIDDLE || k == KEY_SCALE)
			return PARAMETER_NONE;
		found = k;
	}
	return found;
}

bool study_is_point(const char *variant)
{
	char value[PARAMETER_VALUE / 4] = "named";
	for (int k = 0; k < KEYS && value[0]; k++)
		find_value(variant, middle[k].key, value);
	return value[0] != '\0';
}

void study_value(const char *variant, int parameter, char text[PARAMETER_VALUE])
{
	char value[PARAMETER_VALUE / 4], digits[PARAMETER_VALUE / 4], scale[PARAMETER_VALUE / 4];
	find_value(variant, middle[parameter].key, value);
	find_value(variant, middle[PARAMETER_DIGITS].key, digits);
	find_value(variant, middle[KEY_SCALE].key, scale);
	if (parameter == PARAMETER_P)
		snprintf(text, PARAMETER_VALUE, "%s (N = %s, F = %s)", value, digits, scale);
	else
		snprintf(text, PARAMETER_VALUE, "%s", value);
}

const char *study_varied(const char *variant, char value[PARAMETER_VALUE])
{
	int parameter = study_parameter(variant);
	if (parameter == PARAMETER_NONE || parameter == PARAMETER_MIDDLE)
		return NULL;
	study_value(variant, parameter, value);
	return parameter_names[parameter];
}

void study_pair_label(const struct table *table, const struct comparison_pair *pair,
		      char label[COMPARISON_LABEL])
{
	char value[PARAMETER_VALUE];
	const char *name = study_varied(pair->row->variant, value);
	if (name && strcmp(table->experiment, study_names[STUDY_SENSITIVITY]) == 0)
		snprintf(label, COMPARISON_LABEL, "%s = %s", name, value);
	else
		comparison_label(table, pair->row, pair->reference, label);
}

static int ask(struct study *study, enum study_name name, const char *task, struct error *error)
{
	int status = 0;
	for (const struct study_question *q = study_questions; !status && q->text; q++) {
		const struct table_row *row = table_find_arm(&study->table, task, q->arm, true);
		const struct table_row *reference =
		    table_find_arm(&study->table, task, q->reference, true);
		if (q->study == name && row && reference)
			status = comparisons_add(&study->asked, row, reference, error);
	}
	return status;
}

/* Every point of the task minus its middle. */
static int vary(struct study *study, const char *task, struct error *error)
{
	const struct table *table = &study->table;
	const struct table_row *middle_row = NULL, *row = NULL;
	int status = 0;
	while ((row = table_next_row(table, task, row)) != NULL)
		if (study_parameter(row->variant) == PARAMETER_MIDDLE)
			middle_row = row;
	for (int p = 0; middle_row && p < PARAMETERS; p++)
		while ((row = table_next_row(table, task, row)) != NULL)
			if (!status && study_parameter(row->variant) == p)
				status = comparisons_add(&study->asked, row, middle_row, error);
	return status;
}

static int read_study(struct study *study, enum study_name name, const char *results_dir,
		      struct error *error)
{
	int status = table_read_stored(&study->table, results_dir, study_names[name], error);
	if (status <= 0)
		return status;
	status = 0;
	study->there = true;
	study->asked.table = &study->table;
	for (int64_t i = 0; !status && i < study->table.row_count; i++) {
		const char *task = study->table.row[i].task;
		if (!table_task_begins(&study->table, i))
			continue;
		status = name == STUDY_SENSITIVITY ? vary(study, task, error)
						   : ask(study, name, task, error);
	}
	return status ? status : comparisons_adjust(&study->asked, error);
}

int studies_read(struct studies *studies, const char *results_dir, struct error *error)
{
	int status = 0;
	*studies = (struct studies){0};
	for (int i = 0; !status && i < STUDIES; i++)
		status = read_study(&studies->of[i], (enum study_name)i, results_dir, error);
	if (status)
		studies_free(studies);
	return status;
}

void studies_free(struct studies *studies)
{
	for (int i = 0; i < STUDIES; i++)
		if (studies->of[i].there) {
			comparisons_free(&studies->of[i].asked);
			table_free(&studies->of[i].table);
		}
	*studies = (struct studies){0};
}
