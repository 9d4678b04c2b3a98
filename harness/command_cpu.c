/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/command_cpu.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/bench/roof.h"
#include "harness/options.h"
#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"

static json_t *describe(const struct backend *backend)
{
	struct cpu cpu;
	char features[128];
	cpu_detect(&cpu);
	cpu_features(&cpu, features, sizeof features);
	const char *op = backend_check_table(backend->table);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:f,s:f}", "architecture",
			 cpu.architecture, "cpu", cpu.model, "features", features, "isa",
			 backend->level, "blis", backend->blis_name, "choice", backend->choice,
			 "blis_version", blis_gemm_version(), "contract", CONTRACT_VERSION,
			 "contract_check", op ? op : "passed", "warning", backend->warning,
			 "peak_fma_gflops", roof_fma(backend->table), "memory_gbytes_per_second",
			 roof_memory(backend->table));
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
		else
			printf("%-26s %.1f\n", key, json_real_value(value));
	}
}

int command_cpu(int argc, char **argv, struct error *error)
{
	struct options options;
	struct backend backend;
	int status = options_read(&options, argc, argv, OPTION_JSON | OPTION_ISA | OPTION_BLIS, 0,
				  "cpu [--json] [--isa LEVEL] [--blis NAME|oracle]", error);
	status = status ? status : options_backend(&options, &backend, error);
	if (status)
		return status;
	json_t *object = describe(&backend);
	backend_close(&backend);
	if (!object)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL, "out of memory");
	if (options.json) {
		char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		puts(text ? text : "");
		free(text);
	} else {
		print_lines(object);
	}
	json_decref(object);
	return 0;
}
