/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise ops, left to the compiler's vectoriser, and the level's table. */
#include "kernels/cpu.h"
#include "kernels/elementary.h"
#include "kernels/level_functions.h"

static void gelu(int64_t count, const float *x, float *y, float *slope)
{
	if (!slope) {
		for (int64_t i = 0; i < count; i++)
			y[i] = x[i] * elementary_normal_cdf(x[i]);
		return;
	}
	/* x may be y: read once per element before either is written. */
	for (int64_t i = 0; i < count; i++) {
		float v = x[i];
		float cdf = elementary_normal_cdf(v);
		y[i] = v * cdf;
		slope[i] = contract_fma(v, elementary_normal_pdf(v), cdf);
	}
}

static void multiply(int64_t count, const float *x, const float *y, float *z)
{
	for (int64_t i = 0; i < count; i++)
		z[i] = x[i] * y[i];
}

static void add(int64_t count, const float *x, const float *y, float *z)
{
	for (int64_t i = 0; i < count; i++)
		z[i] = x[i] + y[i];
}

static void axpy(int64_t count, float a, const float *restrict x, float *restrict y)
{
	for (int64_t i = 0; i < count; i++)
		y[i] = contract_fma(a, x[i], y[i]);
}

static void adamw(int64_t count, const struct adamw_args *args, const float *restrict g,
		  float *restrict m, float *restrict v, float *restrict p)
{
	const struct adamw_args a = *args;
	const float rest1 = 1.0f - a.beta1, rest2 = 1.0f - a.beta2;
	for (int64_t i = 0; i < count; i++) {
		float m1 = elementary_normal(contract_fma(a.beta1, m[i], rest1 * g[i]));
		float v1 = elementary_normal(contract_fma(a.beta2, v[i], (rest2 * g[i]) * g[i]));
		float d = contract_fma(sqrtf(v1), a.inverse_correction, a.epsilon);
		m[i] = m1;
		v[i] = v1;
		p[i] = contract_fma(-a.step, m1 / d, p[i] * a.decay);
	}
}

#define ELEMENTWISE(name)                                                                          \
	static void map_##name(int64_t count, const float *restrict x, float *restrict y)          \
	{                                                                                          \
		for (int64_t i = 0; i < count; i++)                                                \
			y[i] = elementary_##name(x[i]);                                            \
	}

ELEMENTWISE(exp)
ELEMENTWISE(log)
ELEMENTWISE(erf)
ELEMENTWISE(sigmoid)
ELEMENTWISE(softplus)

/* What the compiler was allowed to use for this level. */
enum {
#ifdef __FMA__
	NEEDS_FMA = CPU_FMA,
#else
	NEEDS_FMA = 0,
#endif
#ifdef __AVX2__
	NEEDS_AVX2 = CPU_AVX2,
#else
	NEEDS_AVX2 = 0,
#endif
#ifdef __AVX512F__
	NEEDS_AVX512 = CPU_AVX512,
#else
	NEEDS_AVX512 = 0,
#endif
};

extern const struct kernel_table LEVEL_NAME(kernel_table);

const struct kernel_table LEVEL_NAME(kernel_table) = {
    .level = LEVEL_TEXT(LEVEL),
    .needs = NEEDS_FMA | NEEDS_AVX2 | NEEDS_AVX512,
    .gemm = LEVEL_NAME(gemm),
    .gemm_group = LEVEL_NAME(gemm_group),
    .add_bias = LEVEL_NAME(add_bias),
    .column_sum = LEVEL_NAME(column_sum),
    .layer_norm = LEVEL_NAME(layer_norm),
    .layer_norm_backward = LEVEL_NAME(layer_norm_backward),
    .layer_norm_gradient = LEVEL_NAME(layer_norm_gradient),
    .gelu = gelu,
    .norm_gelu = LEVEL_NAME(norm_gelu),
    .norm_gelu_backward = LEVEL_NAME(norm_gelu_backward),
    .bias_gelu = LEVEL_NAME(bias_gelu),
    .bias_gelu_backward = LEVEL_NAME(bias_gelu_backward),
    .multiply = multiply,
    .add = add,
    .axpy = axpy,
    .softmax = LEVEL_NAME(softmax),
    .dot = LEVEL_NAME(dot),
    .squared_distance = LEVEL_NAME(squared_distance),
    .adamw = adamw,
    .exp = map_exp,
    .log = map_log,
    .erf = map_erf,
    .sigmoid = map_sigmoid,
    .softplus = map_softplus,
    .padic_encode = LEVEL_NAME(padic_encode),
    .padic_decode = LEVEL_NAME(padic_decode),
    .padic_logits = LEVEL_NAME(padic_logits),
    .hash = LEVEL_NAME(hash),
    .fma_burn = LEVEL_NAME(fma_burn),
};
