/* SPDX-License-Identifier: Apache-2.0 */
/* Row reductions in 16 lanes and the ops built on them, in native vectors; a row of any width walks
 * in steps of 16 elements, so that lane l meets elements l, l + 16, ... on every level. */
#include <float.h> /* FLT_MAX */

#include "kernels/elementary.h"
#include "kernels/level.h"
#include "kernels/simd.h"

enum { LANES = CONTRACT_LANES, VECTORS = SIMD_LANE_VECTORS, WIDTH = SIMD_WIDTH };

/* Elements of the tail that fall into lane vector v. */
static inline int64_t tail_part(int64_t tail, int v)
{
	int64_t part = tail - (int64_t)v * WIDTH;
	return part < 0 ? 0 : part > WIDTH ? WIDTH : part;
}

static inline void lanes_clear(simd_f32 *lanes)
{
	for (int v = 0; v < VECTORS; v++)
		lanes[v] = simd_set(0.0f);
}

/* A lane is never -0 (it starts at +0 and x + -x is +0), so that adding the +0 of an absent tail
 * element changes nothing. */
static inline float row_sum(int64_t n, const float *x)
{
	simd_f32 lanes[VECTORS];
	lanes_clear(lanes);
	int64_t i = 0;
	for (; i + LANES <= n; i += LANES)
		for (int v = 0; v < VECTORS; v++)
			lanes[v] = lanes[v] + simd_load(x + i + v * WIDTH);
	for (int v = 0; i < n && v < VECTORS; v++)
		lanes[v] = lanes[v] + simd_load_part(x + i + v * WIDTH, tail_part(n - i, v), 0.0f);
	return simd_tree(lanes);
}

float LEVEL_NAME(dot)(int64_t count, const float *x, const float *y)
{
	simd_f32 lanes[VECTORS];
	lanes_clear(lanes);
	int64_t i = 0;
	for (; i + LANES <= count; i += LANES)
		for (int v = 0; v < VECTORS; v++)
			lanes[v] = simd_fma(simd_load(x + i + v * WIDTH),
					    simd_load(y + i + v * WIDTH), lanes[v]);
	for (int v = 0; i < count && v < VECTORS; v++) {
		int64_t part = tail_part(count - i, v);
		lanes[v] = simd_fma(simd_load_part(x + i + v * WIDTH, part, 0.0f),
				    simd_load_part(y + i + v * WIDTH, part, 0.0f), lanes[v]);
	}
	return simd_tree(lanes);
}

float LEVEL_NAME(squared_distance)(int64_t count, const float *x, const float *y)
{
	simd_f32 lanes[VECTORS];
	lanes_clear(lanes);
	int64_t i = 0;
	for (; i + LANES <= count; i += LANES)
		for (int v = 0; v < VECTORS; v++) {
			simd_f32 d = simd_load(x + i + v * WIDTH) - simd_load(y + i + v * WIDTH);
			lanes[v] = simd_fma(d, d, lanes[v]);
		}
	for (int v = 0; i < count && v < VECTORS; v++) {
		int64_t part = tail_part(count - i, v);
		simd_f32 d = simd_load_part(x + i + v * WIDTH, part, 0.0f) -
			     simd_load_part(y + i + v * WIDTH, part, 0.0f);
		lanes[v] = simd_fma(d, d, lanes[v]);
	}
	return simd_tree(lanes);
}

/* Sum of (x - mean)^2. */
static inline float row_variance_sum(int64_t n, const float *x, float mean)
{
	simd_f32 lanes[VECTORS], center = simd_set(mean);
	lanes_clear(lanes);
	int64_t i = 0;
	for (; i + LANES <= n; i += LANES)
		for (int v = 0; v < VECTORS; v++) {
			simd_f32 d = simd_load(x + i + v * WIDTH) - center;
			lanes[v] = simd_fma(d, d, lanes[v]);
		}
	float means[WIDTH];
	simd_store(means, center);
	for (int v = 0; i < n && v < VECTORS; v++) {
		/* Absent elements give d = 0 - 0, also where the mean is infinite or NaN. */
		int64_t part = tail_part(n - i, v);
		simd_f32 d = simd_load_part(x + i + v * WIDTH, part, 0.0f) -
			     simd_load_part(means, part, 0.0f);
		lanes[v] = simd_fma(d, d, lanes[v]);
	}
	return simd_tree(lanes);
}

