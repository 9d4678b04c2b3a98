/* SPDX-License-Identifier: Apache-2.0 */
/* Measured times: what each arm has reached when the fastest is done, which is the fourth way of
 * matching, and what a step costs. */
#include <math.h> /* NAN */
#include <stdlib.h>

#include "harness/paper/paper.h"
#include "harness/tables/views.h"

static bool same_arm(const struct csv_table *t, int64_t a, int64_t b)
{
	return measured_same(t, a, b, "task") && measured_same(t, a, b, "arm");
}

/* Rows of an arm stand together. */
static bool arm_ends(const struct csv_table *t, int64_t row)
{
	return row + 1 == t->rows || !same_arm(t, row, row + 1);
}

/* Seconds of the arm that is through with all epochs first. */
static double shortest(const struct csv_table *t, int64_t like)
{
	double least = 0.0;
	for (int64_t i = 0; i < t->rows; i++) {
		if (!measured_same(t, i, like, "task") || !arm_ends(t, i))
			continue;
		double seconds = measured_number(t, i, "seconds");
		least = least > 0.0 && least < seconds ? least : seconds;
	}
	return least;
}

/* The arm whose last epoch is row `last`. */
static json_t *view_arm(const struct csv_table *t, int64_t last)
{
	double budget = shortest(t, last), then = 0.0;
	const char *within = "0";
	int64_t epochs = 0;
	bool any = false;
	for (int64_t i = 0; i <= last; i++) {
		if (!same_arm(t, i, last))
			continue;
		epochs++;
		if (measured_number(t, i, "seconds") > budget)
			continue;
		any = true;
		within = csv_table_text(t, i, "epoch");
		then = measured_number(t, i, "value");
	}
	json_t *view = measured_row(t, last);
	template_set(&view, "seconds", view_decimals(measured_number(t, last, "seconds"), 2));
	template_set(&view, "within", template_bytes(within));
	template_set(&view, "epochs", template_integer(epochs));
	template_set(&view, "then", view_number(any, then));
	template_set(&view, "end", view_number(true, measured_number(t, last, "value")));
	return view;
}

json_t *paper_wall_time(const struct paper_source *source)
{
	const struct csv_table *t = measured_table(source->measured, MEASURED_WALL_TIME);
	json_t *view = measured_view(t), *arms = json_array(), *tasks = json_array();
	for (int64_t i = 0; i < t->rows; i++) {
		char stem[64];
		if (arm_ends(t, i))
			template_append(&arms, view_arm(t, i));
		if (i > 0 && measured_same(t, i, i - 1, "task"))
			continue;
		json_t *task = measured_row(t, i);
		table_task_stem(csv_table_text(t, i, "task"), stem);
		template_set(&task, "stem", template_bytes(stem));
		template_append(&tasks, task);
	}
	template_set(&view, "arms", arms);
	template_set(&view, "tasks", tasks);
	return view;
}

/* Microseconds of the arm that was trained beside `row`; NaN: none was. */
static double beside(const struct csv_table *t, int64_t row, const char *arm)
{
	for (int64_t i = 0; i < t->rows; i++)
		if (measured_same(t, i, row, "task") && measured_same(t, i, row, "seed") &&
		    measured_is(t, i, "arm", arm))
			return measured_number(t, i, "microseconds");
	return NAN;
}

/* The times of the arm whose first row is `first`, seed by seed over those of `unit` (NULL: over
 * 1); false without memory. */
static bool step_times(const struct csv_table *t, int64_t first, const char *unit,
		       struct statistics *times)
{
	double *values = calloc((size_t)t->rows + 1, sizeof *values);
	int64_t n = 0;
	for (int64_t i = first; values && i < t->rows && same_arm(t, i, first); i++) {
		double one = unit ? beside(t, i, unit) : 1.0;
		if (one > 0.0)
			values[n++] = measured_number(t, i, "microseconds") / one;
	}
	if (values)
		*times = statistics_of(values, n, RANGE_REAL);
	free(values);
	return values != NULL;
}

/* "1.10 [1.05, 1.15]" */
static json_t *ratio_over(const struct csv_table *t, int64_t first, const char *unit)
{
	struct statistics ratio;
	if (!step_times(t, first, unit, &ratio))
		return NULL;
	if (ratio.n == 0)
		return template_bytes("–");
	if (!ratio.interval)
		return view_decimals(ratio.mean, 2);
	return template_print("%.2f [%.2f, %.2f]", ratio.mean, ratio.ci_low, ratio.ci_high);
}

static json_t *view_step(const struct csv_table *t, int64_t first)
{
	static const char plain[] = "SoftmaxOnly";
	struct statistics time;
	if (!step_times(t, first, NULL, &time))
		return NULL;
	json_t *ratio =
	    measured_is(t, first, "arm", plain) ? template_bytes("1") : ratio_over(t, first, plain);
	json_t *view = measured_row(t, first);
	template_set(&view, "seeds", template_integer(time.n));
	template_set(&view, "time", view_decimals(time.mean, 0));
	template_set(&view, "ratio", ratio);
	return view;
}

json_t *paper_cost(const struct paper_source *source)
{
	const struct csv_table *t = measured_table(source->measured, MEASURED_STEP_TIME);
	json_t *view = measured_view(t), *arms = json_array(), *priors = json_array();
	for (int64_t i = 0; i < t->rows; i++)
		if (i == 0 || arm_ends(t, i - 1))
			template_append(&arms, view_step(t, i));
	/* What each prior adds to the arm without it. */
	for (const struct question *q = questions; q < questions + QUESTIONS; q++)
		for (int64_t i = 0; q->prior && i < t->rows; i++) {
			if ((i > 0 && !arm_ends(t, i - 1)) || !measured_is(t, i, "arm", q->arm))
				continue;
			json_t *step = measured_row(t, i);
			template_set(&step, "prior", template_bytes(q->prior));
			template_set(&step, "reference", template_bytes(q->reference));
			template_set(&step, "ratio", ratio_over(t, i, q->reference));
			template_append(&priors, step);
		}
	template_set(&view, "priors", priors);
	template_set(&view, "arms", arms);
	return view;
}
