/* SPDX-License-Identifier: Apache-2.0 */
/* The page around the sections. */
#include <inttypes.h>

#include "harness/report/report.h"
#include "harness/report/assets.h"
#include "harness/report/html.h"

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

static void write_head(FILE *out, const struct report *report)
{
	/* The policy keeps the promise that nothing is fetched; data: is for the empty icon. */
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri "
	      "'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      out);
	html_text(out, report->table->experiment);
	fputs(" – sheafbench report</title>\n<style>\n", out);
	fwrite(report_style, 1, report_style_size, out);
	fputs("</style>\n</head>\n", out);
}

static void write_top(FILE *out, const struct report *report)
{
	const struct table *table = report->table;
	fputs("<body>\n<a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n<header>\n<h1>",
	      out);
	html_text(out, table->experiment);
	fprintf(out,
		"</h1>\n<p>%" PRId64 " of %" PRId64 " runs, seeds %" PRId64 " to %" PRId64
		", evaluated on the %s part.%s</p>\n",
		table->runs, table->planned, report->plan->first_seed,
		report->plan->first_seed + report->plan->seed_count - 1,
		table->on_test ? "test" : "validation",
		table->runs < table->planned
		    ? " <b>Not all runs are in: what follows may change.</b>"
		    : "");
	fputs("<nav aria-label=\"Sections\"><ul>\n", out);
	for (int i = 0; i < SECTIONS; i++)
		fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].name);
	fputs("</ul></nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n", out);
}

void report_write(FILE *out, const struct report *report)
{
	write_head(out, report);
	write_top(out, report);
	for (int i = 0; i < SECTIONS; i++)
		sections[i].write(out, report);
	fputs("</main>\n<footer><p>Written by <code>build/sheafbench report ", out);
	html_shell_word(out, report->plan->file_name);
	fputs("</code> from the files of the runs; the same files give the same page.</p>"
	      "</footer>\n<script>\n",
	      out);
	fwrite(report_script, 1, report_script_size, out);
	fputs("</script>\n</body>\n</html>\n", out);
}
