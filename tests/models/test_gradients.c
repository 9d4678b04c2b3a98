/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of every parameter of every arm: the analytic one of the binary64 reference against
 * central differences (1e-7), and the product's binary32 one against the reference (1e-4). */
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
#include "tests/models/reference_model.h"

enum { ROWS = 9, OUT = 6, PARAMS_MAX = 4096 };

struct gradient_case {
	const char *name;
	enum model_kind model;
	enum router_kind router;
	int experts, k, in, hidden, depth, intermediate;
	enum nerve_kind nerve;
	double overlap, balance;
	bool renormalize, codec;
	bool starve; /* the last expert receives no sample */
};

#define MOE(kind, e, k, in, h, d) MODEL_MOE, kind, e, k, in, h, d, 0
#define DENSE(in, h, d, i) MODEL_DENSE, ROUTER_SOFTMAX_ONLY, 0, 0, in, h, d, i
#define SOFT ROUTER_SOFTMAX_ONLY
#define SHEAF ROUTER_SHEAF_ONLY
#define PADIC ROUTER_SHEAF_PADIC

static const struct gradient_case cases[] = {
    {"dense", DENSE(6, 10, 2, 13), NERVE_COMPLETE, 0, 0, 0, 0, 0},
    {"dense wide", DENSE(7, 12, 1, 31), NERVE_COMPLETE, 0, 0, 0, 0, 0},
    {"dense no block", DENSE(5, 8, 0, 4), NERVE_COMPLETE, 0, 0, 0, 0, 0},
    {"softmax", MOE(SOFT, 4, 2, 6, 10, 2), NERVE_COMPLETE, 0, 0, 0, 0, 0},
    {"softmax balance", MOE(SOFT, 4, 2, 5, 8, 1), NERVE_COMPLETE, 0, 0.7, 0, 0, 0},
    {"softmax renormalize", MOE(SOFT, 4, 2, 7, 12, 1), NERVE_COMPLETE, 0, 0.01, 1, 0, 0},
    {"softmax k 1", MOE(SOFT, 4, 1, 6, 9, 1), NERVE_COMPLETE, 0, 0.01, 0, 0, 0},
    {"softmax k 3", MOE(SOFT, 5, 3, 6, 9, 1), NERVE_COMPLETE, 0, 0.1, 0, 0, 0},
    {"softmax k 3 renormalize", MOE(SOFT, 5, 3, 6, 9, 2), NERVE_COMPLETE, 0, 0.1, 1, 0, 0},
    {"softmax k all", MOE(SOFT, 3, 3, 6, 9, 1), NERVE_COMPLETE, 0, 0.1, 1, 0, 0},
    {"softmax starved", MOE(SOFT, 4, 2, 6, 10, 1), NERVE_COMPLETE, 0, 0.5, 0, 0, 1},
    {"sheaf cycle", MOE(SHEAF, 4, 2, 6, 10, 2), NERVE_CYCLE, 0.1, 0.01, 0, 0, 0},
    {"sheaf cycle no penalty", MOE(SHEAF, 4, 2, 5, 8, 1), NERVE_CYCLE, 0, 0.01, 0, 0, 0},
    {"sheaf cycle large penalty", MOE(SHEAF, 4, 2, 6, 10, 1), NERVE_CYCLE, 50, 0, 0, 0, 0},
    {"sheaf cycle renormalize", MOE(SHEAF, 4, 2, 7, 12, 2), NERVE_CYCLE, 50, 0.7, 1, 0, 0},
    {"sheaf complete", MOE(SHEAF, 4, 2, 6, 11, 1), NERVE_COMPLETE, 1, 0.01, 0, 0, 0},
    {"sheaf complete k 3", MOE(SHEAF, 5, 3, 6, 9, 1), NERVE_COMPLETE, 20, 0.1, 0, 0, 0},
    {"sheaf cycle k 3 renormalize", MOE(SHEAF, 5, 3, 6, 9, 2), NERVE_CYCLE, 20, 0.1, 1, 0, 0},
    {"sheaf explicit, expert unused", MOE(SHEAF, 4, 2, 6, 10, 1), NERVE_EXPLICIT, 5, 0.5, 0, 0, 1},
    {"sheaf explicit renormalize", MOE(SHEAF, 4, 2, 6, 10, 1), NERVE_EXPLICIT, 5, 0, 1, 0, 1},
    {"padic cycle", MOE(PADIC, 4, 2, 6, 10, 2), NERVE_CYCLE, 0.1, 0.01, 0, 1, 0},
    {"padic cycle no penalty", MOE(PADIC, 4, 2, 6, 8, 1), NERVE_CYCLE, 0, 0, 0, 1, 0},
    {"padic large penalty renormalize", MOE(PADIC, 4, 2, 7, 12, 1), NERVE_CYCLE, 50, 0.7, 1, 1, 0},
    {"padic complete k 3", MOE(PADIC, 5, 3, 5, 9, 1), NERVE_COMPLETE, 5, 0.1, 0, 1, 0},
    {"padic explicit, expert unused", MOE(PADIC, 4, 2, 6, 10, 1), NERVE_EXPLICIT, 5, 0.5, 0, 1, 1},
    {"padic codec off", MOE(PADIC, 4, 2, 6, 10, 1), NERVE_CYCLE, 1, 0.01, 0, 0, 0},
};

