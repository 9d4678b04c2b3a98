/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels alone, for C libraries that the whole program is not built with: oracle against its
 * committed digests, every level against the oracle, fma without an instruction, random numbers. It
 * needs nothing but a C library, and C++'s for random numbers (-DWITHOUT_RANDOM: without).  Prints
 * a line per check; exit 1 if one failed. */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/backend.h"
#include "kernels/blis_gemm.h"
#include "kernels/elementary.h"
#include "kernels/random.h"

static int failures;

static void report(const char *what, const char *difference)
{
	printf("%-24s %s%s\n", what, difference ? "differs in " : "same",
	       difference ? difference : "");
	failures += difference != NULL;
}

/* There is no BLIS here, and no check that asks for it. */
void blis_gemm_run(const struct blis_gemm *blis, const struct gemm_args *args)
{
	(void)blis;
	(void)args;
	abort();
}

#ifndef WITHOUT_RANDOM /* where there is no C++ library */
static const char *check_random(void)
{
	/* Pinned in tests/kernels/test_random.c too. */
	static const uint64_t expected[] = {0xbae8a87eb397a410u, 0x2e5ea870901262e8u,
					    0xed4b49dba1136653u, 0xd8c8625b0ee0dbf4u};
	struct random_stream stream;
	random_open(&stream, 42, "order", "epoch 3");
	for (int i = 0; i < 4; i++)
		if (random_next(&stream) != expected[i])
			return "a pinned value";
	return NULL;
}
#endif

/* A tie of binary32 that the addend decides, far below: what rounds twice gives 0x1.09f6e4p+1. */
static const char *check_fma(void)
{
	volatile float a = 0x1.156p+0f, b = 0x1.eafp+0f, c = 0x1p-80f;
	return contract_fma(a, b, c) == 0x1.09f6e6p+1f ? NULL : "a tie";
}

int main(void)
{
	report("fma", check_fma());
	report("oracle", backend_check_oracle());
	for (int i = 0; kernel_tables[i]; i++)
		report(kernel_tables[i]->level, backend_check_table(kernel_tables[i]));
#ifndef WITHOUT_RANDOM
	report("random", check_random());
#endif
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
