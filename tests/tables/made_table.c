/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tables/made_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/training/metrics.h"

void made_table_open(struct made_table *m)
{
	memset(m, 0, sizeof *m);
	m->table.row = m->row;
	snprintf(m->table.experiment, sizeof m->table.experiment, "made");
	for (int s = 0; s < MADE_SEEDS; s++)
		m->seeds[s] = s + 1;
}

void made_table_add_row(struct made_table *m, const char *task, const char *arm,
			const char *variant, const char *metric, double base, double step)
{
	int64_t i = m->table.row_count++;
	struct table_row *row = &m->row[i];
	snprintf(row->task, sizeof row->task, "%s", task);
	snprintf(row->arm, sizeof row->arm, "%s", arm);
	snprintf(row->variant, sizeof row->variant, "%s", variant);
	snprintf(row->primary_metric, sizeof row->primary_metric, "%s", metric);
	snprintf(m->metric[i].name, sizeof m->metric[i].name, "%s", metric);
	row->model_kind = strncmp(arm, "Dense", 5) == 0 ? MODEL_DENSE : MODEL_MOE;
	row->router_kind = strcmp(arm, "SoftmaxOnly") == 0       ? ROUTER_SOFTMAX_ONLY
			   : strncmp(arm, "SheafPadic", 10) == 0 ? ROUTER_SHEAF_PADIC
								 : ROUTER_SHEAF_ONLY;
	row->planned = row->runs = MADE_SEEDS;
	row->seeds = m->seeds;
	row->metric = &m->metric[i];
	row->metric_count = 1;
	for (int s = 0; s < MADE_SEEDS; s++)
		m->values[i][s] = base + step * (double)(s % 3);
	m->metric[i].values = m->values[i];
	m->metric[i].statistics = statistics_of(m->values[i], MADE_SEEDS, metric_range(metric));
}

void made_table_add_arms(struct made_table *m, const char *task, const char *metric)
{
	made_table_add_row(m, task, "SheafOnly", "", metric, 0.75, 0.125);
	made_table_add_row(m, task, "SoftmaxOnly", "", metric, 0.5, 0.0625);
	made_table_add_row(m, task, "Dense", "", metric, 0.625, 0.25);
}

struct comparisons must_compare(const struct table *table)
{
	struct comparisons c;
	struct error error = {0};
	if (comparisons_make(&c, table, &error) != 0) {
		error_print(stderr, &error);
		fail();
	}
	return c;
}