static const struct heads heads = {
    .count = 3,
    .head = {{"hard", HEAD_SOFTMAX, 0, 2, 1.0f},
	     {"soft", HEAD_SOFTMAX, 2, 2, 0.5f},
	     {"binary", HEAD_SIGMOID, 4, 2, 2.0f}},
};

static double worst_difference, worst_norm, worst_element, worst_loss;
static int64_t checked;

static void fill(float *x, int64_t n, float half_width, uint64_t seed, const char *name)
{
	struct random_stream stream;
	random_open(&stream, seed, "test", name);
	for (int64_t i = 0; i < n; i++)
		x[i] = (2.0f * random_unit_float(&stream) - 1.0f) * half_width;
}

static void fill_targets(float *t, uint64_t seed)
{
	struct random_stream stream;
	random_open(&stream, seed, "test", "targets");
	for (int r = 0; r < ROWS; r++, t += OUT) {
		t[0] = (float)random_below(&stream, 2);
		t[1] = 1.0f - t[0];
		t[2] = random_unit_float(&stream);
		t[3] = 1.0f - t[2];
		t[4] = (float)random_below(&stream, 2);
		t[5] = random_unit_float(&stream);
	}
}

static struct arch make_arch(const struct gradient_case *c, uint64_t seed)
{
	struct arch arch = c->model == MODEL_DENSE
			       ? arch_dense(SIZE_NANO, c->in, OUT, c->intermediate, seed)
			       : arch_moe(SIZE_NANO, c->in, OUT, c->router, seed);
	arch.hidden_dim = c->hidden;
	arch.expert_depth = c->depth;
	arch.n_experts = arch.topology_experts = c->experts;
	arch.top_k = arch.topology_top_k = c->k;
	return arch;
}

static struct router_settings make_router(const struct gradient_case *c)
{
	static const uint8_t simplices[][NERVE_MAX_K] = {{1, 0}, {1, 2}, {0, 2}};
	struct router_settings router = {
	    .kind = c->router,
	    .overlap_penalty = c->overlap,
	    .balance = c->balance,
	    .renormalize = c->renormalize,
	    .codec = c->codec,
	    .padic = {5, 6, 4, 0.04},
	};
	int status = c->nerve == NERVE_COMPLETE ? nerve_complete(&router.nerve, c->experts, c->k)
		     : c->nerve == NERVE_CYCLE
			 ? nerve_cycle(&router.nerve, c->experts, c->k)
			 : nerve_explicit(&router.nerve, c->experts, c->k, simplices, 3);
	assert_int_equal(status, 0);
	return router;
}

/* Off the initial values: no LayerNorm is 1 and 0, no two parameters are equal. */
static void stir(struct model *model, const struct gradient_case *c, uint64_t seed)
{
	float noise[PARAMS_MAX];
	assert_true(model->param_count <= PARAMS_MAX);
	fill(noise, model->param_count, 0.3f, seed, "noise");
	for (int64_t i = 0; i < model->param_count; i++)
		model->params[i] += noise[i];
	if (c->starve && c->router == SOFT)
		model->params[c->in * c->experts + c->experts - 1] = -20.0f;
}

static double relative(double difference, double norm)
{
	return sqrt(difference) / (sqrt(norm) + 1e-12);
}

