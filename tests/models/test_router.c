/* SPDX-License-Identifier: Apache-2.0 */
/* Routers in a model: gates, the auxiliary losses, controls, and how the arms relate. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/random.h"
#include "models/model.h"
#include "models/optimiser.h"
#include "tests/kernels/backend_fixture.h"

enum { IN = 7, OUT = 6, ROWS = 16, EXPERTS = 4, HIDDEN = 12 };

static const struct heads heads = {
    .count = 2,
    .head = {{"class", HEAD_SOFTMAX, 0, 4, 1.0f}, {"binary", HEAD_SIGMOID, 4, 2, 0.5f}},
};

static int below(struct random_stream *stream, int bound)
{
	return (int)random_below(stream, (uint64_t)bound);
}

static struct router_settings settings_of(enum router_kind kind, bool cycle)
{
	struct router_settings router = {
	    .kind = kind,
	    .overlap_penalty = kind == ROUTER_SOFTMAX_ONLY ? 0.0 : 0.1,
	    .balance = 0.01,
	    .codec = kind == ROUTER_SHEAF_PADIC,
	    .padic = {5, 6, 4, 0.04},
	};
	assert_int_equal(cycle ? nerve_cycle(&router.nerve, EXPERTS, 2)
			       : nerve_complete(&router.nerve, EXPERTS, 2),
			 0);
	return router;
}

static void open_model(struct model *model, const struct router_settings *router)
{
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router->kind, 3);
	struct error error;
	arch.hidden_dim = HIDDEN;
	arch.expert_depth = 1;
	assert_int_equal(model_open(model, &backend, &arch, router, &heads, ROWS, true, &error), 0);
}

static void draw_batch(struct random_stream *stream, float *inputs, float *targets)
{
	for (int i = 0; i < ROWS * IN; i++)
		inputs[i] = 3.0f * random_unit_float(stream) - 1.5f;
	for (int r = 0; r < ROWS; r++) {
		float *t = targets + r * OUT;
		memset(t, 0, OUT * sizeof *t);
		t[below(stream, 4)] = 1.0f;
		t[4] = (float)below(stream, 2);
		t[5] = random_unit_float(stream);
	}
}

static void train_step(struct model *model, const float *inputs, const float *targets)
{
	model_forward(model, ROWS, inputs, true);
	model_loss(model, ROWS, targets, true);
	model_backward(model, ROWS, inputs);
}

static void test_gates(void **state)
{
	(void)state;
	for (int form = 0; form < 12; form++) {
		struct router_settings router = settings_of((enum router_kind)(form % 3), form & 4);
		struct model model;
		float inputs[ROWS * IN], targets[ROWS * OUT];
		struct random_stream stream;
		router.renormalize = form >= 6;
		open_model(&model, &router);
		random_open(&stream, (uint64_t)form, "test", "gates");
		draw_batch(&stream, inputs, targets);
		model_forward(&model, ROWS, inputs, false);
		const struct moe *moe = model.moe;
		assert_int_equal(moe->start[EXPERTS], ROWS * 2);
		for (int r = 0; r < ROWS; r++) {
			const float *w = moe->w + r * 2, *p = moe->p + r * EXPERTS;
			const uint8_t *chosen = moe->chosen + r * 2;
			float total = 0.0f;
			for (int e = 0; e < EXPERTS; e++)
				total += p[e];
			assert_true(fabsf(total - 1.0f) < 1e-6f && chosen[0] < chosen[1]);
			float sum = router.renormalize ? p[chosen[0]] + p[chosen[1]] : 1.0f;
			for (int i = 0; i < 2; i++)
				assert_true(w[i] == p[chosen[i]] / sum);
			if (router.kind != ROUTER_SOFTMAX_ONLY && form & 4)
				assert_true((chosen[1] - chosen[0]) % 2 == 1); /* never 02 or 13 */
		}
		model_close(&model);
	}
}

/* Sets the router's logits by its bias alone: x does not matter. */
static void fix_logits(struct model *model, const float *bias)
{
	memset(model->params, 0, IN * EXPERTS * sizeof(float));
	memcpy(model->params + IN * EXPERTS, bias, EXPERTS * sizeof(float));
}

