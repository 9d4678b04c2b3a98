/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/explain.h"

#include <glob.h>
#include <inttypes.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>

#include "foundation/number_text.h"
#include "harness/experiment/experiment.h"
#include "harness/audit/cell.h"
#include "harness/commands/options.h"
#include "harness/runs/record_check.h"
#include "harness/runs/file.h"
#include "harness/runs/search.h"
#include "harness/runs/runner.h" /* runner_find */
#include "harness/runs/command_text.h"
#include "kernels/contract.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"

static const char usage[] =
    "explain RUN_ID [--json] [--out DIR], or explain TASK/ARM/METRIC[/VARIANT] [CONFIG]";
enum { NEAR_IDS = 5, PATH_TEXT = 256 };

static void print_identity(const struct run_file *run, const char *folder)
{
	printf("run          %s\n", run->run_id);
	printf("folder       %s\n", folder);
	printf("experiment   %s%s%s%s\n", run->experiment, run->config_file[0] ? " (" : "",
	       run->config_file, run->config_file[0] ? ")" : "");
	printf("task         %s\n", run->task);
	printf("arm          %s%s%s\n", run->arm, run->variant[0] ? " " : "", run->variant);
	printf("size         %s\n", arch_size_names[run->size]);
	printf("seed         %" PRId64 "\n", run->seed);
	printf("contract     %" PRId64 "\n", run->contract);
	printf("data sha256  %s\n", run->data_sha256);
}

static void print_counts(const struct run_file *run)
{
	printf("parameters   %" PRId64 " total, %" PRId64 " active per sample\n", run->total_params,
	       run->active_params);
	printf("FLOPs        %" PRId64 " forward, %" PRId64 " training, per sample\n",
	       run->forward_flops, run->train_flops);
	if (run->match_target)
		printf("matched to   %" PRId64 ", missed by %" PRId64 "\n", run->match_target,
		       run->match_residual);
}

static void print_metrics(const struct run_file *run)
{
	char number[NUMBER_TEXT];
	printf("steps        %" PRId64 "\n", run->steps);
	printf("weights      sha256 %s\n", run->weights_sha256);
	printf("metrics      of the %s part, * primary\n", run->on_test ? "test" : "validation");
	for (int64_t i = 0; i < run->metric_count; i++) {
		const struct metric *metric = &run->metric[i];
		number_text(metric->value, number);
		printf("  %c %-28s %s\n", strcmp(metric->name, run->primary_metric) ? ' ' : '*',
		       metric->name, number);
	}
	number_text(run->train_loss, number);
	printf("    %-28s %s (last epoch)\n", "train.loss", number);
}

/* Texts as they are, numbers as short as they read back, lists on one line. */
static int print_leaf(const char *path, const json_t *value, struct error *error)
{
	char number[NUMBER_TEXT], *list = NULL;
	const char *text = json_string_value(value);
	if (json_is_real(value)) {
		number_text(json_real_value(value), number);
		text = number;
	} else if (!text) {
		list = json_dumps(value, JSON_ENCODE_ANY);
		text = list;
	}
	if (!text)
		return error_no_memory(error, NULL);
	printf("    %-28s %s\n", path, text);
	free(list);
	return 0;
}

static int print_member(const char *path, const json_t *value, struct error *error);

/* A line per value, named by its path. */
static int print_object(const char *path, const json_t *object, struct error *error)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)object, key, value)
	{
		char place[PATH_TEXT];
		snprintf(place, sizeof place, "%s%s%s", path, path[0] ? "." : "", key);
		int status = print_member(place, value, error);
		if (status)
			return status;
	}
	return 0;
}

static int print_member(const char *path, const json_t *value, struct error *error)
{
	if (json_is_object(value))
		return print_object(path, value, error);
	if (!json_is_object(json_array_get(value, 0)))
		return print_leaf(path, value, error);
	for (size_t i = 0; i < json_array_size(value); i++) {
		char place[PATH_TEXT];
		snprintf(place, sizeof place, "%s[%zu]", path, i);
		int status = print_member(place, json_array_get(value, i), error);
		if (status)
			return status;
	}
	return 0;
}

