/* SPDX-License-Identifier: Apache-2.0 */
/* Measured times: what each arm has reached when the fastest is done, which is the fourth way of
 * matching, and what a step costs. */
#include <math.h> /* NAN */
#include <stdlib.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/paper/views.h"

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
		within = measured_text(t, i, "epoch");
		then = measured_number(t, i, "value");
	}
	return view_join(measured_row(t, last),
			 json_pack("{s:o s:o s:o s:o s:o}", "seconds",
				   view_decimals(measured_number(t, last, "seconds"), 2), "within",
				   template_bytes(within), "epochs", template_integer(epochs),
				   "then", view_number(any, then), "end",
				   view_number(true, measured_number(t, last, "value"))));
}

json_t *paper_wall_time(const struct paper_source *source)
{
	const struct csv_table *t = measured_table(source->measured, MEASURED_WALL_TIME);
	json_t *arms = json_array(), *tasks = json_array();
	for (int64_t i = 0; t && i < t->rows; i++) {
		char stem[64];
		if (arm_ends(t, i))
			template_append(&arms, view_arm(t, i));
		if (i > 0 && measured_same(t, i, i - 1, "task"))
			continue;
		table_task_stem(measured_text(t, i, "task"), stem);
		template_append(&tasks,
				view_join(measured_row(t, i),
					  json_pack("{s:o}", "stem", template_bytes(stem))));
	}
	return json_pack("{s:b s:o s:o}", "measured", t != NULL, "arms", arms, "tasks", tasks);
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
	return view_join(measured_row(t, first),
			 json_pack("{s:o s:o s:o}", "seeds", template_integer(time.n), "time",
				   view_decimals(time.mean, 0), "ratio", ratio));
}

/* What each prior adds to the arm without it. */
static json_t *prior_costs(const struct csv_table *t)
{
	json_t *costs = json_array();
	for (const struct question *q = questions; q < questions + QUESTIONS; q++)
		for (int64_t i = 0; q->prior && i < t->rows; i++) {
			if ((i > 0 && !arm_ends(t, i - 1)) || !measured_is(t, i, "arm", q->arm))
				continue;
			json_t *more =
			    json_pack("{s:s s:s s:o}", "prior", q->prior, "reference", q->reference,
				      "ratio", ratio_over(t, i, q->reference));
			template_append(&costs, view_join(measured_row(t, i), more));
		}
	return costs;
}

json_t *paper_cost(const struct paper_source *source)
{
	const struct csv_table *t = measured_table(source->measured, MEASURED_STEP_TIME);
	json_t *arms = json_array();
	for (int64_t i = 0; t && i < t->rows; i++)
		if (i == 0 || arm_ends(t, i - 1))
			template_append(&arms, view_step(t, i));
	return json_pack("{s:b s:o s:o}", "measured", t != NULL, "priors",
			 t ? prior_costs(t) : json_null(), "arms", arms);
}
