/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench arch: its sub-commands and their options. */
#include "harness/commands/arch.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arch.h"
#include "foundation/json_memory.h"
#include "models/matched_width.h"

static const char describe_usage[] =
    "arch describe FILE, or arch describe --size SIZE [--model MoE|Dense] [--input N] [--output N]";

/* What `describe` was asked for; NULL where an option was not given. */
struct describe_options {
	const char *file, *size, *model, *input, *output;
};

/* Points *value at the text after an option.  1 when argv[*i] was that option, else 0 or an error.
 */
static int take_option(int argc, char **argv, int *i, const char *name, const char **value,
		       struct error *error)
{
	if (strcmp(argv[*i], name) != 0)
		return 0;
	if (*value != NULL)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "it once", "%s given twice",
				 name);
	if (*i + 1 >= argc || argv[*i + 1][0] == '\0')
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, describe_usage,
				 "%s without a value", name);
	*value = argv[++*i];
	return 1;
}

static int read_options(int argc, char **argv, struct describe_options *options,
			struct error *error)
{
	static const char *const names[] = {"--size", "--model", "--input", "--output", NULL};
	const char **values[] = {&options->size, &options->model, &options->input,
				 &options->output};
	for (int i = 0; i < argc; i++) {
		int taken = 0;
		for (size_t n = 0; taken == 0 && names[n] != NULL; n++)
			taken = take_option(argc, argv, &i, names[n], values[n], error);
		if (taken < 0)
			return taken;
		if (taken > 0)
			continue;
		if (argv[i][0] == '-' || options->file != NULL) {
			const char *near_name = error_near_name(argv[i], names);
			return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
					 near_name != NULL ? near_name : describe_usage,
					 "unexpected argument \"%s\"", argv[i]);
		}
		options->file = argv[i];
	}
	if ((options->file == NULL) == (options->size == NULL))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, describe_usage,
				 options->file == NULL ? "found neither a file nor --size"
						       : "found both a file and --size");
	if (options->file != NULL && (options->model || options->input || options->output))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, describe_usage,
				 "--model, --input and --output go with --size, not with a file");
	return 0;
}

/* The index of `text` in `names`; `otherwise` when the option was not given. */
static int choose(const char *option, const char *text, const char *const *names, int otherwise,
		  int *choice, struct error *error)
{
	*choice = otherwise;
	if (text == NULL)
		return 0;
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(text, names[i]) == 0) {
			*choice = i;
			return 0;
		}
	}
	char expected[128] = "one of";
	for (size_t i = 0; names[i] != NULL; i++) {
		size_t used = strlen(expected);
		snprintf(expected + used, sizeof expected - used, "%s %s", i > 0 ? "," : "",
			 names[i]);
	}
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, expected, "%s: found \"%s\"", option,
			 text);
}

/* Only the form is checked here; arch_check knows the range. */
static int read_dim(const char *option, const char *text, int64_t otherwise, int64_t *dim,
		    struct error *error)
{
	*dim = otherwise;
	if (text == NULL)
		return 0;
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || strspn(text, "0123456789") != strlen(text) || value < 1)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, "a positive integer",
				 "%s: found \"%s\"", option, text);
	*dim = value;
	return 0;
}

static int arch_from_size(const struct describe_options *options, struct arch *arch,
			  struct error *error)
{
	int size, model;
	int64_t input, output, residual;
	int status = choose("--size", options->size, arch_size_names, 0, &size, error);
	if (status == 0)
		status =
		    choose("--model", options->model, model_kind_names, MODEL_MOE, &model, error);
	if (status == 0)
		status = read_dim("--input", options->input, ARCH_INPUT, &input, error);
	if (status == 0)
		status = read_dim("--output", options->output, ARCH_OUTPUT, &output, error);
	if (status != 0)
		return status;
	struct arch moe = arch_moe((enum arch_size)size, input, output, ARCH_ROUTER, 0);
	/* Checked before anything is counted or solved for. */
	status = arch_check(&moe, error);
	if (status != 0)
		return status;
	*arch = moe;
	if (model == MODEL_DENSE) {
		*arch = arch_dense((enum arch_size)size, input, output, 1, 0);
		arch->intermediate = matched_intermediate(arch, MATCH_TOTAL_PARAMS,
							  arch_count(&moe).total_params, &residual);
	}
	return arch_check(arch, error);
}

/* arch.json's own text with the counts added at its end, so that the fields cannot differ. */
static char *describe_text(const struct arch *arch)
{
	struct arch_counts counts = arch_count(arch);
	char *fields = arch_to_json(arch);
	json_memory_begin();
	json_t *root = fields == NULL ? NULL : json_loads(fields, 0, NULL);
	json_t *added = json_pack(
	    "{s:I,s:I,s:I,s:I,s:I}", "total_params", (json_int_t)counts.total_params,
	    "active_params", (json_int_t)counts.active_params, "forward_flops",
	    (json_int_t)counts.forward_flops, "train_flops", (json_int_t)counts.train_flops,
	    "train_bytes", (json_int_t)counts.train_bytes);
	char *text = NULL;
	/* json_object_set_new drops `added` whether it succeeds or not. */
	if (json_object_set_new(root, "counts", added) == 0 &&
	    json_object_set_new(root, "tensors", json_integer(arch_tensor_count(arch))) == 0)
		text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	free(fields);
	if (json_memory_failed()) { /* something may be missing */
		free(text);
		return NULL;
	}
	return text;
}

static int describe(int argc, char **argv, struct error *error)
{
	struct describe_options options = {0};
	struct arch arch;
	int status = read_options(argc, argv, &options, error);
	if (status == 0)
		status = options.file != NULL ? arch_read(&arch, options.file, error)
					      : arch_from_size(&options, &arch, error);
	if (status != 0)
		return status;
	char *text = describe_text(&arch);
	if (text == NULL)
		return error_no_memory(error, NULL);
	puts(text);
	free(text);
	return 0;
}

static int init(int argc, char **argv, struct error *error)
{
	/* The shared option reader starts after a command's name. */
	return command_arch_init(argc + 1, argv - 1, error);
}

/* Sub-commands; `run` gets the arguments after the name. */
static const struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv, struct error *error);
} subcommands[] = {
    {"describe", describe},
    {"init", init},
};

enum { SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

int command_arch(int argc, char **argv, struct error *error)
{
	const char *names[SUBCOMMANDS + 1] = {NULL};
	char expected[128] = "arch followed by one of";
	for (size_t i = 0; i < SUBCOMMANDS; i++) {
		names[i] = subcommands[i].name;
		if (argc > 1 && strcmp(argv[1], names[i]) == 0)
			return subcommands[i].run(argc - 2, argv + 2, error);
		size_t used = strlen(expected);
		snprintf(expected + used, sizeof expected - used, "%s %s", i > 0 ? "," : "",
			 names[i]);
	}
	if (argc < 2)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, expected,
				 "missing sub-command");
	const char *near_name = error_near_name(argv[1], names);
	return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, expected,
			 "unknown sub-command \"%s\"%s%s", argv[1],
			 near_name != NULL ? ", near " : "", near_name != NULL ? near_name : "");
}