static int print_documents(const struct run_file *run, struct error *error)
{
	static const struct {
		const char *key, *title;
	} sections[] = {
	    {"config", "config       resolved; the run's id is the hash of it"},
	    {"environment", "environment  not part of the result"},
	    {"timing", "timing       not part of the result"},
	};
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		const json_t *object;
		int status = json_file_get_object(&run->file, run->file.root, "", sections[i].key,
						  true, &object, error);
		if (status < 0)
			return status;
		puts(sections[i].title);
		status = print_object("", object, error);
		if (status)
			return status;
	}
	return 0;
}

/* The last line makes the run again. */
static int print_commands(const struct run_file *run, struct error *error)
{
	char *text = malloc(RUN_COMMAND);
	if (!text)
		return error_no_memory(error, NULL);
	run_command_verify(run, text, RUN_COMMAND);
	printf("verify       %s\n", text);
	run_command_again(run, text, RUN_COMMAND);
	printf("again        %s\n", text);
	free(text);
	return 0;
}

/* The record as it is, where it lies, and the commands. */
static int add_json(json_t *list, const struct run_file *run, const char *folder,
		    struct error *error)
{
	char *again = calloc(2, RUN_COMMAND);
	if (!again)
		return error_no_memory(error, NULL);
	run_command_again(run, again, RUN_COMMAND);
	run_command_verify(run, again + RUN_COMMAND, RUN_COMMAND);
	json_t *entry = json_pack("{s:s,s:O,s:s,s:s}", "folder", folder, "run", run->file.root,
				  "verify", again + RUN_COMMAND, "again", again);
	free(again);
	/* Refuses NULL. */
	return json_array_append_new(list, entry) ? json_memory_refuse(folder, error) : 0;
}

static int print_run(const struct found_run *found, json_t *list, struct error *error)
{
	char path[PATH_MAX + 16];
	struct run_file run;
	int status = path_make(path, sizeof path, error, "%s/run.json", found->folder);
	status = status ? status : run_file_read(&run, path, error);
	if (status)
		return status;
	status = run_check_weights(&run, found->folder, NULL, error);
	if (status) {
		run_file_free(&run);
		return status;
	}
	if (list) {
		status = add_json(list, &run, found->folder, error);
		run_file_free(&run);
		return status;
	}
	print_identity(&run, found->folder);
	print_counts(&run);
	print_metrics(&run);
	status = print_documents(&run, error);
	status = status ? status : print_commands(&run, error);
	run_file_free(&run);
	return status;
}

static int unknown_id(const struct run_list *list, const char *id, const char *results_dir,
		      struct error *error)
{
	const char *near[NEAR_IDS];
	char text[NEAR_IDS * 20 + 16] = "";
	size_t count = run_list_near(list, id, near, NEAR_IDS);
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, "%s%.16s", i ? ", " : ", near ", near[i]);
	}
	return error_set(error, ERROR_INPUT, results_dir, 0, 0, NULL,
			 "the id of a run (sheafbench plan lists them)",
			 "no run \"%.64s\" among %zu%s", id, list->count, text);
}

static void print_planned(const struct run_spec *spec, const char *config, const char *again)
{
	printf("run          %s, planned; its files are not here\n", spec->run_id);
	printf("experiment   %s (%s)\n", spec->experiment, config);
	printf("task         %s\n", spec->task_name);
	printf("arm          %s%s%s\n", spec->arm, spec->variant[0] ? " " : "", spec->variant);
	printf("size         %s\n", arch_size_names[spec->size]);
	printf("seed         %" PRIu64 "\n", spec->seed);
	printf("contract     %d\n", CONTRACT_VERSION);
	printf("data sha256  %s\n", spec->data_sha256);
	printf("config       resolved; the run's id is the hash of it\n    %s\n", spec->canonical);
	printf("again        %s\n", again);
}

static json_t *describe_planned(const struct run_spec *spec, const char *config, const char *again)
{
	return json_pack("{s:n,s:{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:i,s:s,s:o},s:n,s:s}", "folder",
			 "run", "run_id", spec->run_id, "experiment", spec->experiment,
			 "config_file", config, "task", spec->task_name, "arm", spec->arm,
			 "variant", spec->variant, "size", arch_size_names[spec->size], "seed",
			 (json_int_t)spec->seed, "contract", (int)CONTRACT_VERSION, "data_sha256",
			 spec->data_sha256, "config", json_loads(spec->canonical, 0, NULL),
			 "verify", "again", again);
}

