/* SPDX-License-Identifier: Apache-2.0 */
/* Row reductions in 16 lanes and the ops built on them, in native vectors; a row of any width walks
 * in steps of 16 elements, so that lane l meets elements l, l + 16, ... on every level. */
#include <float.h> /* FLT_MAX */

#include "kernels/elementary.h"
#include "kernels/level_functions.h"
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

/* Rows whose reductions run side by side: each alone would wait for its own sums. */
enum { ROWS_AT_ONCE = 4 };

struct norm_rows {
	int64_t n;
	const float *x, *bias, *gamma, *beta;
	float *xhat, *rstd, *y;
};

/* One step of 16 lanes, `part` of them present, of each row: x + bias, kept in y, onto the lanes.
 */
static inline __attribute__((always_inline)) void norm_sum_step(const struct norm_rows *t,
								const int rows, int64_t at,
								int64_t tail,
								simd_f32 lanes[][VECTORS])
{
	for (int v = 0; v < VECTORS; v++, at += WIDTH) {
		const int64_t part = tail < LANES ? tail_part(tail, v) : WIDTH;
		const bool whole = part == WIDTH;
		simd_f32 bias = simd_set(0.0f);
		if (t->bias)
			bias = whole ? simd_load(t->bias + at)
				     : simd_load_part(t->bias + at, part, 0.0f);
		for (int r = 0; r < rows; r++) {
			const float *x = t->x + r * t->n + at;
			simd_f32 u = whole ? simd_load(x) : simd_load_part(x, part, 0.0f);
			if (t->bias) {
				float *y = t->y + r * t->n + at;
				u = u + bias;
				if (whole)
					simd_store(y, u);
				else
					simd_store_part(y, part, u);
			}
			lanes[r][v] = lanes[r][v] + u;
		}
	}
}

/* The same of (u - mean)^2; absent elements give d = 0, also where the mean is infinite or NaN. */
static inline __attribute__((always_inline)) void
norm_variance_step(const float *u, int64_t n, const int rows, int64_t at, int64_t tail,
		   const float *mean, simd_f32 lanes[][VECTORS])
{
	for (int r = 0; r < rows; r++)
		for (int v = 0; v < VECTORS; v++) {
			const float *from = u + r * n + at + v * WIDTH;
			simd_f32 d;
			if (tail >= LANES) {
				d = simd_load(from) - simd_set(mean[r]);
			} else {
				int64_t part = tail_part(tail, v);
				float means[WIDTH];
				simd_store(means, simd_set(mean[r]));
				d = simd_load_part(from, part, 0.0f) -
				    simd_load_part(means, part, 0.0f);
			}
			lanes[r][v] = simd_fma(d, d, lanes[r][v]);
		}
}

/* xhat and y of one vector of each row. */
static inline __attribute__((always_inline)) void
norm_scale_step(const struct norm_rows *t, const float *u, const int rows, int64_t at, int64_t part,
		const float *mean, const float *inverse)
{
	const bool whole = part == WIDTH;
	simd_f32 gamma =
	    whole ? simd_load(t->gamma + at) : simd_load_part(t->gamma + at, part, 0.0f);
	simd_f32 beta = whole ? simd_load(t->beta + at) : simd_load_part(t->beta + at, part, 0.0f);
	for (int r = 0; r < rows; r++) {
		const int64_t to = r * t->n + at;
		simd_f32 x = whole ? simd_load(u + to) : simd_load_part(u + to, part, 0.0f);
		simd_f32 h = (x - simd_set(mean[r])) * simd_set(inverse[r]);
		simd_f32 y = simd_fma(h, gamma, beta);
		if (whole) {
			if (t->xhat)
				simd_store(t->xhat + to, h);
			simd_store(t->y + to, y);
		} else {
			if (t->xhat)
				simd_store_part(t->xhat + to, part, h);
			simd_store_part(t->y + to, part, y);
		}
	}
}

/* A lane is never -0 (it starts at +0 and x + -x is +0), so that adding the +0 of an absent tail
 * element changes nothing. */
static inline __attribute__((always_inline)) void norm_rows(const struct norm_rows *task,
							    const int rows)
{
	/* A copy: what is stored could be the task for all the compiler knows. */
	const struct norm_rows t = *task;
	const int64_t n = t.n, whole = n - n % LANES;
	const float *u = t.bias ? t.y : t.x;
	simd_f32 lanes[ROWS_AT_ONCE][VECTORS];
	float mean[ROWS_AT_ONCE], inverse[ROWS_AT_ONCE];
	for (int r = 0; r < rows; r++)
		lanes_clear(lanes[r]);
	for (int64_t i = 0; i < whole; i += LANES)
		norm_sum_step(&t, rows, i, LANES, lanes);
	if (whole < n)
		norm_sum_step(&t, rows, whole, n - whole, lanes);
	for (int r = 0; r < rows; r++) {
		mean[r] = simd_tree(lanes[r]) / (float)n;
		lanes_clear(lanes[r]);
	}
	for (int64_t i = 0; i < whole; i += LANES)
		norm_variance_step(u, n, rows, i, LANES, mean, lanes);
	if (whole < n)
		norm_variance_step(u, n, rows, whole, n - whole, mean, lanes);
	for (int r = 0; r < rows; r++) {
		float variance = simd_tree(lanes[r]) / (float)n;
		inverse[r] = 1.0f / sqrtf(variance + LAYER_NORM_EPSILON);
		if (t.rstd)
			t.rstd[r] = inverse[r];
	}
	int64_t i = 0;
	for (; i + WIDTH <= n; i += WIDTH)
		norm_scale_step(&t, u, rows, i, WIDTH, mean, inverse);
	if (i < n)
		norm_scale_step(&t, u, rows, i, n - i, mean, inverse);
}