static void test_balance_loss(void **state)
{
	(void)state;
	static const float uniform[4] = {0}, peaked[4] = {2.0f, 1.0f, -1.0f, -2.0f};
	struct router_settings router = settings_of(ROUTER_SOFTMAX_ONLY, false);
	struct model model;
	float inputs[ROWS * IN], targets[ROWS * OUT];
	struct random_stream stream;
	random_open(&stream, 1, "test", "balance");
	draw_batch(&stream, inputs, targets);
	open_model(&model, &router);
	fix_logits(&model, uniform); /* P uniform: E sum F P = sum F = 1 whatever F is */
	model_forward(&model, ROWS, inputs, false);
	assert_true(model.moe->balance_loss == 1.0);
	fix_logits(&model, peaked);
	model_forward(&model, ROWS, inputs, false);
	/* F = 1/2, 1/2, 0, 0: the shares are ordered as the probabilities (Chebyshev: >= 1). */
	const float *p = model.moe->p;
	assert_true(fabs(model.moe->balance_loss - 2.0 * (double)(p[0] + p[1])) < 1e-6);
	assert_true(model.moe->balance_loss > 1.0);
	for (int i = 0; i < 200; i++) {
		float bias[4];
		for (int e = 0; e < EXPERTS; e++)
			bias[e] = 4.0f * random_unit_float(&stream) - 2.0f;
		fix_logits(&model, bias);
		model_forward(&model, ROWS, inputs, false);
		assert_true(model.moe->balance_loss >= 1.0 - 1e-6);
	}
	model_close(&model);
}

static void test_penalty_zero_iff_agree(void **state)
{
	(void)state;
	struct router_settings router = settings_of(ROUTER_SHEAF_ONLY, true);
	struct model model;
	float inputs[ROWS * IN], targets[ROWS * OUT];
	struct random_stream stream;
	random_open(&stream, 1, "test", "penalty");
	draw_batch(&stream, inputs, targets);
	open_model(&model, &router);
	train_step(&model, inputs, targets);
	assert_true(model.moe->overlap_loss > 0.0);
	/* All experts made equal: every section agrees. */
	int64_t first = IN * EXPERTS + EXPERTS, each = (model.param_count - first) / EXPERTS;
	for (int e = 1; e < EXPERTS; e++)
		memcpy(model.params + first + e * each, model.params + first,
		       (size_t)each * sizeof(float));
	train_step(&model, inputs, targets);
	assert_true(model.moe->overlap_loss == 0.0);
	/* One bit of one bias of one expert: they do not. */
	float *bias = &model.params[first + 2 * each - 1];
	*bias = nextafterf(*bias, 9.0f) + 0x1p-10f;
	train_step(&model, inputs, targets);
	assert_true(model.moe->overlap_loss > 0.0);
	model_close(&model);
}

/* Expert e of `to` is expert order[e] of `from`. */
static void permute(const float *from, int64_t count, const int *order, float *to)
{
	int64_t first = IN * EXPERTS + EXPERTS, each = (count - first) / EXPERTS;
	for (int e = 0; e < EXPERTS; e++) {
		for (int i = 0; i <= IN; i++) /* row IN is the bias */
			to[i * EXPERTS + e] = from[i * EXPERTS + order[e]];
		memcpy(to + first + e * each, from + first + order[e] * each,
		       (size_t)each * sizeof(float));
	}
}

static void test_permutation(void **state)
{
	(void)state;
	static const int orders[3][EXPERTS] = {{1, 0, 3, 2}, {3, 2, 1, 0}, {2, 0, 3, 1}};
	for (int o = 0; o < 6; o++) {
		enum router_kind kind = o % 2 ? ROUTER_SOFTMAX_ONLY : ROUTER_SHEAF_ONLY;
		struct router_settings router = settings_of(kind, false);
		struct model model, permuted;
		float inputs[ROWS * IN], targets[ROWS * OUT];
		struct random_stream stream;
		random_open(&stream, (uint64_t)o, "test", "permutation");
		draw_batch(&stream, inputs, targets);
		open_model(&model, &router);
		open_model(&permuted, &router);
		permute(model.params, model.param_count, orders[o / 2], permuted.params);
		model_forward(&model, ROWS, inputs, false);
		model_forward(&permuted, ROWS, inputs, false);
		for (int i = 0; i < ROWS * EXPERTS; i++) {
			int from = i / EXPERTS * EXPERTS + orders[o / 2][i % EXPERTS];
			assert_true(fabsf(permuted.moe->p[i] - model.moe->p[from]) < 1e-6f);
		}
		for (int i = 0; i < ROWS * OUT; i++)
			assert_true(fabsf(permuted.logits[i] - model.logits[i]) < 1e-5f);
		assert_true(fabs(permuted.moe->balance_loss - model.moe->balance_loss) < 1e-6);
		model_close(&model);
		model_close(&permuted);
	}
}

static void train(struct model *model, const struct router_settings *router, int steps)
{
	struct optimiser optimiser;
	struct random_stream stream;
	open_model(model, router);
	assert_int_equal(optimiser_open(&optimiser, model->param_count, 0.9, 0.999, 1e-8, 0.01), 0);
	random_open(&stream, 1, "test", "batches");
	for (int step = 0; step < steps; step++) {
		float inputs[ROWS * IN], targets[ROWS * OUT];
		draw_batch(&stream, inputs, targets);
		train_step(model, inputs, targets);
		optimiser_step(&optimiser, backend.table, &model->arch, 1e-2, model->grads,
			       model->params);
	}
	optimiser_close(&optimiser);
}