static int show_planned(const struct run_spec *spec, const char *config, json_t *entries,
			struct error *error)
{
	struct run_file run = {.config_file = config, .experiment = spec->experiment};
	char *again = malloc(RUN_COMMAND);
	int failed = !again;
	memcpy(run.run_id, spec->run_id, sizeof run.run_id);
	if (again)
		run_command_again(&run, again, RUN_COMMAND);
	if (again && entries)
		failed = json_array_append_new(entries, describe_planned(spec, config, again));
	else if (again)
		print_planned(spec, config, again);
	free(again);
	return failed ? error_no_memory(error, NULL) : 0;
}

/* A checkout has no runs, but the experiments whose plans name them.  1: shown, 0: in none of them,
 * negative: failed.  What is no experiment, or has no data here, is passed over. */
static int explain_planned(const char *id, const char *results_dir, json_t *entries,
			   struct error *error)
{
	glob_t found;
	int status = 0;
	if (glob("configs/*.json", 0, NULL, &found))
		return 0;
	for (size_t i = 0; status == 0 && i < found.gl_pathc; i++) {
		struct error unread;
		struct plan plan;
		if (plan_read_cached(&plan, found.gl_pathv[i], results_dir, &unread))
			continue;
		const struct run_spec *spec = runner_find(&plan, id);
		if (spec) {
			status = show_planned(spec, found.gl_pathv[i], entries, error);
			status = status ? status : 1;
		}
		plan_free(&plan);
	}
	globfree(&found);
	return status;
}

/* The same run may belong to several experiments; each is shown. */
static int explain(const struct run_list *list, const char *id, const char *results_dir,
		   json_t *entries, struct error *error)
{
	bool any = false;
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->run[i].id, id) != 0)
			continue;
		if (any && !entries)
			putchar('\n');
		int status = print_run(&list->run[i], entries, error);
		if (status)
			return status;
		any = true;
	}
	if (any)
		return 0;
	int status = explain_planned(id, results_dir, entries, error);
	if (status)
		return status < 0 ? status : 0;
	return unknown_id(list, id, results_dir, error);
}

static int explain_id(const char *id, const char *results_dir, bool json, struct error *error)
{
	struct run_list list;
	int status = run_list_read(&list, results_dir, error);
	if (status)
		return status;
	json_t *entries = json ? json_array() : NULL;
	status = json && !entries ? json_memory_refuse(NULL, error)
				  : explain(&list, id, results_dir, entries, error);
	if (!status && json) {
		char *text = json_dumps(entries, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
		if (text)
			puts(text);
		else
			status = json_memory_refuse(NULL, error);
		free(text);
	}
	json_decref(entries);
	run_list_free(&list);
	return status;
}

static int explain_table(const struct options *options, const char *results_dir,
			 struct error *error)
{
	struct plan plan;
	const char *config =
	    options->positional[1] ? options->positional[1] : "configs/ablation.json";
	int status = plan_read_cached(&plan, config, results_dir, error);
	if (status)
		return status;
	status = explain_cell(options->positional[0], &plan, results_dir, options->json, error);
	plan_free(&plan);
	return status;
}

/* How many of the arguments are neither options nor their values. */
static int count_words(int argc, char **argv)
{
	int count = 0;
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--out"))
			i++;
		else
			count += argv[i][0] != '-';
	return count;
}

int command_explain(int argc, char **argv, struct error *error)
{
	struct options options;
	bool two = count_words(argc, argv) == 2;
	int status =
	    options_read(&options, argc, argv, OPTION_OUT | OPTION_JSON, two ? 2 : 1, usage, error);
	if (status)
		return status;
	const char *what = options.positional[0], *results_dir = plan_results_dir(options.out);
	if (strchr(what, '/'))
		status = explain_table(&options, results_dir, error);
	else if (two)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "\"%.80s\" is no cell of a table", what);
	else
		status = explain_id(what, results_dir, options.json, error);
	return status;
}
