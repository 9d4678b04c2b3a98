/* SPDX-License-Identifier: Apache-2.0 */
/* arch.json: a flat object whose first ten keys are those of the historical format, in its order;
 * keys added since come after them and have defaults, so that every older file still loads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/arch.h"
#include "models/arch_limits.h"
#include "foundation/json_file.h"

/* What a Dense file written before the key existed could only mean. */
enum { DEFAULT_INTERMEDIATE = 4096 };

static const char *const known_keys[] = {
    "size", "input_dim",  "hidden_dim",  "output_dim",   "n_experts", "top_k",       "expert_depth",
    "seed", "model_kind", "router_kind", "intermediate", "topology",  "fingerprint", NULL,
};

/* The key's index in `names`, or the value of *choice before when the key is absent. */
static int read_choice(const struct json_file *file, const char *key, bool required,
		       const char *const *names, int *choice, struct error *error)
{
	int status =
	    json_file_get_choice(file, file->root, "", key, required, names, choice, error);
	return status < 0 ? status : 0;
}

static int read_names(const struct json_file *file, struct arch *arch, struct error *error)
{
	int size = SIZE_NANO, model_kind = MODEL_MOE, router_kind = ARCH_ROUTER;
	int status = read_choice(file, "size", true, arch_size_names, &size, error);
	if (status == 0)
		status =
		    read_choice(file, "model_kind", false, model_kind_names, &model_kind, error);
	if (status == 0)
		status =
		    read_choice(file, "router_kind", false, router_kind_names, &router_kind, error);
	arch->size = (enum arch_size)size;
	arch->model_kind = (enum model_kind)model_kind;
	arch->router_kind = (enum router_kind)router_kind;
	return status;
}

static int read_integers(const struct json_file *file, struct arch *arch, struct error *error)
{
	int64_t seed = 0;
	bool dense = arch->model_kind == MODEL_DENSE;
	arch->intermediate = dense ? DEFAULT_INTERMEDIATE : 0;
	const struct {
		const char *key;
		int64_t min, max, *out;
		bool required;
	} fields[] = {
	    {.key = "input_dim",
	     .min = 1,
	     .max = ARCH_MAX_DIM,
	     .out = &arch->input_dim,
	     .required = true},
	    {.key = "hidden_dim",
	     .min = 1,
	     .max = ARCH_MAX_DIM,
	     .out = &arch->hidden_dim,
	     .required = true},
	    {.key = "output_dim",
	     .min = 1,
	     .max = ARCH_MAX_DIM,
	     .out = &arch->output_dim,
	     .required = true},
	    {.key = "n_experts",
	     .min = 0,
	     .max = ARCH_MAX_EXPERTS,
	     .out = &arch->n_experts,
	     .required = true},
	    {.key = "top_k",
	     .min = 0,
	     .max = ARCH_MAX_EXPERTS,
	     .out = &arch->top_k,
	     .required = true},
	    {.key = "expert_depth",
	     .min = 1,
	     .max = ARCH_MAX_DIM,
	     .out = &arch->expert_depth,
	     .required = true},
	    {.key = "seed", .min = 0, .max = INT64_MAX, .out = &seed, .required = true},
	    {.key = "intermediate", .min = 0, .max = ARCH_MAX_DIM, .out = &arch->intermediate},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		int status =
		    json_file_get_integer(file, file->root, "", fields[i].key, fields[i].required,
					  fields[i].min, fields[i].max, fields[i].out, error);
		if (status < 0)
			return status;
	}
	arch->seed = (uint64_t)seed;
	return 0;
}

/* A positive decimal integer without sign or leading zero, then `end`; NULL on anything else. */
static const char *scan_dim(const char *text, char end, int64_t max, int64_t *out)
{
	int64_t value = 0;
	if (*text < '1' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (*text - '0');
		if (value > max)
			return NULL;
	}
	*out = value;
	if (*text != end)
		return NULL;
	return end == '\0' ? text : text + 1;
}

