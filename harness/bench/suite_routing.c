/* SPDX-License-Identifier: Apache-2.0 */
/* Routing: p-adic codes and logits, and the choice of experts for a batch of 128. */
#include <stdlib.h>

#include "harness/bench/suite.h"
#include "kernels/padic.h"
#include "models/router.h"

enum { ROWS = 128, INPUTS = 96, EXPERTS = 4 };

/* Encoded inputs, weights, biases; NULL: out of memory, reported. */
static int32_t *take_codes(struct bench_state *state)
{
	int32_t *codes = calloc(ROWS * INPUTS + INPUTS * EXPERTS + EXPERTS, sizeof *codes);
	if (!codes)
		bench_fail(state, "out of memory");
	return codes;
}

static void bench_encode(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const struct kernel_table *table = row->suite->backend->table;
	struct suite_buffers buffers;
	struct padic padic;
	const int64_t counts[] = {ROWS * INPUTS};
	int32_t *codes = take_codes(state);
	if (!codes || !suite_take(&buffers, 1, counts, state, row->name)) {
		free(codes);
		return;
	}
	padic_init(&padic, &padic_default, INPUTS);
	while (bench_keep_running(state))
		table->padic_encode(&padic, ROWS * INPUTS, buffers.at[0], codes);
	struct suite_hash hash = {.count = 0};
	suite_hash_words(&hash, row, codes, ROWS * INPUTS);
	suite_hash_end(&hash, row);
	suite_report(state, row, ROOF_NONE, ROWS * INPUTS);
	suite_give_back(&buffers);
	free(codes);
}

/* Its operations are multiplications and additions of integers. */
static void bench_logits(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const struct kernel_table *table = row->suite->backend->table;
	struct suite_buffers buffers;
	struct padic padic;
	const int64_t counts[] = {ROWS * INPUTS, INPUTS * EXPERTS, EXPERTS, ROWS * EXPERTS};
	int32_t *x = take_codes(state);
	if (!x || !suite_take(&buffers, 4, counts, state, row->name)) {
		free(x);
		return;
	}
	int32_t *w = x + ROWS * INPUTS, *b = w + INPUTS * EXPERTS;
	padic_init(&padic, &padic_default, INPUTS);
	table->padic_encode(&padic, counts[0], buffers.at[0], x);
	table->padic_encode(&padic, counts[1], buffers.at[1], w);
	table->padic_encode(&padic, counts[2], buffers.at[2], b);
	while (bench_keep_running(state))
		table->padic_logits(&padic, ROWS, INPUTS, EXPERTS, x, w, b, buffers.at[3]);
	struct suite_hash hash = {.count = 0};
	suite_hash_words(&hash, row, buffers.at[3], counts[3]);
	suite_hash_end(&hash, row);
	suite_report(state, row, ROOF_FMA, 2.0 * ROWS * INPUTS * EXPERTS);
	suite_give_back(&buffers);
	free(x);
}

struct choice {
	const char *nerve; /* NULL: top-k, without a nerve */
	int experts, k;
};

static const struct choice choices[] = {
    {NULL, 4, 2}, {"complete", 4, 2}, {"cycle", 4, 2}, {"cycle", 16, 3}, {"complete", 10, 4},
};

static void choose_all(const struct choice *c, const struct nerve *nerve, const float *p,
		       uint8_t *chosen)
{
	for (int r = 0; r < ROWS; r++)
		if (c->nerve)
			router_choose_simplex(p + r * c->experts, nerve, chosen + r * c->k);
		else
			router_choose_top_k(p + r * c->experts, c->experts, c->k,
					    chosen + r * c->k);
}

static void bench_choice(struct bench_state *state, void *argument)
{
	struct suite_row *row = argument;
	const struct choice *c = row->what;
	struct suite_buffers buffers;
	struct nerve nerve = {0};
	uint8_t chosen[ROWS * NERVE_MAX_K];
	const int64_t counts[] = {ROWS * ARCH_MAX_EXPERTS, ROWS * ARCH_MAX_EXPERTS};
	if (!suite_take(&buffers, 2, counts, state, row->name))
		return;
	float *p = buffers.at[1];
	row->suite->backend->table->softmax(ROWS, c->experts, c->experts, buffers.at[0], p, NULL);
	if (c->nerve && c->nerve[1] == 'o')
		nerve_complete(&nerve, c->experts, c->k);
	else if (c->nerve)
		nerve_cycle(&nerve, c->experts, c->k);
	while (bench_keep_running(state)) {
		choose_all(c, &nerve, p, chosen);
		bench_clobber();
	}
	struct suite_hash hash = {.count = 0};
	suite_hash_bytes(&hash, row, chosen, (int64_t)ROWS * c->k);
	suite_hash_end(&hash, row);
	suite_report(state, row, ROOF_NONE, ROWS);
	suite_give_back(&buffers);
}

int suite_register_routing(const struct suite *suite)
{
	int failed = suite_add(suite, bench_encode, NULL, 0, "padic/encode/%dx%d", ROWS, INPUTS);
	failed |=
	    suite_add(suite, bench_logits, NULL, 0, "padic/logits/%dx%dx%d", ROWS, EXPERTS, INPUTS);
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		failed |= suite_add(suite, bench_choice, &choices[i], 0, "choice/%s/%d_of_%d",
				    choices[i].nerve ? choices[i].nerve : "top_k", choices[i].k,
				    choices[i].experts);
	return failed;
}
