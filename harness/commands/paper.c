/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/paper.h"

#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/commands/options.h"
#include "harness/paper/paper.h"
#include "foundation/text_file.h"
#include "foundation/text_lines.h"
#include "foundation/path.h"

static const char usage[] = "paper [--check] [--file PAPER.md] [--out DIR] CONFIG";

struct paper_options {
	const char *config, *file, *out;
	bool check;
};

static int read_options(int argc, char **argv, struct paper_options *options, struct error *error)
{
	struct options read;
	int status = options_read(&read, argc, argv, OPTION_CHECK | OPTION_FILE | OPTION_OUT, 1,
				  usage, error);
	if (!status)
		*options = (struct paper_options){.config = read.positional[0],
						  .file = read.file ? read.file : "PAPER.md",
						  .out = read.out,
						  .check = read.check};
	return status;
}

static int check_or_write(const struct paper_options *options, const struct paper_source *source,
			  struct error *error)
{
	char *text, *generated;
	size_t size = 0, generated_size = 0;
	int status = text_file_read(options->file, &text, &size, error);
	if (status)
		return status;
	status =
	    paper_generate(options->file, text, size, source, &generated, &generated_size, error);
	if (!status) {
		bool same = size == generated_size && memcmp(text, generated, size) == 0;
		if (options->check)
			status = text_compare(options->file, text, size, generated, generated_size,
					      error);
		else if (!same) /* an unchanged file keeps its time */
			status = text_file_write(options->file, generated, generated_size, error);
		if (!status)
			printf("%s: %s\n", options->file, same ? "up to date" : "written");
		free(generated);
	}
	free(text);
	return status;
}

/* The experiment may have changed since its table was written. */
static int check_plan(const struct table *table, const struct plan *plan, const char *results_dir,
		      struct error *error)
{
	if (table->planned == plan->run_count && strcmp(table->experiment, plan->name) == 0)
		return 0;
	char path[PATH_MAX];
	int status = table_path(path, sizeof path, error, results_dir, plan->name, "json");
	if (status)
		return status;
	return error_set(error, ERROR_CHECK, NULL, 0, 0, NULL,
			 "the table of this plan (sheafbench table writes it)",
			 "%s is of %" PRId64 " runs, the plan of %" PRId64, path, table->planned,
			 plan->run_count);
}

/* With the tuning table where there is one. */
static int with_tuning(const struct paper_options *options, const struct paper_source *given,
		       const char *results_dir, struct error *error)
{
	struct paper_source source = *given;
	struct table tuning;
	int status = table_read_stored(&tuning, results_dir, "tuning", error);
	if (status < 0)
		return status;
	bool tuned = status == 1;
	source.tuning = tuned ? &tuning : NULL;
	status = check_or_write(options, &source, error);
	if (tuned)
		table_free(&tuning);
	return status;
}

/* The experiment's file stands beside the ablation's. */
static int check_study(const struct paper_options *options, const struct table *table,
		       const char *results_dir, struct error *error)
{
	char path[PATH_MAX];
	struct plan plan;
	const char *slash = strrchr(options->config, '/');
	int status = path_make(path, sizeof path, error, "%.*s%s.json",
			       slash ? (int)(slash - options->config) + 1 : 0, options->config,
			       table->experiment);
	status = status ? status : plan_read_cached(&plan, path, results_dir, error);
	if (status)
		return status;
	status = check_plan(table, &plan, results_dir, error);
	status = status ? status : paper_check_trace(table, &plan, results_dir, error);
	status = status ? status : table_check_comparisons(table, results_dir, error);
	plan_free(&plan);
	return status;
}

/* With the experiments beside the ablation, those that are there. */
static int with_studies(const struct paper_options *options, const struct paper_source *given,
			const char *results_dir, struct error *error)
{
	struct paper_source source = *given;
	struct studies studies;
	int status = studies_read(&studies, results_dir, error);
	if (status)
		return status;
	source.studies = &studies;
	for (int i = 0; !status && options->check && i < STUDIES; i++)
		if (studies.of[i].there)
			status = check_study(options, &studies.of[i].table, results_dir, error);
	status = status ? status : with_tuning(options, &source, results_dir, error);
	studies_free(&studies);
	return status;
}

/* With what is computed from the table, and what others measured. */
static int with_comparisons(const struct paper_options *options, const struct paper_source *given,
			    const char *results_dir, struct error *error)
{
	struct paper_source source = *given;
	struct comparisons comparisons;
	struct measured measured;
	int status = comparisons_make(&comparisons, source.table, error);
	if (status)
		return status;
	if (options->check)
		status = table_check_comparisons(source.table, results_dir, error);
	status = status ? status : measured_read(&measured, results_dir, error);
	if (!status) {
		source.comparisons = &comparisons;
		source.measured = &measured;
		status = with_studies(options, &source, results_dir, error);
		measured_free(&measured);
	}
	comparisons_free(&comparisons);
	return status;
}

static int no_table(const struct plan *plan, const char *results_dir, struct error *error)
{
	char path[PATH_MAX];
	int status = table_path(path, sizeof path, error, results_dir, plan->name, "json");
	return status ? status
		      : error_set(error, ERROR_CHECK, NULL, 0, 0, NULL,
				  "a table (make ablation, or sheafbench table)", "no %s", path);
}

static int make_paper(const struct paper_options *options, const struct plan *plan,
		      struct error *error)
{
	const char *results_dir = plan_results_dir(options->out);
	struct table table;
	int status = table_read_stored(&table, results_dir, plan->name, error);
	if (status == 0)
		return no_table(plan, results_dir, error);
	if (status < 0)
		return status;
	status = check_plan(&table, plan, results_dir, error);
	if (!status && options->check)
		status = paper_check_trace(&table, plan, results_dir, error);
	if (!status) {
		struct paper_source source = {.plan = plan, .table = &table};
		status = with_comparisons(options, &source, results_dir, error);
	}
	table_free(&table);
	return status;
}

int command_paper(int argc, char **argv, struct error *error)
{
	struct paper_options options;
	struct plan plan;
	int status = read_options(argc, argv, &options, error);
	if (status)
		return status;
	status = plan_read_cached(&plan, options.config, plan_results_dir(options.out), error);
	if (status)
		return status;
	status = make_paper(&options, &plan, error);
	plan_free(&plan);
	return status;
}
