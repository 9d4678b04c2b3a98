/* SPDX-License-Identifier: Apache-2.0 */
/* The page around the sections. */
#include "foundation/shell_text.h"
#include "harness/report/report.h"
#include "harness/tables/views.h"

#define SECTION_VALUES(name) template_set(&view, #name, report_##name(report));

static json_t *sections_of(const struct report *report)
{
	json_t *view = json_pack("{s:{s:O}}", "differences", "figures",
				 json_object_get(report->figures, "differences"));
	REPORT_SECTIONS(SECTION_VALUES)
	return view;
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
