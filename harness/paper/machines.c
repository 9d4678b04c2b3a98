/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the paper about machines: where the bits were the same, and speed. */
#include <stdlib.h>
#include <string.h>

#include "harness/paper/paper.h"
#include "harness/tables/views.h"
#include "harness/statistics/reproducible.h"

json_t *paper_reproducibility(const struct paper_source *source)
{
	const struct csv_table *t = measured_table(source->measured, MEASURED_REPRODUCIBILITY);
	json_t *view = measured_view(t), *builds = json_array(), *digests = json_array();
	for (int64_t i = 0; i < t->rows; i++) {
		json_t *build = json_null();
		if (measured_begins(t, i, "kind", "compiler")) {
			build = measured_row(t, i);
			measured_set_agreement(&build, t, i);
		}
		template_append(&builds, build);
		/* Of each configuration one, or the bits are not the same. */
		if (!measured_is(t, i, "digest", "") && measured_begins(t, i, "config", "digest"))
			template_append(&digests, measured_row(t, i));
	}
	measured_set_agreement(&view, t, -1);
	template_set(&view, "cells", view_integer(t->rows));
	template_set(&view, "builds", builds);
	template_set(&view, "digests", digests);
	return view;
}

json_t *paper_throughput(const struct paper_source *source)
{
	static const char training[] = "train/";
	const struct csv_table *t = measured_table(source->measured, MEASURED_THROUGHPUT);
	json_t *view = measured_view(t), *rows = json_array();
	for (int64_t i = 0; i < t->rows; i++)
		if (strncmp(csv_table_text(t, i, "row"), training, sizeof training - 1) == 0)
			template_append(&rows, measured_row(t, i));
	template_set(&view, "rows", rows);
	return view;
}

static bool is_measured_peer(const struct csv_table *t, int64_t row, const char *group)
{
	return measured_is(t, row, "group", group) && measured_is(t, row, "status", "measured") &&
	       !measured_is(t, row, "peer", "sheafbench");
}

static const char *own_speed(const struct csv_table *t, int64_t row)
{
	for (int64_t i = 0; i < t->rows; i++)
		if (measured_same(t, i, row, "group") && measured_same(t, i, row, "case") &&
		    measured_is(t, i, "peer", "sheafbench"))
			return csv_table_text(t, i, "median");
	return "–";
}

/* Peers of one group, case by case. */
static json_t *peers_of(const struct csv_table *t, const char *group)
{
	json_t *peers = json_array();
	for (int64_t i = 0; i < t->rows; i++) {
		if (!is_measured_peer(t, i, group))
			continue;
		json_t *peer = measured_row(t, i);
		template_set(&peer, "own", template_bytes(own_speed(t, i)));
		template_append(&peers, peer);
	}
	return peers;
}

/* The ratios of the peer of row `like` over all matrix products; null: there are none. */
static json_t *ratios_of(const struct csv_table *t, int64_t like)
{
	double *ratios = calloc((size_t)t->rows + 1, sizeof *ratios);
	json_t *view = ratios ? json_null() : NULL;
	int64_t n = 0;
	for (int64_t i = 0; ratios && i < t->rows; i++)
		if (is_measured_peer(t, i, "gemm") && measured_same(t, i, like, "peer") &&
		    csv_number(csv_table_text(t, i, "ratio"), &ratios[n]) == 0)
			n++;
	if (n > 0) {
		reproducible_sort(ratios, n);
		double median = 0.5 * (ratios[(n - 1) / 2] + ratios[n / 2]);
		view = measured_row(t, like);
		template_set(&view, "products", template_integer(n));
		template_set(&view, "least", view_number(true, ratios[0]));
		template_set(&view, "median", view_number(true, median));
		template_set(&view, "greatest", view_number(true, ratios[n - 1]));
	}
	free(ratios);
	return view;
}

json_t *paper_peers(const struct paper_source *source)
{
	const struct csv_table *t = measured_table(source->measured, MEASURED_PEERS);
	json_t *view = measured_view(t), *libraries = json_array();
	for (int64_t i = 0; i < t->rows; i++)
		if (is_measured_peer(t, i, "gemm") && measured_begins(t, i, "group", "peer"))
			template_append(&libraries, ratios_of(t, i));
	template_set(&view, "networks", peers_of(t, "train"));
	template_set(&view, "libraries", libraries);
	template_set(&view, "ops", peers_of(t, "op"));
	return view;
}