/* One tensor; norms are sums of squares here. */
static void check_tensor(const struct gradient_case *c, const struct reference *reference,
			 const struct arch_tensor *tensor, int64_t at, double *params,
			 const double *g64, const float *g32)
{
	int64_t size = tensor->rows * tensor->cols;
	double norm = 0.0, central = 0.0, product = 0.0, element = 0.0;
	for (int64_t i = at; i < at + size; i++) {
		double d = reference_difference(reference, params, i) - g64[i];
		norm += g64[i] * g64[i];
		central += d * d;
		product += ((double)g32[i] - g64[i]) * ((double)g32[i] - g64[i]);
	}
	double rms = sqrt(norm / (double)size);
	for (int64_t i = at; i < at + size; i++) {
		double scale = fmax(fabs(g64[i]), rms) + 1e-12;
		element = fmax(element, fabs((double)g32[i] - g64[i]) / scale);
	}
	central = relative(central, norm);
	product = relative(product, norm);
	if (!(central <= 1e-7) || !(product <= 1e-4) || !(element <= 1e-4))
		fail_msg("%s: %s: norm %.3g, differences %.3g, binary32 %.3g, element %.3g",
			 c->name, tensor->name, sqrt(norm), central, product, element);
	worst_difference = fmax(worst_difference, central);
	worst_norm = fmax(worst_norm, product);
	worst_element = fmax(worst_element, element);
	checked += size;
}

static void check_loss(const char *name, double product, double reference)
{
	double error = fabs(product - reference) / (fabs(reference) + 1e-6);
	if (!(error <= 1e-5))
		fail_msg("%s: %.9g, the reference has %.9g", name, product, reference);
	worst_loss = fmax(worst_loss, error);
}

static void check_losses(const struct model *model, const struct reference *reference,
			 const double *params, double task)
{
	double expected[3];
	reference_loss(reference, params, &expected[0], &expected[1], &expected[2]);
	check_loss("task loss", task, expected[0]);
	if (!model->moe)
		return;
	check_loss("balance loss", model->moe->balance_loss, expected[1]);
	if (model->moe->router.overlap_penalty > 0.0)
		check_loss("overlap loss", model->moe->overlap_loss, expected[2]);
	assert_memory_equal(model->moe->chosen, reference->chosen,
			    (size_t)(ROWS * model->arch.top_k));
}

static void check_starved(const struct gradient_case *c, const struct model *model)
{
	if (!c->starve)
		return;
	const struct moe *moe = model->moe;
	assert_int_equal(moe->start[c->experts], moe->start[c->experts - 1]);
	/* Its parameters are the arena's tail: every gradient +0, whatever was there before. */
	for (int64_t i = moe->expert[c->experts - 1].layer[0].linear.weight; i < model->param_count;
	     i++)
		assert_true(model->grads[i] == 0.0f && !signbit(model->grads[i]));
}

static void check_case(const struct backend *backend, const struct gradient_case *c, uint64_t seed)
{
	struct arch arch = make_arch(c, seed);
	struct router_settings router = {0};
	if (c->model == MODEL_MOE)
		router = make_router(c);
	struct model model;
	struct error error;
	assert_int_equal(
	    model_open(&model, backend, &arch, &router, &heads, ROWS + 3, true, &error), 0);
	stir(&model, c, seed);
	float inputs[ROWS * 8], targets[ROWS * OUT];
	double params[PARAMS_MAX], g64[PARAMS_MAX];
	fill(inputs, ROWS * c->in, 1.5f, seed, "inputs");
	fill_targets(targets, seed);
	for (int64_t i = 0; i < model.param_count; i++) {
		params[i] = (double)model.params[i];
		model.grads[i] = NAN; /* all of them must be overwritten */
	}
	model_forward(&model, ROWS, inputs, true);
	double task = model_loss(&model, ROWS, targets, true);
	model_backward(&model, ROWS, inputs);
	struct reference reference;
	reference_open(&reference, &arch, &router, &heads, ROWS, inputs, targets, params);
	reference_gradient(&reference, params, g64);
	check_losses(&model, &reference, params, task);
	check_starved(c, &model);
	int64_t at = 0;
	for (int64_t t = 0; t < arch_tensor_count(&arch); t++) {
		struct arch_tensor tensor;
		arch_tensor_at(&arch, t, &tensor);
		check_tensor(c, &reference, &tensor, at, params, g64, model.grads);
		at += tensor.rows * tensor.cols;
	}
	assert_int_equal(at, model.param_count);
	reference_close(&reference);
	model_close(&model);
}

static void test_every_parameter(void **state)
{
	(void)state;
	struct backend backend;
	struct error error;
	assert_int_equal(backend_open(&backend, "auto", "none", &error), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (uint64_t seed = 1; seed <= 2; seed++)
			check_case(&backend, &cases[i], seed);
	backend_close(&backend);
	print_message(
	    "%lld parameters: differences %.2g, binary32 %.2g per tensor, %.2g per element, "
	    "losses %.2g\n",
	    (long long)checked, worst_difference, worst_norm, worst_element, worst_loss);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_parameter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
