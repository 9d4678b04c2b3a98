/* SPDX-License-Identifier: Apache-2.0 */
/* Options that several commands share. */
#ifndef SHEAFBENCH_HARNESS_COMMANDS_OPTIONS_H
#define SHEAFBENCH_HARNESS_COMMANDS_OPTIONS_H

#include <stdbool.h>

#include "kernels/backend.h"
#include "foundation/error.h"

enum { OPTIONS_POSITIONAL = 4 };

struct options {
	const char *isa, *blis, *out, *id, *flip, *dump, *jobs, *file; /* NULL when not given */
	const char *sample, *sample_seed, *threads;
	bool force, json, quiet, trace, write, bisect, profile, choose, hand_down, pending, check;
	const char *positional[OPTIONS_POSITIONAL];
	int count;
};

/* Which options a command takes, as a mask. */
enum {
	OPTION_ISA = 1,
	OPTION_BLIS = 2,
	OPTION_OUT = 4,
	OPTION_ID = 8,
	OPTION_FORCE = 16,
	OPTION_JSON = 32,
	OPTION_QUIET = 64,
	OPTION_TRACE = 128,
	OPTION_FLIP = 256,
	OPTION_DUMP = 512,
	OPTION_WRITE = 1024,
	OPTION_BISECT = 2048,
	OPTION_PROFILE = 4096,
	OPTION_CHOOSE = 8192,
	OPTION_HAND_DOWN = 16384,
	OPTION_PENDING = 32768,
	OPTION_JOBS = 65536,
	OPTION_CHECK = 131072,
	OPTION_FILE = 262144,
	OPTION_SAMPLE = 1048576,
	OPTION_SAMPLE_SEED = 2097152,
	OPTION_THREADS = 4194304,
	OPTION_OUT_FILE = 524288, /* --out names a file, no results folder */
};

/* Reads argv[1..]; needs exactly `positional` words. `usage` is what was expected.  What is given
 * twice, or names a level or a BLIS sub-configuration that there is not, or gives no number of
 * threads, is refused here: before a command has touched anything. */
int options_read(struct options *options, int argc, char **argv, int mask, int positional,
		 const char *usage, struct error *error);
/* Opens the backend asked for, decided anew with `choose`, its ops shared among --threads N, from 1
 * to 1024 (1 where it was not given); prints its warning, if any, on stderr. */
int options_backend(const struct options *options, struct backend *backend, struct error *error);
/* The same, where BLIS has one thread whatever BLIS_NUM_THREADS says: all others are --threads. */
int options_backend_one_thread(const struct options *options, struct backend *backend,
			       struct error *error);
/* --jobs N, from 1 to 4096: how many runs go at a time; as many as there are processors where it
 * was not given. */
int options_jobs(const struct options *options, int *jobs, struct error *error);

#endif
