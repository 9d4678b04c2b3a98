/* SPDX-License-Identifier: Apache-2.0 */
/* What a network says it needs is what it takes: by the allocator's own count, of shapes of which
 * each makes another part of it large. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "models/model.h"
#include "models/optimiser.h"
#include "tests/kernels/backend_fixture.h"

static double allocated(void)
{
#if defined __GLIBC__ && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	const struct mallinfo2 info = mallinfo2();
	return (double)(info.uordblks + info.hblkhd);
#else
	return 0.0;
#endif
}

/* The network with what a training holds beside it: moments, a batch's inputs and targets. */
static double taken(const struct arch *arch, int64_t capacity, bool training)
{
	struct router_settings router = {.kind = arch->router_kind,
					 .codec = arch->router_kind == ROUTER_SHEAF_PADIC,
					 .padic = {5, 6, 4, 0.04}};
	const struct heads heads = {
	    1, {{.kind = HEAD_SOFTMAX, .width = arch->output_dim, .weight = 1.0f}}};
	struct optimiser optimiser;
	struct model model;
	if (arch->model_kind == MODEL_MOE)
		assert_int_equal(nerve_cycle(&router.nerve, (int)arch->n_experts, (int)arch->top_k),
				 0);
	const double before = allocated();
	float *inputs = malloc((size_t)(capacity * arch->input_dim) * sizeof *inputs);
	float *targets = malloc((size_t)(capacity * arch->output_dim) * sizeof *targets);
	assert_true(inputs && targets);
	assert_int_equal(
	    model_open(&model, &backend, arch, &router, &heads, capacity, training, NULL), 0);
	if (training)
		assert_int_equal(
		    optimiser_open(&optimiser, model.param_count, 0.9, 0.999, 1e-8, 0.0), 0);
	const double bytes = allocated() - before;
	if (training)
		optimiser_close(&optimiser);
	model_close(&model);
	free(inputs);
	free(targets);
	return bytes;
}

static void test_needed(void **state)
{
	static const struct {
		int64_t input, output, hidden, experts, top_k, depth, intermediate, capacity;
	} shapes[] = {
	    {4096, 2, 2, 4, 2, 1, 2, 512}, {2, 4096, 2, 4, 2, 1, 2, 512},
	    {2, 2, 512, 4, 2, 1, 2, 512},  {2, 2, 8, 16, 2, 1, 2, 2048},
	    {2, 2, 8, 16, 4, 1, 2, 2048},  {2, 2, 64, 4, 2, 8, 2, 512},
	    {8, 8, 8, 4, 2, 2, 4096, 64},  {512, 512, 256, 8, 2, 2, 512, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (int kind = 0; kind < 3; kind++)
			for (int training = 0; training < 2; training++) {
				struct arch arch =
				    kind == 2
					? arch_dense(SIZE_NANO, shapes[i].input, shapes[i].output,
						     shapes[i].intermediate, 1)
					: arch_moe(SIZE_NANO, shapes[i].input, shapes[i].output,
						   kind ? ROUTER_SHEAF_PADIC : ROUTER_SOFTMAX_ONLY,
						   1);
				arch.hidden_dim = shapes[i].hidden;
				arch.expert_depth = shapes[i].depth;
				if (kind < 2) {
					arch.n_experts = shapes[i].experts;
					arch.top_k = shapes[i].top_k;
				}
				const double bytes = taken(&arch, shapes[i].capacity, training);
				const double said =
				    (double)model_memory(&arch, shapes[i].capacity, training);
				if (bytes == 0.0)
					skip(); /* another allocator, as a sanitizer's */
				/* Evaluation, and a router without a codec, may take less. */
				const bool all = training && kind > 0;
				if (said < 0.97 * bytes || said > (all ? 1.03 : 3.0) * bytes)
					fail_msg("shape %zu, kind %d%s: said %.0f bytes, took %.0f",
						 i, kind, training ? ", training" : "", said,
						 bytes);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_needed),
	};
	return cmocka_run_group_tests(tests, backend_fixture_oracle, backend_fixture_close);
}