/* Mean of a row and 1 / sqrt(variance + eps). */
static inline float row_moments(int64_t n, const float *u, float *mean)
{
	*mean = row_sum(n, u) / (float)n;
	float variance = row_variance_sum(n, u, *mean) / (float)n;
	return 1.0f / sqrtf(variance + LAYER_NORM_EPSILON);
}

void LEVEL_NAME(layer_norm)(int64_t rows, int64_t n, const float *x, const float *bias,
			    const float *gamma, const float *beta, float *xhat, float *rstd,
			    float *y)
{
	for (int64_t r = 0; r < rows; r++) {
		const float *u = x + r * n;
		float *out = y + r * n, mean;
		if (bias) {
			for (int64_t j = 0; j < n; j++)
				out[j] = u[j] + bias[j];
			u = out;
		}
		float inverse = row_moments(n, u, &mean);
		if (rstd)
			rstd[r] = inverse;
		if (xhat) {
			float *hat = xhat + r * n;
			for (int64_t j = 0; j < n; j++) {
				float h = (u[j] - mean) * inverse;
				hat[j] = h;
				out[j] = fmaf(h, gamma[j], beta[j]);
			}
		} else {
			for (int64_t j = 0; j < n; j++)
				out[j] = fmaf((u[j] - mean) * inverse, gamma[j], beta[j]);
		}
	}
}

/* y = gelu(y); two loops, each without a branch or overlap to hinder vectors. */
static inline void gelu_row(int64_t n, float *restrict y, float *restrict slope)
{
	if (!slope) {
		for (int64_t j = 0; j < n; j++)
			y[j] = y[j] * elementary_normal_cdf(y[j]);
		return;
	}
	for (int64_t j = 0; j < n; j++) {
		float v = y[j], cdf = elementary_normal_cdf(v);
		y[j] = v * cdf;
		slope[j] = fmaf(v, elementary_normal_pdf(v), cdf);
	}
}

/* A row is still in the nearest cache when GELU takes it up. */
void LEVEL_NAME(norm_gelu)(int64_t rows, int64_t n, const float *x, const float *bias,
			   const float *gamma, const float *beta, float *xhat, float *rstd,
			   float *slope, float *y)
{
	for (int64_t r = 0; r < rows; r++) {
		float *out = y + r * n;
		LEVEL_NAME(layer_norm)
		(1, n, x + r * n, bias, gamma, beta, xhat ? xhat + r * n : NULL,
		 rstd ? rstd + r : NULL, out);
		gelu_row(n, out, slope ? slope + r * n : NULL);
	}
}

void LEVEL_NAME(bias_gelu)(int64_t rows, int64_t n, const float *x, const float *bias, float *slope,
			   float *y)
{
	for (int64_t r = 0; r < rows; r++) {
		const float *in = x + r * n;
		float *out = y + r * n;
		for (int64_t j = 0; j < n; j++)
			out[j] = in[j] + bias[j];
		gelu_row(n, out, slope ? slope + r * n : NULL);
	}
}

void LEVEL_NAME(bias_gelu_backward)(int64_t rows, int64_t n, const float *dy, const float *slope,
				    float *dx, float *restrict dbias)
{
	for (int64_t j = 0; j < n; j++)
		dbias[j] = 0.0f;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t j = 0; j < n; j++) {
			float d = dy[r * n + j] * slope[r * n + j];
			dx[r * n + j] = d;
			dbias[j] = dbias[j] + d;
		}
}

static inline void backward_part(simd_f32 dy, simd_f32 xhat, simd_f32 gamma, simd_f32 *sum,
				 simd_f32 *product)
{
	simd_f32 g = dy * gamma;
	*sum = *sum + g;
	*product = simd_fma(g, xhat, *product);
}

