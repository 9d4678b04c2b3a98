/* SPDX-License-Identifier: Apache-2.0 */
/* The page around the sections. */
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>

#include "foundation/shell_text.h"
#include "foundation/text_file.h"
#include "harness/report/report.h"
#include "harness/report/templates.h"

static const struct {
	const char *id, *name;
	void (*write)(FILE *out, const struct report *report);
} sections[] = {
    {"verdict", "Verdict", report_write_verdict},
    {"forest", "Paired differences", report_write_forest},
    {"results", "Results", report_write_results},
    {"curves", "Learning curves", report_write_curves},
    {"experts", "Experts", report_write_experts},
    {"codec", "Codec", report_write_codec},
    {"studies", "Further experiments", report_write_studies},
    {"matrix", "Reproducibility", report_write_reproducibility},
    {"speed", "Speed", report_write_speed},
    {"peers", "Other libraries", report_write_peers},
    {"pairs", "Comparisons seed by seed", report_write_pairs},
    {"runs", "Runs", report_write_runs},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

/* A section's page, as a value. */
static json_t *content_of(int section, const struct report *report)
{
	struct text_stream stream;
	char *text;
	size_t size;
	if (text_stream_open(&stream, NULL))
		return NULL;
	sections[section].write(stream.out, report);
	if (text_stream_take(&stream, &text, &size, NULL))
		return NULL;
	json_t *value = template_bytes(text);
	free(text);
	return value;
}

static json_t *sections_of(const struct report *report)
{
	json_t *list = json_array();
	for (int i = 0; i < SECTIONS; i++)
		template_append(&list,
				json_pack("{s:s s:s s:o}", "id", sections[i].id, "name",
					  sections[i].name, "content", content_of(i, report)));
	return list;
}

static json_t *values_of(const struct report *report)
{
	const struct table *table = report->table;
	const struct plan *plan = report->plan;
	char config[4 * PATH_MAX + 4] = ""; /* every byte of the longest path as an escape */
	shell_word(config, sizeof config, plan->file_name);
	return json_pack(
	    "{s:o s:o s:o s:o s:o s:s s:b s:o s:o}", "experiment",
	    template_bytes(table->experiment), "runs", template_integer(table->runs), "planned",
	    template_integer(table->planned), "first_seed", template_integer(plan->first_seed),
	    "last_seed", template_integer(plan->first_seed + plan->seed_count - 1), "part",
	    table->on_test ? "test" : "validation", "missing", table->runs < table->planned,
	    "config", template_bytes(config), "sections", sections_of(report));
}

int report_write(FILE *out, const struct report *report, struct error *error)
{
	return template_write(out, report_templates, "page.html", values_of(report), error);
}
