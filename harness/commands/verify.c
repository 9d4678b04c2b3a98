/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/commands/verify.h"

#include <stdio.h>
#include <string.h>

#include "harness/audit/verify.h"
#include "harness/commands/options.h"
#include "harness/commands/verify_golden.h"

static const char usage[] =
    "verify CONFIG [--id ID | --write | --sample SHARE% [--sample-seed N]] [--threads N] "
    "[--isa LEVEL] [--blis NAME|oracle] [--out DIR], or verify --bisect A.trace B.trace";

static int verify_one(const struct plan *plan, const struct options *options, struct error *error)
{
	struct backend backend;
	int status = options_backend(options, &backend, error);
	if (status)
		return status;
	status = verify_run(plan, &backend, plan_results_dir(options->out), options->id, error);
	backend_close(&backend);
	return status;
}

int command_verify(int argc, char **argv, struct error *error)
{
	struct options options;
	struct plan plan;
	bool bisect = false;
	for (int i = 1; i < argc; i++)
		bisect = bisect || !strcmp(argv[i], "--bisect");
	int mask = bisect ? OPTION_BISECT
			  : OPTION_ISA | OPTION_BLIS | OPTION_OUT | OPTION_WRITE | OPTION_ID |
				OPTION_SAMPLE | OPTION_SAMPLE_SEED | OPTION_THREADS;
	int status = options_read(&options, argc, argv, mask, bisect ? 2 : 1, usage, error);
	if (status)
		return status;
	if (bisect)
		return verify_bisect(options.positional[0], options.positional[1], error);
	if ((options.id != NULL) + options.write + (options.sample || options.sample_seed) > 1)
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, usage,
				 "found two of --id, --write and --sample");
	status =
	    plan_read_cached(&plan, options.positional[0], plan_results_dir(options.out), error);
	if (status)
		return status;
	status = options.id      ? verify_one(&plan, &options, error)
		 : options.write ? verify_write(&plan, &options, error)
				 : verify_golden(&plan, &options, error);
	plan_free(&plan);
	return status;
}
