/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the fields of an architecture agree with each other and with the topology. */
#include "models/arch.h"

#include <stdio.h>

#include "models/arch_limits.h"

/* Refuses the integer field `name`, whose value is `found`. */
static int refuse(struct error *error, const char *name, int64_t found, const char *expected)
{
	return error_set(error, ERROR_INPUT, NULL, 0, 0, name, expected, "found %lld",
			 (long long)found);
}

static int check_range(struct error *error, const char *name, int64_t found, int64_t min,
		       int64_t max)
{
	char expected[96];
	if (found >= min && found <= max)
		return 0;
	snprintf(expected, sizeof expected, "an integer from %lld to %lld", (long long)min,
		 (long long)max);
	return refuse(error, name, found, expected);
}

static int check_equal(struct error *error, const char *name, int64_t found, int64_t expected_value,
		       const char *because)
{
	char expected[160];
	if (found == expected_value)
		return 0;
	snprintf(expected, sizeof expected, "%lld, %s", (long long)expected_value, because);
	return refuse(error, name, found, expected);
}

/* Fields that another program may have filled with anything. */
static int check_enums(const struct arch *arch, struct error *error)
{
	int status = check_range(error, "size", (int64_t)arch->size, SIZE_NANO, SIZE_FULL);
	if (status == 0)
		status = check_range(error, "model_kind", (int64_t)arch->model_kind, MODEL_MOE,
				     MODEL_DENSE);
	if (status == 0)
		status = check_range(error, "router_kind", (int64_t)arch->router_kind, 0,
				     ROUTER_KINDS - 1);
	return status;
}

static int check_ranges(const struct arch *arch, struct error *error)
{
	const struct {
		const char *name;
		int64_t value, min, max;
	} fields[] = {
	    {.name = "input_dim", .value = arch->input_dim, .min = 1, .max = ARCH_MAX_DIM},
	    {.name = "hidden_dim", .value = arch->hidden_dim, .min = 1, .max = ARCH_MAX_DIM},
	    {.name = "output_dim", .value = arch->output_dim, .min = 1, .max = ARCH_MAX_DIM},
	    {.name = "n_experts", .value = arch->n_experts, .min = 0, .max = ARCH_MAX_EXPERTS},
	    {.name = "top_k", .value = arch->top_k, .min = 0, .max = ARCH_MAX_EXPERTS},
	    {.name = "expert_depth", .value = arch->expert_depth, .min = 1, .max = ARCH_MAX_DIM},
	    {.name = "intermediate", .value = arch->intermediate, .min = 0, .max = ARCH_MAX_DIM},
	    {.name = "topology", .value = arch->topology_input, .min = 1, .max = ARCH_MAX_DIM},
	    {.name = "topology", .value = arch->topology_output, .min = 1, .max = ARCH_MAX_DIM},
	    {.name = "topology",
	     .value = arch->topology_experts,
	     .min = 1,
	     .max = ARCH_MAX_EXPERTS},
	    {.name = "topology", .value = arch->topology_top_k, .min = 1, .max = ARCH_MAX_EXPERTS},
	};
	if (arch->seed > INT64_MAX)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, "seed",
				 "an integer from 0 to 9223372036854775807", "found %llu",
				 (unsigned long long)arch->seed);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		int status = check_range(error, fields[i].name, fields[i].value, fields[i].min,
					 fields[i].max);
		if (status != 0)
			return status;
	}
	return 0;
}

static int check_topology(const struct arch *arch, struct error *error)
{
	if (arch->topology_top_k > arch->topology_experts)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, "topology",
				 "no more chosen experts than experts", "found e%lldk%lld",
				 (long long)arch->topology_experts,
				 (long long)arch->topology_top_k);
	int status = check_equal(error, "input_dim", arch->input_dim, arch->topology_input,
				 "the topology's input");
	if (status == 0)
		status = check_equal(error, "output_dim", arch->output_dim, arch->topology_output,
				     "the topology's output");
	return status;
}

static int check_moe(const struct arch *arch, struct error *error)
{
	int64_t hidden, depth;
	char because[64];
	arch_size_dims(arch->size, &hidden, &depth);
	snprintf(because, sizeof because, "that of size %s", arch_size_names[arch->size]);
	int status = check_equal(error, "hidden_dim", arch->hidden_dim, hidden, because);
	if (status == 0)
		status = check_equal(error, "expert_depth", arch->expert_depth, depth, because);
	if (status == 0)
		status = check_range(error, "n_experts", arch->n_experts, 1, ARCH_MAX_EXPERTS);
	/* Against n_experts first: it says more than a mismatch with the topology. */
	if (status == 0)
		status = check_range(error, "top_k", arch->top_k, 1, arch->n_experts);
	if (status == 0)
		status = check_equal(error, "n_experts", arch->n_experts, arch->topology_experts,
				     "the topology's experts");
	if (status == 0)
		status = check_equal(error, "top_k", arch->top_k, arch->topology_top_k,
				     "the topology's chosen experts");
	if (status == 0)
		status = check_equal(error, "intermediate", arch->intermediate, 0,
				     "which only Dense has");
	return status;
}

static int check_dense(const struct arch *arch, struct error *error)
{
	int status = check_equal(error, "n_experts", arch->n_experts, 0, "as Dense has no experts");
	if (status == 0)
		status = check_equal(error, "top_k", arch->top_k, 0, "as Dense has no router");
	if (status == 0)
		status = check_range(error, "intermediate", arch->intermediate, 1, ARCH_MAX_DIM);
	return status;
}

/* The dims are each in range; their product may still be beyond anything that can be counted. */
static int check_counts(const struct arch *arch, struct error *error)
{
	struct arch_counts counts = arch_count(arch);
	if (counts.train_bytes < INT64_MAX && counts.train_flops < INT64_MAX)
		return 0;
	return error_set(error, ERROR_INPUT, NULL, 0, 0, "hidden_dim",
			 "dims whose parameter bytes and FLOPs stay below 2^63",
			 "found %lld with depth %lld and intermediate %lld",
			 (long long)arch->hidden_dim, (long long)arch->expert_depth,
			 (long long)arch->intermediate);
}

int arch_check(const struct arch *arch, struct error *error)
{
	int status = check_enums(arch, error);
	if (status == 0)
		status = check_ranges(arch, error);
	if (status == 0)
		status = arch->model_kind == MODEL_DENSE ? check_dense(arch, error)
							 : check_moe(arch, error);
	if (status == 0)
		status = check_topology(arch, error);
	if (status == 0)
		status = check_counts(arch, error);
	return status;
}
