/* SPDX-License-Identifier: Apache-2.0 */
/* The three products of a Linear y = x W, x m x k and W k x n, at the shapes the ablation meets. A
 * row is named by the forward product's m x n x k. */
#include "harness/bench/suite.h"

static const struct gemm_shape shapes[] = {
    {32, 64, 64},   {128, 4, 96},  {128, 8, 784},   {13, 20, 300},     {8, 64, 64},
    {16, 128, 128}, {96, 20, 128}, {128, 256, 784}, {256, 1024, 1024}, {512, 512, 512},
};

const char *const suite_product_names[SUITE_PRODUCTS] = {"forward", "input_gradient",
							 "weight_gradient"};

struct gemm_args suite_product(const struct gemm_shape *s, int product, float *const at[3])
{
	float *x = at[0], *w = at[1], *y = at[2];
	if (product == SUITE_INPUT_GRADIENT)
		return gemm_transposed(gemm_rows(s->m, s->k, s->n, y, w, x), false, true);
	if (product == SUITE_WEIGHT_GRADIENT)
		return gemm_transposed(gemm_rows(s->k, s->n, s->m, x, y, w), true, false);
	return gemm_rows(s->m, s->n, s->k, x, w, y);
}

static void bench_gemm(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const struct gemm_shape *s = row->what;
	const struct backend *backend = row->suite->backend;
	struct suite_buffers buffers;
	const int64_t counts[] = {s->m * s->k, s->k * s->n, s->m * s->n};
	if (!suite_take(&buffers, 3, counts, state, row->name))
		return;
	struct gemm_args args = suite_product(s, row->variant, buffers.at);
	while (bench_keep_running(state))
		backend_gemm(backend, &args);
	if (!row->hashed) {
		struct suite_hash hash = {.count = 0};
		suite_hash_words(&hash, row, args.c, args.m * args.n);
		suite_hash_end(&hash, row);
	}
	suite_report(state, row, ROOF_FMA, 2.0 * (double)s->m * (double)s->n * (double)s->k);
	suite_give_back(&buffers);
}

/* All experts of a layer in one call: `experts` products of s, each with a W of its own. */
enum { GROUP_EXPERTS = 4 };
static const struct gemm_shape group_shapes[] = {{64, 128, 96}, {64, 128, 128}, {64, 20, 128}};

static void bench_group(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const struct gemm_shape *s = row->what;
	const struct backend *backend = row->suite->backend;
	struct suite_buffers buffers;
	const int64_t counts[] = {GROUP_EXPERTS * s->m * s->k, GROUP_EXPERTS * s->k * s->n,
				  GROUP_EXPERTS * s->m * s->n};
	struct gemm_args args[GROUP_EXPERTS];
	if (!suite_take(&buffers, 3, counts, state, row->name))
		return;
	for (int e = 0; e < GROUP_EXPERTS; e++) {
		float *at[] = {buffers.at[0] + e * s->m * s->k, buffers.at[1] + e * s->k * s->n,
			       buffers.at[2] + e * s->m * s->n};
		args[e] = suite_product(s, row->variant, at);
	}
	while (bench_keep_running(state))
		backend_gemm_group(backend, GROUP_EXPERTS, args);
	if (!row->hashed) {
		struct suite_hash hash = {.count = 0};
		suite_hash_words(&hash, row, args[0].c, GROUP_EXPERTS * args[0].m * args[0].n);
		suite_hash_end(&hash, row);
	}
	suite_report(state, row, ROOF_FMA,
		     2.0 * GROUP_EXPERTS * (double)s->m * (double)s->n * (double)s->k);
	suite_give_back(&buffers);
}

static int register_groups(const struct suite *suite)
{
	for (int product = 0; product < SUITE_PRODUCTS; product++)
		for (size_t i = 0; i < sizeof group_shapes / sizeof *group_shapes; i++)
			if (suite_add(suite, bench_group, &group_shapes[i], product,
				      "gemm_group/%s/%dx%lldx%lldx%lld",
				      suite_product_names[product], GROUP_EXPERTS,
				      (long long)group_shapes[i].m, (long long)group_shapes[i].n,
				      (long long)group_shapes[i].k))
				return -1;
	return 0;
}

int suite_register_gemm(const struct suite *suite)
{
	for (int product = 0; product < SUITE_PRODUCTS; product++)
		for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
			if (suite_add(suite, bench_gemm, &shapes[i], product,
				      "gemm/%s/%lldx%lldx%lld", suite_product_names[product],
				      (long long)shapes[i].m, (long long)shapes[i].n,
				      (long long)shapes[i].k))
				return -1;
	return register_groups(suite);
}
