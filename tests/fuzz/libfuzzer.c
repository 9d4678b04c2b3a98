/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's way in: FUZZ_TARGET names the target. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");
	(void)argc;
	(void)argv;
	target = name ? fuzz_target_find(name) : NULL;
	if (target == NULL) {
		fputs("FUZZ_TARGET is none of", stderr);
		for (const struct fuzz_target *t = fuzz_targets; t->name; t++)
			fprintf(stderr, " %s", t->name);
		fputc('\n', stderr);
		exit(2);
	}
	/* What the readers say is of no interest here. */
	if (freopen("/dev/null", "w", stdout) == NULL)
		exit(3);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	target->one(bytes, size);
	return 0;
}