void LEVEL_NAME(layer_norm)(int64_t rows, int64_t n, const float *x, const float *bias,
			    const float *gamma, const float *beta, float *xhat, float *rstd,
			    float *y)
{
	struct norm_rows task = {.n = n,
				 .x = x,
				 .bias = bias,
				 .gamma = gamma,
				 .beta = beta,
				 .xhat = xhat,
				 .rstd = rstd,
				 .y = y};
	for (int64_t left = rows; left > 0;) {
		int64_t count = left >= ROWS_AT_ONCE ? ROWS_AT_ONCE : 1;
		if (count == ROWS_AT_ONCE)
			norm_rows(&task, ROWS_AT_ONCE);
		else
			norm_rows(&task, 1);
		left -= count;
		task.x += count * n;
		task.y += count * n;
		if (xhat)
			task.xhat += count * n;
		if (rstd)
			task.rstd += count;
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
		slope[j] = contract_fma(v, elementary_normal_pdf(v), cdf);
	}
}

/* Rows are still in the nearest cache when GELU takes them up. */
void LEVEL_NAME(norm_gelu)(const struct norm_gelu_args *args)
{
	const struct norm_gelu_args g = *args;
	for (int64_t r = 0; r < g.rows; r += ROWS_AT_ONCE) {
		int64_t count = g.rows - r < ROWS_AT_ONCE ? g.rows - r : ROWS_AT_ONCE, at = r * g.n;
		LEVEL_NAME(layer_norm)
		(count, g.n, g.x + at, g.bias, g.gamma, g.beta, g.xhat ? g.xhat + at : NULL,
		 g.rstd ? g.rstd + r : NULL, g.y + at);
		gelu_row(count * g.n, g.y + at, g.slope ? g.slope + at : NULL);
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

void LEVEL_NAME(layer_norm_gradient)(int64_t rows, int64_t n, int64_t ld, const float *restrict dy,
				     const float *restrict xhat, float *restrict dgamma,
				     float *restrict dbeta)
{
	for (int64_t j = 0; j < n; j++)
		dgamma[j] = dbeta[j] = 0.0f;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t j = 0; j < n; j++) {
			dgamma[j] = contract_fma(dy[r * ld + j], xhat[r * ld + j], dgamma[j]);
			dbeta[j] = dbeta[j] + dy[r * ld + j];
		}
}

/* out may be d. */
static inline void gate_row(int64_t n, const float *d, const float *slope, const float *xhat,
			    float *out, float *restrict dgamma, float *restrict dbeta)
{
	for (int64_t j = 0; j < n; j++) {
		float g = d[j] * slope[j];
		out[j] = g;
		dgamma[j] = contract_fma(g, xhat[j], dgamma[j]);
		dbeta[j] = dbeta[j] + g;
	}
}

static inline void add_row(int64_t n, const float *restrict x, float *restrict sum)
{
	for (int64_t j = 0; j < n; j++)
		sum[j] = sum[j] + x[j];
}

void LEVEL_NAME(norm_gelu_backward)(const struct norm_gelu_backward_args *args)
{
	const struct norm_gelu_backward_args g = *args;
	const int64_t n = g.n;
	for (int64_t j = 0; j < n; j++)
		g.dgamma[j] = g.dbeta[j] = g.dbias[j] = 0.0f;
	for (int64_t r = 0; r < g.rows; r++) {
		const float *xhat = g.xhat + r * n;
		float *out = g.dx + r * n;
		gate_row(n, g.dy + r * n, g.slope + r * n, xhat, out, g.dgamma, g.dbeta);
		LEVEL_NAME(layer_norm_backward)(1, n, out, xhat, g.rstd + r, g.gamma, out);
		add_row(n, out, g.dbias);
	}
}

void LEVEL_NAME(column_sum)(int64_t rows, int64_t n, int64_t ld, const float *restrict x,
			    float *restrict sum)
{
	for (int64_t j = 0; j < n; j++)
		sum[j] = 0.0f;
	for (int64_t r = 0; r < rows; r++)
		add_row(n, x + r * ld, sum);
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
