/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile counts of every op, and how it is printed. Nothing here depends on a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/training/profile_print.h"
#include "kernels/profile.h"
#include "models/model.h"

enum { ROWS = 3, N = 5, K = 7, MOST = 64 };

static struct backend backend;
static float x[MOST], y[MOST], z[MOST], u[MOST], v[MOST], w[MOST], t[MOST];

static int open_backend(void **state)
{
	struct error error;
	(void)state;
	return backend_open(&backend, NULL, "oracle", &error);
}

static int close_backend(void **state)
{
	(void)state;
	backend_close(&backend);
	return 0;
}

static void is(const struct profile *profile, enum profile_op op, int64_t calls, int64_t flops,
	       int64_t floats)
{
	const struct profile_entry *entry = &profile->op[op];
	if (entry->calls != calls || entry->flops != (double)flops ||
	    entry->bytes != 4.0 * (double)floats || !(entry->seconds >= 0.0))
		fail_msg("%s: %lld calls, %g flops, %g bytes in %g s", profile_op_names[op],
			 (long long)entry->calls, entry->flops, entry->bytes, entry->seconds);
}

static struct gemm_args product(int64_t m, int64_t n, int64_t k)
{
	return gemm_rows(m, n, k, x, y, z);
}

/* Every op of the table once. */
static void call_all(const struct kernel_table *table)
{
	static const struct adamw_args adamw = {0.9f, 0.999f, 1e-8f, 1e-3f, 1.5f, 0.99f};
	const struct gemm_args products[] = {product(2, 3, 4), product(1, 5, 6)};
	const struct gemm_args one = product(ROWS, N, K);
	const struct norm_gelu_args norm = {.rows = ROWS,
					    .n = N,
					    .x = x,
					    .gamma = y,
					    .beta = y,
					    .xhat = u,
					    .slope = w,
					    .rstd = v,
					    .y = z};
	struct norm_gelu_args evaluation = norm;
	evaluation.xhat = evaluation.slope = evaluation.rstd = NULL;
	const struct norm_gelu_backward_args backward = {.rows = ROWS,
							 .n = N,
							 .dy = x,
							 .slope = w,
							 .xhat = u,
							 .rstd = v,
							 .gamma = y,
							 .dx = z,
							 .dgamma = t,
							 .dbeta = t + N,
							 .dbias = t + 2 * N};
	table->gemm(&one);
	table->gemm_group(2, products);
	table->add_bias(ROWS, N, x, z);
	table->column_sum(ROWS, N, x, z);
	table->layer_norm(ROWS, N, x, NULL, y, y, u, v, z);
	table->layer_norm(ROWS, N, x, NULL, y, y, NULL, NULL, z);
	table->layer_norm_backward(ROWS, N, x, u, v, y, z);
	table->layer_norm_gradient(ROWS, N, x, u, z, w);
	table->gelu(N, x, z, u);
	table->gelu(N, x, z, NULL);
	table->norm_gelu(&norm);
	table->norm_gelu(&evaluation);
	table->norm_gelu_backward(&backward);
	table->bias_gelu(ROWS, N, x, y, u, z);
	table->bias_gelu(ROWS, N, x, y, NULL, z);
	table->bias_gelu_backward(ROWS, N, x, u, z, w);
	table->multiply(N, x, y, z);
	table->add(N, x, y, z);
	table->axpy(N, 0.5f, x, z);
	table->softmax(ROWS, N, N, x, z, NULL);
	assert_true(table->dot(N, x, y) == backend.profile->wrapped->dot(N, x, y));
	assert_true(table->squared_distance(N, x, y) ==
		    backend.profile->wrapped->squared_distance(N, x, y));
	memset(u, 0, sizeof u);
	memset(v, 0, sizeof v);
	table->adamw(N, &adamw, x, u, v, z);
	table->exp(N, x, z);
	table->log(N, x, z);
	table->erf(N, x, z);
	table->sigmoid(N, x, z);
	table->softplus(N, x, z);
}

