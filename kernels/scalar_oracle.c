/* SPDX-License-Identifier: Apache-2.0 */
/* The scalar specification of every op, in the words of docs/NUMERICS.md: what other backends must
 * equal byte for byte.  Written to be read, not to be fast. */
#include <stddef.h>
#include <xxhash.h>

#include "kernels/elementary.h"
#include "kernels/kernels.h"

/* Rule 1. */
static void oracle_gemm(const struct gemm_args *g)
{
	for (int64_t i = 0; i < g->m; i++)
		for (int64_t j = 0; j < g->n; j++) {
			float *c = &g->c[i * g->ldc + j];
			bool overwrite = !g->accumulate;
			int64_t p = 0;
			do {
				float acc = 0.0f;
				for (int64_t end = p + CONTRACT_KB; p < end && p < g->k; p++)
					acc = contract_fma(g->a[i * g->rsa + p * g->csa],
							   g->b[p * g->rsb + j * g->csb], acc);
				*c = overwrite ? acc : *c + acc;
				overwrite = false;
			} while (p < g->k);
		}
}

static void oracle_gemm_group(int64_t count, const struct gemm_args *args)
{
	for (int64_t i = 0; i < count; i++)
		oracle_gemm(&args[i]);
}

/* Rule 2: the lanes' tree. */
static float tree(float *lane)
{
	for (int half = CONTRACT_LANES / 2; half > 0; half /= 2)
		for (int l = 0; l < half; l++)
			lane[l] = lane[l] + lane[l + half];
	return lane[0];
}

static float oracle_sum(int64_t n, const float *x)
{
	float lane[CONTRACT_LANES] = {0};
	for (int64_t i = 0; i < n; i++)
		lane[i % CONTRACT_LANES] = lane[i % CONTRACT_LANES] + x[i];
	return tree(lane);
}

static float oracle_dot(int64_t n, const float *x, const float *y)
{
	float lane[CONTRACT_LANES] = {0};
	for (int64_t i = 0; i < n; i++)
		lane[i % CONTRACT_LANES] = contract_fma(x[i], y[i], lane[i % CONTRACT_LANES]);
	return tree(lane);
}

static float oracle_squared_distance(int64_t n, const float *x, const float *y)
{
	float lane[CONTRACT_LANES] = {0};
	for (int64_t i = 0; i < n; i++) {
		float d = x[i] - y[i];
		lane[i % CONTRACT_LANES] = contract_fma(d, d, lane[i % CONTRACT_LANES]);
	}
	return tree(lane);
}

static void oracle_add_bias(int64_t rows, int64_t n, const float *bias, float *y)
{
	for (int64_t i = 0; i < rows * n; i++)
		y[i] = y[i] + bias[i % n];
}

static void oracle_column_sum(int64_t rows, int64_t n, int64_t ld, const float *x, float *sum)
{
	for (int64_t j = 0; j < n; j++) {
		sum[j] = 0.0f;
		for (int64_t r = 0; r < rows; r++)
			sum[j] = sum[j] + x[r * ld + j];
	}
}

static void oracle_layer_norm(int64_t rows, int64_t n, const float *x, const float *bias,
			      const float *gamma, const float *beta, float *xhat, float *rstd,
			      float *y)
{
	for (int64_t r = 0; r < rows; r++) {
		float *out = y + r * n;
		for (int64_t j = 0; j < n; j++)
			out[j] = bias ? x[r * n + j] + bias[j] : x[r * n + j];
		float mean = oracle_sum(n, out) / (float)n;
		float lane[CONTRACT_LANES] = {0};
		for (int64_t j = 0; j < n; j++) {
			float d = out[j] - mean;
			lane[j % CONTRACT_LANES] = contract_fma(d, d, lane[j % CONTRACT_LANES]);
		}
		float variance = tree(lane) / (float)n;
		float inverse = 1.0f / sqrtf(variance + LAYER_NORM_EPSILON);
		if (rstd)
			rstd[r] = inverse;
		for (int64_t j = 0; j < n; j++) {
			float h = (out[j] - mean) * inverse;
			if (xhat)
				xhat[r * n + j] = h;
			out[j] = contract_fma(h, gamma[j], beta[j]);
		}
	}
}

static void oracle_layer_norm_backward(int64_t rows, int64_t n, const float *dy, const float *xhat,
				       const float *rstd, const float *gamma, float *dx)
{
	for (int64_t r = 0; r < rows; r++) {
		float sum[CONTRACT_LANES] = {0}, product[CONTRACT_LANES] = {0};
		for (int64_t j = 0; j < n; j++) {
			float g = dy[r * n + j] * gamma[j];
			int64_t l = j % CONTRACT_LANES;
			sum[l] = sum[l] + g;
			product[l] = contract_fma(g, xhat[r * n + j], product[l]);
		}
		float s1 = tree(sum) / (float)n, s2 = tree(product) / (float)n;
		for (int64_t j = 0; j < n; j++) {
			float g = dy[r * n + j] * gamma[j];
			dx[r * n + j] = rstd[r] * ((g - s1) - xhat[r * n + j] * s2);
		}
	}
}

static void oracle_layer_norm_gradient(int64_t rows, int64_t n, int64_t ld, const float *dy,
				       const float *xhat, float *dgamma, float *dbeta)
{
	for (int64_t j = 0; j < n; j++) {
		dgamma[j] = dbeta[j] = 0.0f;
		for (int64_t r = 0; r < rows; r++) {
			dgamma[j] = contract_fma(dy[r * ld + j], xhat[r * ld + j], dgamma[j]);
			dbeta[j] = dbeta[j] + dy[r * ld + j];
		}
	}
}

