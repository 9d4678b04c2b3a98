/* SPDX-License-Identifier: Apache-2.0 */
/* All rows there are; first what the others are measured by. */
#include "harness/bench/suite.h"

static void bench_empty_loop(struct bench_state *state, void *argument)
{
	(void)argument;
	while (bench_keep_running(state))
		bench_clobber();
	bench_set_label(state, "xxh3=none roof=none");
}

static void bench_fma(struct bench_state *state, void *argument)
{
	const struct suite_row *row = argument;
	double flops = 0.0;
	while (bench_keep_running(state))
		flops = row->suite->backend->table->fma_burn(1000);
	bench_set_flops(state, flops, suite_roof(row->suite, ROOF_FMA));
	bench_set_label(state, "xxh3=none roof=fma");
}

int suite_register(const struct suite *suite)
{
	bool failed = suite_add(suite, bench_empty_loop, NULL, 0, "overhead/c") ||
		      suite_add_native_loop("overhead/c++");
	if (suite->backend->table->fma_burn)
		failed = failed || suite_add(suite, bench_fma, NULL, 0, "roof/fma");
	failed = failed || suite_register_gemm(suite) || suite_register_rows(suite) ||
		 suite_register_routing(suite) || suite_register_training(suite);
	return failed ? -1 : 0;
}