static void test_ops(void **state)
{
	enum { R = ROWS * N };
	struct profile profile;
	(void)state;
	for (int i = 0; i < MOST; i++)
		x[i] = y[i] = 0.25f * (float)(i % 9 + 1);
	profile_attach(&profile, &backend);
	assert_ptr_equal(backend.profile, &profile);
	/* Before and after the brackets nothing counts. */
	call_all(backend.table);
	profile_begin(&profile);
	call_all(backend.table);
	profile_end(&profile);
	call_all(backend.table);
	assert_int_equal(profile.steps, 1);
	assert_true(profile.seconds >= 0.0);
	is(&profile, PROFILE_GEMM_OWN, 1, 2 * ROWS * N * K, ROWS * K + K * N + R);
	is(&profile, PROFILE_GEMM_GROUP, 1, 2 * (24 + 30), 8 + 12 + 6 + 6 + 30 + 5);
	is(&profile, PROFILE_GEMM_BLIS, 0, 0, 0);
	is(&profile, PROFILE_ADD_BIAS, 1, R, 2 * R + N);
	is(&profile, PROFILE_COLUMN_SUM, 1, R, R + N);
	is(&profile, PROFILE_LAYER_NORM, 2, 14 * R, 5 * R);
	is(&profile, PROFILE_LAYER_NORM_BACKWARD, 1, 9 * R, 3 * R);
	is(&profile, PROFILE_LAYER_NORM_GRADIENT, 1, 3 * R, 2 * R);
	is(&profile, PROFILE_GELU, 2, 80 * N, 5 * N);
	is(&profile, PROFILE_NORM_GELU, 2, 94 * R, 6 * R);
	is(&profile, PROFILE_NORM_GELU_BACKWARD, 1, 14 * R, 4 * R);
	is(&profile, PROFILE_BIAS_GELU, 2, 82 * R, 5 * R);
	is(&profile, PROFILE_BIAS_GELU_BACKWARD, 1, 2 * R, 3 * R);
	is(&profile, PROFILE_MULTIPLY, 1, N, 3 * N);
	is(&profile, PROFILE_ADD, 1, N, 3 * N);
	is(&profile, PROFILE_AXPY, 1, 2 * N, 3 * N);
	is(&profile, PROFILE_SOFTMAX, 1, 15 * R, 2 * R);
	is(&profile, PROFILE_DOT, 1, 2 * N, 2 * N);
	is(&profile, PROFILE_SQUARED_DISTANCE, 1, 3 * N, 2 * N);
	is(&profile, PROFILE_ADAMW, 1, 14 * N, 7 * N);
	is(&profile, PROFILE_ELEMENTARY, 5, 160 * N, 10 * N);
	is(&profile, PROFILE_PADIC, 0, 0, 0);
	is(&profile, PROFILE_CHOICE, 0, 0, 0);
	is(&profile, PROFILE_GATHER, 0, 0, 0);
	backend.table = profile.wrapped;
	backend.profile = NULL;
}

/* Without a profile its brackets do nothing. */
static void test_none(void **state)
{
	(void)state;
	profile_begin(NULL);
	profile_enter(NULL);
	profile_leave(NULL, PROFILE_GATHER, 1.0);
	profile_end(NULL);
}

/* Parts of a network that are no op of the table. */
static void test_network(void **state)
{
	enum { IN = 4, OUT = 3, ROWS_OF = 5 };
	static const struct router_settings settings = {
	    .kind = ROUTER_SHEAF_PADIC, .codec = true, .padic = {5, 6, 4, 0.04}};
	struct router_settings router = settings;
	const struct heads heads = {1, {{.kind = HEAD_SOFTMAX, .offset = 0, .width = OUT}}};
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router.kind, 1);
	struct profile profile;
	struct model model;
	float inputs[ROWS_OF * IN] = {0.5f, -1.0f};
	(void)state;
	assert_int_equal(nerve_cycle(&router.nerve, (int)arch.n_experts, (int)arch.top_k), 0);
	profile_attach(&profile, &backend);
	assert_int_equal(model_open(&model, &backend, &arch, &router, &heads, ROWS_OF, true, NULL),
			 0);
	profile_begin(&profile);
	model_forward(&model, ROWS_OF, inputs, true);
	profile_end(&profile);
	/* Rows are read and written once for every expert they go to. */
	is(&profile, PROFILE_GATHER, 1, 0, 2 * ROWS_OF * arch.top_k * IN);
	is(&profile, PROFILE_CHOICE, 1, 0, 0);
	is(&profile, PROFILE_PADIC, 1, 0, 0);
	is(&profile, PROFILE_AXPY, ROWS_OF * arch.top_k, 2 * OUT * ROWS_OF * arch.top_k,
	   3 * OUT * ROWS_OF * arch.top_k);
	model_close(&model);
	backend.table = profile.wrapped;
	backend.profile = NULL;
}

static void prints(const struct profile *profile, const char *expected)
{
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof text, "w");
	assert_non_null(out);
	profile_print(out, profile);
	fclose(out);
	assert_string_equal(text, expected);
}

/* The most time first; rates of what has flops or bytes. */
static void test_print(void **state)
{
	static struct profile profile = {.steps = 4, .seconds = 0.5};
	(void)state;
	profile.op[PROFILE_GEMM_OWN] = (struct profile_entry){8, 0.125, 2.5e8, 1e8};
	profile.op[PROFILE_ADD] = (struct profile_entry){4, 0.25, 5e8, 0.0};
	profile.op[PROFILE_GATHER] = (struct profile_entry){2, 0.0625, 0.0, 1e9};
	profile.op[PROFILE_CHOICE] = (struct profile_entry){1, 0.0, 1.0, 1.0};
	prints(&profile,
	       "4 steps, 125000.0 us each\n"
	       "op                            %      us/step calls/step     GF/s     GB/s\n"
	       "add                        50.0      62500.0        1.0      2.0\n"
	       "gemm, own                  25.0      31250.0        2.0      2.0      0.8\n"
	       "gather                     12.5      15625.0        0.5              16.0\n"
	       "gates and slots             0.0          0.0        0.2         \n"
	       "rest, and reading clocks   12.5      15625.0        0.0         \n");
	profile.seconds = 0.0;
	prints(&profile, "4 steps, too short to be measured\n");
	profile.seconds = 1.0;
	profile.steps = 0;
	prints(&profile, "0 steps, too short to be measured\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ops),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_network),
	    cmocka_unit_test(test_print),
	};
	return cmocka_run_group_tests(tests, open_backend, close_backend);
}