static void oracle_gelu(int64_t count, const float *x, float *y, float *slope)
{
	for (int64_t i = 0; i < count; i++) {
		float v = x[i], cdf = elementary_normal_cdf(v);
		y[i] = v * cdf;
		if (slope)
			slope[i] = contract_fma(v, elementary_normal_pdf(v), cdf);
	}
}

static void oracle_multiply(int64_t count, const float *x, const float *y, float *z)
{
	for (int64_t i = 0; i < count; i++)
		z[i] = x[i] * y[i];
}

static void oracle_norm_gelu(const struct norm_gelu_args *g)
{
	oracle_layer_norm(g->rows, g->n, g->x, g->bias, g->gamma, g->beta, g->xhat, g->rstd, g->y);
	oracle_gelu(g->rows * g->n, g->y, g->y, g->slope);
}

static void oracle_norm_gelu_backward(const struct norm_gelu_backward_args *g)
{
	oracle_multiply(g->rows * g->n, g->dy, g->slope, g->dx);
	oracle_layer_norm_gradient(g->rows, g->n, g->n, g->dx, g->xhat, g->dgamma, g->dbeta);
	oracle_layer_norm_backward(g->rows, g->n, g->dx, g->xhat, g->rstd, g->gamma, g->dx);
	oracle_column_sum(g->rows, g->n, g->n, g->dx, g->dbias);
}

static void oracle_bias_gelu(int64_t rows, int64_t n, const float *x, const float *bias,
			     float *slope, float *y)
{
	for (int64_t i = 0; i < rows * n; i++)
		y[i] = x[i] + bias[i % n];
	oracle_gelu(rows * n, y, y, slope);
}

static void oracle_bias_gelu_backward(int64_t rows, int64_t n, const float *dy, const float *slope,
				      float *dx, float *dbias)
{
	oracle_multiply(rows * n, dy, slope, dx);
	oracle_column_sum(rows, n, n, dx, dbias);
}

static void oracle_add(int64_t count, const float *x, const float *y, float *z)
{
	for (int64_t i = 0; i < count; i++)
		z[i] = x[i] + y[i];
}

static void oracle_axpy(int64_t count, float a, const float *x, float *y)
{
	for (int64_t i = 0; i < count; i++)
		y[i] = contract_fma(a, x[i], y[i]);
}

static void oracle_softmax(int64_t rows, int64_t n, int64_t ld, const float *z, float *p,
			   float *log_sum)
{
	for (int64_t r = 0; n > 0 && r < rows; r++) {
		float largest = z[r * ld];
		for (int64_t j = 1; j < n; j++)
			largest = z[r * ld + j] > largest ? z[r * ld + j] : largest;
		for (int64_t j = 0; j < n; j++)
			p[r * ld + j] = elementary_exp(z[r * ld + j] - largest);
		float sum = oracle_sum(n, p + r * ld);
		for (int64_t j = 0; j < n; j++)
			p[r * ld + j] = p[r * ld + j] / sum;
		if (log_sum)
			log_sum[r] = elementary_log(sum) + largest;
	}
}

static void oracle_adamw(int64_t count, const struct adamw_args *a, const float *g, float *m,
			 float *v, float *p)
{
	for (int64_t i = 0; i < count; i++) {
		m[i] = elementary_normal(contract_fma(a->beta1, m[i], (1.0f - a->beta1) * g[i]));
		v[i] = elementary_normal(
		    contract_fma(a->beta2, v[i], ((1.0f - a->beta2) * g[i]) * g[i]));
		float d = contract_fma(sqrtf(v[i]), a->inverse_correction, a->epsilon);
		p[i] = contract_fma(-a->step, m[i] / d, p[i] * a->decay);
	}
}

#define ORACLE_ELEMENTWISE(name)                                                                   \
	static void oracle_##name(int64_t count, const float *x, float *y)                         \
	{                                                                                          \
		for (int64_t i = 0; i < count; i++)                                                \
			y[i] = elementary_##name(x[i]);                                            \
	}

ORACLE_ELEMENTWISE(exp)
ORACLE_ELEMENTWISE(log)
ORACLE_ELEMENTWISE(erf)
ORACLE_ELEMENTWISE(sigmoid)
ORACLE_ELEMENTWISE(softplus)

static uint64_t oracle_hash(const void *bytes, size_t size)
{
	return XXH3_64bits(bytes, size);
}

const struct kernel_table kernel_table_oracle = {
    .level = "oracle",
    .gemm = oracle_gemm,
    .gemm_group = oracle_gemm_group,
    .add_bias = oracle_add_bias,
    .column_sum = oracle_column_sum,
    .layer_norm = oracle_layer_norm,
    .layer_norm_backward = oracle_layer_norm_backward,
    .layer_norm_gradient = oracle_layer_norm_gradient,
    .gelu = oracle_gelu,
    .norm_gelu = oracle_norm_gelu,
    .norm_gelu_backward = oracle_norm_gelu_backward,
    .bias_gelu = oracle_bias_gelu,
    .bias_gelu_backward = oracle_bias_gelu_backward,
    .multiply = oracle_multiply,
    .add = oracle_add,
    .axpy = oracle_axpy,
    .softmax = oracle_softmax,
    .dot = oracle_dot,
    .squared_distance = oracle_squared_distance,
    .adamw = oracle_adamw,
    .exp = oracle_exp,
    .log = oracle_log,
    .erf = oracle_erf,
    .sigmoid = oracle_sigmoid,
    .softplus = oracle_softplus,
    .padic_encode = padic_encode_array,
    .padic_decode = padic_decode_array,
    .padic_logits = padic_logits,
    .hash = oracle_hash,
};