void LEVEL_NAME(layer_norm_backward)(int64_t rows, int64_t n, const float *dy, const float *xhat,
				     const float *rstd, const float *gamma, float *dx)
{
	for (int64_t r = 0; r < rows; r++) {
		const float *d = dy + r * n, *hat = xhat + r * n;
		simd_f32 sum[VECTORS], product[VECTORS];
		lanes_clear(sum);
		lanes_clear(product);
		int64_t i = 0;
		for (; i + LANES <= n; i += LANES)
			for (int v = 0; v < VECTORS; v++) {
				int64_t at = i + v * WIDTH;
				backward_part(simd_load(d + at), simd_load(hat + at),
					      simd_load(gamma + at), &sum[v], &product[v]);
			}
		for (int v = 0; i < n && v < VECTORS; v++) {
			int64_t at = i + v * WIDTH, part = tail_part(n - i, v);
			backward_part(simd_load_part(d + at, part, 0.0f),
				      simd_load_part(hat + at, part, 0.0f),
				      simd_load_part(gamma + at, part, 0.0f), &sum[v], &product[v]);
		}
		float s1 = simd_tree(sum) / (float)n, s2 = simd_tree(product) / (float)n;
		float inverse = rstd[r], *out = dx + r * n;
		for (int64_t j = 0; j < n; j++)
			out[j] = inverse * ((d[j] * gamma[j] - s1) - hat[j] * s2);
	}
}

void LEVEL_NAME(layer_norm_gradient)(int64_t rows, int64_t n, const float *restrict dy,
				     const float *restrict xhat, float *restrict dgamma,
				     float *restrict dbeta)
{
	for (int64_t j = 0; j < n; j++)
		dgamma[j] = dbeta[j] = 0.0f;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t j = 0; j < n; j++) {
			dgamma[j] = fmaf(dy[r * n + j], xhat[r * n + j], dgamma[j]);
			dbeta[j] = dbeta[j] + dy[r * n + j];
		}
}

void LEVEL_NAME(norm_gelu_backward)(int64_t rows, int64_t n, const float *dy, const float *slope,
				    const float *xhat, const float *rstd, const float *gamma,
				    float *dx, float *restrict dgamma, float *restrict dbeta,
				    float *restrict dbias)
{
	for (int64_t j = 0; j < n; j++)
		dgamma[j] = dbeta[j] = dbias[j] = 0.0f;
	for (int64_t r = 0; r < rows; r++) {
		const float *d = dy + r * n, *by = slope + r * n, *hat = xhat + r * n;
		float *out = dx + r * n;
		for (int64_t j = 0; j < n; j++) {
			float g = d[j] * by[j];
			out[j] = g;
			dgamma[j] = fmaf(g, hat[j], dgamma[j]);
			dbeta[j] = dbeta[j] + g;
		}
		LEVEL_NAME(layer_norm_backward)(1, n, out, hat, rstd + r, gamma, out);
		for (int64_t j = 0; j < n; j++)
			dbias[j] = dbias[j] + out[j];
	}
}

void LEVEL_NAME(column_sum)(int64_t rows, int64_t n, const float *restrict x, float *restrict sum)
{
	for (int64_t j = 0; j < n; j++)
		sum[j] = 0.0f;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t j = 0; j < n; j++)
			sum[j] = sum[j] + x[r * n + j];
}

void LEVEL_NAME(add_bias)(int64_t rows, int64_t n, const float *restrict bias, float *restrict y)
{
	for (int64_t r = 0; r < rows; r++)
		for (int64_t j = 0; j < n; j++)
			y[r * n + j] = y[r * n + j] + bias[j];
}

static void softmax_row(int64_t n, const float *restrict z, float *restrict p, float *log_sum)
{
	float largest = z[0];
	for (int64_t j = 1; j < n; j++)
		largest = z[j] > largest ? z[j] : largest;
	for (int64_t j = 0; j < n; j++)
		p[j] = elementary_exp(z[j] - largest);
	float sum = row_sum(n, p);
	for (int64_t j = 0; j < n; j++)
		p[j] = p[j] / sum;
	if (log_sum)
		*log_sum = elementary_log(sum) + largest;
}

void LEVEL_NAME(softmax)(int64_t rows, int64_t n, int64_t ld, const float *z, float *p,
			 float *log_sum)
{
	for (int64_t r = 0; n > 0 && r < rows; r++)
		softmax_row(n, z + r * ld, p + r * ld, log_sum ? log_sum + r : NULL);
}
