/* SPDX-License-Identifier: Apache-2.0 */
/* The page around the sections. */
#include "foundation/shell_text.h"
#include "harness/report/report.h"
#include "harness/report/templates.h"
#include "harness/tables/views.h"

static json_t *sections_of(const struct report *report)
{
	return json_pack("{s:o s:{s:O} s:o s:o s:o s:o s:o s:o s:o s:o s:o s:o}", "verdict",
			 report_verdict(report), "differences", "figures",
			 json_object_get(report->figures, "differences"), "results",
			 report_results(report), "curves", report_curves(report), "experts",
			 report_experts(report), "codec", report_codec(report), "studies",
			 report_studies(report), "reproducibility", report_reproducibility(report),
			 "speed", report_speed(report), "peers", report_peers(report), "pairs",
			 report_pairs(report), "runs", report_runs(report));
}

static json_t *values_of(const struct report *report)
{
	const struct plan *plan = report->plan;
	json_t *view = view_table(report->table);
	char config[REPORT_COMMAND] = "";
	shell_word(config, sizeof config, plan->file_name);
	template_set(&view, "first_seed", template_integer(plan->first_seed));
	template_set(&view, "last_seed", template_integer(plan->first_seed + plan->seed_count - 1));
	template_set(&view, "config", template_bytes(config));
	template_set(&view, "sections", sections_of(report));
	return view;
}

int report_write(FILE *out, const struct report *report, struct error *error)
{
	return template_write(out, report_templates, "page.html", values_of(report), error);
}