/* "96x20e4k2": input, output, experts, chosen experts. */
static int read_topology(const struct json_file *file, struct arch *arch, struct error *error)
{
	arch->topology_input = ARCH_INPUT;
	arch->topology_output = ARCH_OUTPUT;
	arch->topology_experts = ARCH_EXPERTS;
	arch->topology_top_k = ARCH_TOP_K;
	const char *text;
	int status = json_file_get_string(file, file->root, "", "topology", false, &text, error);
	if (status <= 0)
		return status;
	const char *rest = scan_dim(text, 'x', ARCH_MAX_DIM, &arch->topology_input);
	if (rest != NULL)
		rest = scan_dim(rest, 'e', ARCH_MAX_DIM, &arch->topology_output);
	if (rest != NULL)
		rest = scan_dim(rest, 'k', ARCH_MAX_EXPERTS, &arch->topology_experts);
	if (rest != NULL)
		rest = scan_dim(rest, '\0', ARCH_MAX_EXPERTS, &arch->topology_top_k);
	if (rest != NULL)
		return 0;
	return json_file_refuse(file, "topology", error,
				"\"INPUTxOUTPUTeEXPERTSkCHOSEN\" such as \"96x20e4k2\"",
				"found \"%s\"", text);
}

static int check_fingerprint(const struct json_file *file, const struct arch *arch,
			     struct error *error)
{
	const char *text;
	int status = json_file_get_string(file, file->root, "", "fingerprint", false, &text, error);
	if (status <= 0)
		return status;
	if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
		return json_file_refuse(file, "fingerprint", error, "64 lower-case hex digits",
					"found \"%s\"", text);
	char hex[65];
	arch_fingerprint(arch, hex);
	if (hex[0] == '?')
		return error_no_memory(error, file->name);
	if (strcmp(hex, text) == 0)
		return 0;
	char expected[128];
	snprintf(expected, sizeof expected, "%s, that of the fields above", hex);
	return json_file_refuse(file, "fingerprint", error, expected, "found %s", text);
}

static int read_root(const struct json_file *file, struct arch *arch, struct error *error)
{
	int status = json_file_check_keys(file, file->root, "", known_keys, error);
	if (status == 0)
		status = read_names(file, arch, error);
	if (status == 0)
		status = read_integers(file, arch, error);
	if (status == 0)
		status = read_topology(file, arch, error);
	if (status != 0)
		return status;
	/* The check knows fields, not files: it leaves the field's name as the path to look up. */
	struct error found;
	status = arch_check(arch, &found);
	if (status != 0)
		return json_file_refuse(file, found.path, error, found.expected, "%s", found.what);
	return check_fingerprint(file, arch, error);
}

int arch_read(struct arch *arch, const char *file_name, struct error *error)
{
	struct json_file file;
	struct arch read = {0};
	int status = json_file_load(&file, file_name, error);
	if (status != 0)
		return status;
	status = read_root(&file, &read, error);
	json_file_free(&file);
	if (status == 0)
		*arch = read;
	return status;
}

char *arch_to_json(const struct arch *arch)
{
	char hex[65], *text;
	arch_fingerprint(arch, hex);
	if (hex[0] == '?')
		return NULL;
	int length = asprintf(
	    &text,
	    "{\n"
	    "  \"size\": \"%s\",\n"
	    "  \"input_dim\": %lld,\n"
	    "  \"hidden_dim\": %lld,\n"
	    "  \"output_dim\": %lld,\n"
	    "  \"n_experts\": %lld,\n"
	    "  \"top_k\": %lld,\n"
	    "  \"expert_depth\": %lld,\n"
	    "  \"seed\": %llu,\n"
	    "  \"model_kind\": \"%s\",\n"
	    "  \"router_kind\": \"%s\",\n"
	    "  \"intermediate\": %lld,\n"
	    "  \"topology\": \"%lldx%llde%lldk%lld\",\n"
	    "  \"fingerprint\": \"%s\"\n"
	    "}\n",
	    arch_size_names[arch->size], (long long)arch->input_dim, (long long)arch->hidden_dim,
	    (long long)arch->output_dim, (long long)arch->n_experts, (long long)arch->top_k,
	    (long long)arch->expert_depth, (unsigned long long)arch->seed,
	    model_kind_names[arch->model_kind], router_kind_names[arch->router_kind],
	    (long long)arch->intermediate, (long long)arch->topology_input,
	    (long long)arch->topology_output, (long long)arch->topology_experts,
	    (long long)arch->topology_top_k, hex);
	return length < 0 ? NULL : text;
}