static bool weights_equal(const struct model *x, const struct model *y)
{
	assert_int_equal(x->param_count, y->param_count);
	return !memcmp(x->params, y->params, (size_t)x->param_count * sizeof(float));
}

static void test_limits_are_softmax_only(void **state)
{
	(void)state;
	for (int renormalize = 0; renormalize < 2; renormalize++) {
		struct model arm[3];
		for (int kind = 0; kind < 3; kind++) {
			struct router_settings router = settings_of((enum router_kind)kind, false);
			router.overlap_penalty = 0.0;
			router.codec = false;
			router.renormalize = renormalize;
			train(&arm[kind], &router, 20);
		}
		assert_true(weights_equal(&arm[ROUTER_SHEAF_ONLY], &arm[ROUTER_SOFTMAX_ONLY]));
		assert_true(weights_equal(&arm[ROUTER_SHEAF_PADIC], &arm[ROUTER_SOFTMAX_ONLY]));
		for (int kind = 0; kind < 3; kind++)
			model_close(&arm[kind]);
	}
}

/* Each ingredient alone changes the weights; so do the arms as the ablation has them. */
static void test_arms_differ(void **state)
{
	(void)state;
	struct model arm[6];
	for (int kind = 0; kind < 3; kind++) {
		struct router_settings router = settings_of((enum router_kind)kind, true);
		train(&arm[kind], &router, 20);
	}
	struct router_settings nerve = settings_of(ROUTER_SHEAF_ONLY, true);
	struct router_settings penalty = settings_of(ROUTER_SHEAF_ONLY, false);
	struct router_settings codec = settings_of(ROUTER_SHEAF_PADIC, false);
	nerve.overlap_penalty = codec.overlap_penalty = 0.0;
	train(&arm[3], &nerve, 20);
	train(&arm[4], &penalty, 20);
	train(&arm[5], &codec, 20);
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < i; j++)
			assert_false(weights_equal(&arm[i], &arm[j]));
	for (int i = 0; i < 6; i++)
		model_close(&arm[i]);
}

/* What a control decides, and that the router's own parameters take no part. */
static void check_control(enum router_kind kind, enum router_control control)
{
	struct router_settings router = settings_of(kind, true);
	struct random_stream stream;
	struct model model;
	float inputs[ROWS * IN], targets[ROWS * OUT], logits[ROWS * OUT];
	router.balance = 0.0;
	router.control = control;
	random_open(&stream, (uint64_t)control, "test", "control");
	draw_batch(&stream, inputs, targets);
	open_model(&model, &router);
	struct moe *moe = model.moe;
	int places = control == CONTROL_RANDOM ? moe_choices(moe) : EXPERTS;
	assert_true(control != CONTROL_RANDOM || places == (kind == ROUTER_SHEAF_ONLY ? 4 : 6));
	for (int r = 0; r < ROWS; r++)
		moe->assigned[r] = r % places;
	train_step(&model, inputs, targets);
	memcpy(logits, model.logits, sizeof logits);
	for (int r = 0; r < ROWS; r++) {
		const uint8_t *chosen = moe->chosen + 2 * r;
		const float *w = moe->w + 2 * r, *p = moe->p + EXPERTS * r;
		bool expert = kind == ROUTER_SOFTMAX_ONLY && control == CONTROL_ORACLE;
		assert_true(chosen[0] < chosen[1] && w[0] + w[1] == 1.0f);
		assert_true(p[0] + p[1] + p[2] + p[3] == 1.0f && p[chosen[0]] == w[0]);
		if (expert)
			assert_true(p[r % EXPERTS] == 1.0f);
		else
			assert_memory_equal(chosen, moe->router.nerve.simplex[r % places], 2);
	}
	for (int i = 0; i < (IN + 1) * EXPERTS; i++) {
		assert_true(model.grads[i] == 0.0f);
		model.params[i] = 7.0f;
	}
	/* Gates of 0 and 1 leave nothing to agree on. */
	assert_true((model.moe->overlap_loss > 0.0) == (kind == ROUTER_SHEAF_ONLY));
	train_step(&model, inputs, targets);
	assert_memory_equal(logits, model.logits, sizeof logits);
	model_close(&model);
}

static void test_controls(void **state)
{
	(void)state;
	for (int control = CONTROL_RANDOM; control <= CONTROL_ORACLE; control++) {
		check_control(ROUTER_SHEAF_ONLY, (enum router_control)control);
		check_control(ROUTER_SOFTMAX_ONLY, (enum router_control)control);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_controls),     cmocka_unit_test(test_gates),
	    cmocka_unit_test(test_balance_loss), cmocka_unit_test(test_penalty_zero_iff_agree),
	    cmocka_unit_test(test_permutation),  cmocka_unit_test(test_limits_are_softmax_only),
	    cmocka_unit_test(test_arms_differ),
	};
	return cmocka_run_group_tests(tests, backend_fixture_own, backend_fixture_close);
}
