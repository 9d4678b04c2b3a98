/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/crate.h"

#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "foundation/build_info.h"
#include "harness/audit/crate_files.h"
#include "harness/commands/results.h"
#include "foundation/text_file.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"

static const char usage[] = "crate CONFIG [--out DIR]";
static const char license[] = "https://www.apache.org/licenses/LICENSE-2.0";

/* Seconds since 1970, to the end of the year 9999. */
static const long long LAST_SECOND = 253402300799;

/* RO-Crate wants at least a day. */
static int publication_day(time_t newest, char day[16], struct error *error)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH"), *commit = build_info()->day;
	struct tm utc;
	if (epoch && epoch[0]) {
		const size_t length = strlen(epoch);
		const long long second = length < 16 ? strtoll(epoch, NULL, 10) : -1;
		if (strspn(epoch, "0123456789") != length || second < 0 || second > LAST_SECOND)
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
					 "seconds since 1970, to the end of the year 9999",
					 "SOURCE_DATE_EPOCH \"%.80s\"", epoch);
		newest = (time_t)second;
	} else if (commit[0]) {
		snprintf(day, 16, "%.10s", commit);
		return 0;
	}
	/* A file may have any time. */
	newest = newest < 0 ? 0 : newest > LAST_SECOND ? (time_t)LAST_SECOND : newest;
	gmtime_r(&newest, &utc);
	strftime(day, 16, "%Y-%m-%d", &utc);
	return 0;
}

/* The metadata file itself and the root, which must come first. */
static void add_root(json_t *graph, json_t *parts, const struct plan *plan, const char *day)
{
	char name[PLAN_NAME + 32];
	snprintf(name, sizeof name, "sheafbench: %s", plan->name);
	json_t *metadata = json_pack("{s:s,s:s,s:{s:s},s:{s:s}}", "@id", "ro-crate-metadata.json",
				     "@type", "CreativeWork", "conformsTo", "@id",
				     "https://w3id.org/ro/crate/1.1", "about", "@id", "./");
	json_t *root = json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:{s:s},s:{s:s},s:{s:s},s:O}", "@id", "./", "@type", "Dataset",
	    "name", name, "description",
	    "Runs, tables and figures of an experiment; every run can be made again bit by bit.",
	    "datePublished", day, "license", "@id", license, "author", "@id", "#authors",
	    "mentions", "@id", "#made", "hasPart", parts);
	json_array_insert_new(graph, 0, root);
	json_array_insert_new(graph, 0, metadata);
}

static void add_context(json_t *graph)
{
	const struct build_info *build = build_info();
	char version[160];
	snprintf(version, sizeof version, "commit %s%s%s", build->commit,
		 build->dirty ? " with diff " : "", build->diff_sha256);
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s}", "@id", "#authors", "@type",
					       "Organization", "name", "The sheafbench authors"));
	json_array_append_new(graph, json_pack("{s:s,s:s,s:s,s:s}", "@id", license, "@type",
					       "CreativeWork", "name", "Apache License 2.0",
					       "identifier", "Apache-2.0"));
	json_array_append_new(
	    graph, json_pack("{s:s,s:s,s:s,s:s,s:{s:s},s:{s:s}}", "@id", "#sheafbench", "@type",
			     "SoftwareApplication", "name", "sheafbench", "softwareVersion",
			     version, "license", "@id", license, "author", "@id", "#authors"));
	json_array_append_new(
	    graph, json_pack("{s:s,s:s,s:s,s:{s:s},s:{s:s},s:{s:s}}", "@id", "#made", "@type",
			     "CreateAction", "name", "Training and tabulation", "instrument", "@id",
			     "#sheafbench", "agent", "@id", "#authors", "result", "@id", "./"));
}

static int write_crate(json_t *graph, const struct plan *plan, const char *results_dir,
		       struct error *error)
{
	char path[PATH_MAX];
	json_t *document =
	    json_pack("{s:[s,{s:s}],s:O}", "@context", "https://w3id.org/ro/crate/1.1/context",
		      "sha256", "https://schema.org/sha256", "@graph", graph);
	char *text = document ? json_dumps(document, JSON_INDENT(1)) : NULL;
	json_decref(document);
	/* An entity that found no memory is not in the list. */
	if (!text || json_memory_failed()) {
		free(text);
		return json_memory_refuse(NULL, error);
	}
	int status = path_make(path, sizeof path, error, "%s/%s/ro-crate-metadata.json",
			       results_dir, plan->name);
	status = status ? status : text_file_write(path, text, strlen(text), error);
	free(text);
	if (!status)
		printf("%s: %zu entities\n", path, json_array_size(graph));
	return status;
}

static int make_crate(const struct plan *plan, const char *results_dir, struct error *error)
{
	json_t *graph = json_array(), *parts = json_array();
	time_t newest = 0;
	char day[16];
	int status = 0;
	if (!graph || !parts)
		status = error_no_memory(error, NULL);
	if (!status)
		status = crate_add_files(graph, parts, plan, results_dir, &newest, error);
	status = status ? status : publication_day(newest, day, error);
	if (!status) {
		add_root(graph, parts, plan, day);
		add_context(graph);
		status = write_crate(graph, plan, results_dir, error);
	}
	json_decref(graph);
	json_decref(parts);
	return status;
}

int command_crate(int argc, char **argv, struct error *error)
{
	struct plan plan;
	const char *results_dir;
	int status = plan_command(&plan, &results_dir, argc, argv, usage, error);
	if (status)
		return status;
	status = make_crate(&plan, results_dir, error);
	plan_free(&plan);
	return status;
}
