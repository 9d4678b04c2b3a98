/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile counts of every op. Nothing here depends on a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/profile.h"
#include "tests/kernels/backend_fixture.h"

enum { ROWS = 3, N = 5, K = 7, MOST = 64 };

static float x[MOST], y[MOST], z[MOST], u[MOST], v[MOST], w[MOST], t[MOST];

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
	table->column_sum(ROWS, N, N, x, z);
	table->layer_norm(ROWS, N, x, NULL, y, y, u, v, z);
	table->layer_norm(ROWS, N, x, NULL, y, y, NULL, NULL, z);
	table->layer_norm_backward(ROWS, N, x, u, v, y, z);
	table->layer_norm_gradient(ROWS, N, N, x, u, z, w);
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
	backend_fixture_counted(&profile, PROFILE_GEMM_OWN, 1, 2 * ROWS * N * K,
				ROWS * K + K * N + R);
	backend_fixture_counted(&profile, PROFILE_GEMM_GROUP, 1, 2 * (24 + 30),
				8 + 12 + 6 + 6 + 30 + 5);
	backend_fixture_counted(&profile, PROFILE_GEMM_BLIS, 0, 0, 0);
	backend_fixture_counted(&profile, PROFILE_ADD_BIAS, 1, R, 2 * R + N);
	backend_fixture_counted(&profile, PROFILE_COLUMN_SUM, 1, R, R + N);
	backend_fixture_counted(&profile, PROFILE_LAYER_NORM, 2, 14 * R, 5 * R);
	backend_fixture_counted(&profile, PROFILE_LAYER_NORM_BACKWARD, 1, 9 * R, 3 * R);
	backend_fixture_counted(&profile, PROFILE_LAYER_NORM_GRADIENT, 1, 3 * R, 2 * R);
	backend_fixture_counted(&profile, PROFILE_GELU, 2, 80 * N, 5 * N);
	backend_fixture_counted(&profile, PROFILE_NORM_GELU, 2, 94 * R, 6 * R);
	backend_fixture_counted(&profile, PROFILE_NORM_GELU_BACKWARD, 1, 14 * R, 4 * R);
	backend_fixture_counted(&profile, PROFILE_BIAS_GELU, 2, 82 * R, 5 * R);
	backend_fixture_counted(&profile, PROFILE_BIAS_GELU_BACKWARD, 1, 2 * R, 3 * R);
	backend_fixture_counted(&profile, PROFILE_MULTIPLY, 1, N, 3 * N);
	backend_fixture_counted(&profile, PROFILE_ADD, 1, N, 3 * N);
	backend_fixture_counted(&profile, PROFILE_AXPY, 1, 2 * N, 3 * N);
	backend_fixture_counted(&profile, PROFILE_SOFTMAX, 1, 15 * R, 2 * R);
	backend_fixture_counted(&profile, PROFILE_DOT, 1, 2 * N, 2 * N);
	backend_fixture_counted(&profile, PROFILE_SQUARED_DISTANCE, 1, 3 * N, 2 * N);
	backend_fixture_counted(&profile, PROFILE_ADAMW, 1, 14 * N, 7 * N);
	backend_fixture_counted(&profile, PROFILE_ELEMENTARY, 5, 160 * N, 10 * N);
	backend_fixture_counted(&profile, PROFILE_PADIC, 0, 0, 0);
	backend_fixture_counted(&profile, PROFILE_CHOICE, 0, 0, 0);
	backend_fixture_counted(&profile, PROFILE_GATHER, 0, 0, 0);
	backend.table = profile.wrapped;
	backend.profile = NULL;
}

/* Subnormal results are counted op by op where that is asked for. */
static void test_subnormals(void **state)
{
	struct profile profile;
	(void)state;
	for (int i = 0; i < MOST; i++) {
		x[i] = i % 2 ? 0x1p-70f : 1.0f; /* odd squares are subnormal, odd products too */
		y[i] = i % 2 ? 0x1p-70f : 0.0f;
	}
	profile_attach(&profile, &backend);
	for (int counts = 0; counts < 2; counts++) {
		const struct gemm_args one = {.m = 3,
					      .n = 5,
					      .k = 1,
					      .a = x + 1,
					      .rsa = 2,
					      .csa = 1,
					      .b = y,
					      .rsb = 1,
					      .csb = 1,
					      .c = z,
					      .ldc = 7};
		profile.counts_subnormals = counts;
		profile_begin(&profile);
		backend.table->multiply(6, x, x, z);
		backend.table->add(6, x, x, z);
		backend.table->gemm(&one);
		backend.table->gemm_group(1, &one);
		backend.table->multiply(6, x, x, z);
		profile_results(&profile, PROFILE_GATHER, 5, z);
		profile_end(&profile);
		profile_results(&profile, PROFILE_GATHER, 5, z);
		backend.table->multiply(6, x, x, z);
		assert_int_equal(profile.op[PROFILE_MULTIPLY].subnormals, 6 * counts);
		assert_int_equal(profile.op[PROFILE_GATHER].subnormals, 2 * counts);
		assert_int_equal(profile.op[PROFILE_GATHER].calls, 0);
		assert_int_equal(profile.op[PROFILE_ADD].subnormals, 0);
		assert_int_equal(profile.op[PROFILE_GEMM_OWN].subnormals, 6 * counts);
		assert_int_equal(profile.op[PROFILE_GEMM_GROUP].subnormals, 6 * counts);
	}
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
	profile_results(NULL, PROFILE_GATHER, 1, x);
	profile_end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ops),
	    cmocka_unit_test(test_subnormals),
	    cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, backend_fixture_oracle, backend_fixture_close);
}
