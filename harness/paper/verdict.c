/* SPDX-License-Identifier: Apache-2.0 */
/* What the comparisons say: from intervals, never by hand. */
#include "harness/paper/paper.h"
#include "harness/tables/views.h"

json_t *paper_finding(const struct paper_source *source)
{
	return json_pack("{s:o}", "references", view_references(source->comparisons));
}

static bool is_across(const struct comparison_pair *pair, const void *across)
{
	return comparison_across_has(across, pair);
}

json_t *paper_verdict(const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	json_t *arms = json_array();
	for (int64_t i = 0; i < c->across_count; i++)
		template_append(&arms, view_pairs(c, is_across, &c->across[i]));
	return json_pack("{s:o}", "arms", arms);
}

json_t *paper_comparisons(const struct paper_source *source)
{
	const struct comparisons *c = source->comparisons;
	double smallest = comparisons_smallest_holm(c);
	json_t *view = view_table(c->table);
	template_set(&view, "table", view_comparisons(c, comparisons_write_pairs, GRID_MARKDOWN));
	template_set(&view, "drawn", view_comparisons(c, comparisons_write_drawn, GRID_MARKDOWN));
	template_set(&view, "family", template_integer(c->family));
	template_set(&view, "one", json_boolean(c->family == 1));
	template_set(&view, "smallest", view_number(true, smallest));
	template_set(&view, "decides", json_boolean(smallest <= SIGNIFICANCE_LEVEL));
	template_set(&view, "figure", json_boolean(comparisons_drawn(c)));
	return view;
}

json_t *paper_across(const struct paper_source *source)
{
	return json_pack(
	    "{s:o}", "table",
	    view_comparisons(source->comparisons, comparisons_write_across, GRID_MARKDOWN));
}
