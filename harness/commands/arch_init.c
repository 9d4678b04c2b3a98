/* SPDX-License-Identifier: Apache-2.0 */
/* sheafbench arch init FILE --out M.safetensors: the seeded initial weights of an arch.json. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/commands/arch.h"
#include "harness/commands/options.h"
#include "foundation/array.h"
#include "models/arch.h"
#include "models/checkpoint.h"
#include "models/params.h"

int command_arch_init(int argc, char **argv, struct error *error)
{
	static const char usage[] =
	    "arch init FILE --out M.safetensors [--isa LEVEL] [--blis NAME|oracle]";
	struct options options;
	struct backend backend;
	struct arch arch;
	char hex[65];
	int status =
	    options_read(&options, argc, argv,
			 OPTION_OUT | OPTION_OUT_FILE | OPTION_ISA | OPTION_BLIS, 1, usage, error);
	if (!status && !options.out)
		status = error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage, "missing --out");
	status = status ? status : arch_read(&arch, options.positional[0], error);
	/* Initial values use no kernel; the options are checked, and the machine with them. */
	status = status ? status : options_backend(&options, &backend, error);
	if (status)
		return status;
	backend_close(&backend);
	float *params = array_take(arch_count(&arch).total_params, sizeof *params);
	if (!params)
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "out of memory for %.1f GiB of weights",
				 (double)arch_count(&arch).total_params /
				     (1024.0 * 1024.0 * 256.0));
	params_init(NULL, &arch, params);
	status = checkpoint_write(options.out, &arch, params, error);
	if (!status) {
		checkpoint_weights_sha256(&arch, params, hex);
		printf("%s weights_sha256=%s\n", options.out, hex);
	}
	free(params);
	return status;
}
