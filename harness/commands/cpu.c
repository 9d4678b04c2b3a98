/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/cpu.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/bench/roof.h"
#include "harness/commands/options.h"
#include "kernels/gemm_rules.h"
#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"
#include "foundation/json_memory.h"

/* The contests behind the choice, candidates in order of preference. */
static json_t *describe_contests(const struct kernel_choice *decided)
{
	json_t *list = json_array();
	for (int i = 0; i < decided->count; i++) {
		const struct contest *c = &decided->contests[i];
		json_t *candidates = json_array();
		for (int j = 0; j < c->count; j++)
			json_array_append_new(candidates, json_pack("{s:s,s:f}", "name", c->name[j],
								    "gflops", c->rate[j]));
		json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:b}", "subject", c->subject,
						      "candidates", candidates, "chosen",
						      c->name[c->chosen], "tie", c->tie));
	}
	return list;
}

/* Paths may hold anything; what is shown holds neither control characters nor broken UTF-8. */
static void make_plain(char *text)
{
	json_t *whole = json_string(text);
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f || (!whole && *c >= 0x80))
			*c = '?';
	json_decref(whole);
}

static json_t *describe(const struct backend *backend)
{
	struct cpu cpu;
	char features[128], from[sizeof backend->from];
	snprintf(from, sizeof from, "%s", backend->from);
	make_plain(from);
	cpu_detect(&cpu);
	cpu_features(&cpu, features, sizeof features);
	const char *op = backend_check_table(backend->table);
	return json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:i,s:s,s:s,s:f,s:f}", "architecture",
	    cpu.architecture, "cpu", cpu.model, "features", features, "isa", backend->level,
	    "gemm_rules", gemm_rules->name, "blis", backend->blis_name, "choice", backend->choice,
	    "choice_from", from, "contests", describe_contests(&backend->decided), "blis_version",
	    blis_gemm_version(), "contract", CONTRACT_VERSION, "contract_check", op ? op : "passed",
	    "warning", backend->warning, "peak_fma_gflops", roof_fma(backend->table),
	    "memory_gbytes_per_second", roof_memory(backend->table));
}

static void print_lines(const json_t *object)
{
	const char *key;
	const json_t *value;
	json_t *walk = (json_t *)(uintptr_t)object;
	json_object_foreach(walk, key, value)
	{
		if (json_is_string(value))
			printf("%-26s %s\n", key, json_string_value(value));
		else if (json_is_integer(value))
			printf("%-26s %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
		else if (json_is_real(value))
			printf("%-26s %.1f\n", key, json_real_value(value));
	}
}

/* The value that gives other processes this choice: empty where there was nothing to decide. */
static int print_hand_down(const struct backend *backend, struct error *error)
{
	char text[CHOICE_TEXT] = "";
	if (backend->decided.count > 0 && !choice_write(&backend->decided, ';', text))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "the choice cannot be written as a text");
	puts(text);
	return 0;
}

static int print_all(const struct backend *backend, bool as_json, struct error *error)
{
	json_t *object = describe(backend);
	char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
	int status = 0;
	if (!text || json_memory_failed())
		status = json_memory_refuse(NULL, error);
	else if (as_json)
		puts(text);
	else
		print_lines(object);
	free(text);
	json_decref(object);
	return status;
}

int command_cpu(int argc, char **argv, struct error *error)
{
	struct options options;
	struct backend backend;
	int status = options_read(
	    &options, argc, argv,
	    OPTION_JSON | OPTION_ISA | OPTION_BLIS | OPTION_CHOOSE | OPTION_HAND_DOWN, 0,
	    "cpu [--json | --hand-down] [--choose] [--isa LEVEL] [--blis NAME|oracle]", error);
	status = status ? status : options_backend(&options, &backend, error);
	if (status)
		return status;
	status = options.hand_down ? print_hand_down(&backend, error)
				   : print_all(&backend, options.json, error);
	backend_close(&backend);
	return status;
}
