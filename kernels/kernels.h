/* SPDX-License-Identifier: Apache-2.0 */
/* The numeric ops, as a table of functions that one level of the machine provides.
 *
 * The same C source (kernels/level_*.c) is compiled once per level (x86-64: baseline, v3 = AVX2 +
 * FMA, v4 = AVX-512; elsewhere: baseline), and kernels/scalar_oracle.c holds the plain scalar
 * specification. Every table gives the same bits for every op: the numeric contract,
 * docs/NUMERICS.md.
 *
 * All matrices are row-major binary32, leading dimension = number of columns unless a stride is
 * given. Outputs must not overlap inputs unless said otherwise.  Sizes may be 0. */
#ifndef SHEAFBENCH_KERNELS_KERNELS_H
#define SHEAFBENCH_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/contract.h"
#include "kernels/padic.h"

/* C(m x n) = [C +] A(m x k) B(k x n); element (i,p) of A at a[i*rsa + p*csa], (p,j) of B at
 * b[p*rsb + j*csb], (i,j) of C at c[i*ldc + j]; strides count elements. */
struct gemm_args {
	int64_t m, n, k;
	const float *a;
	int64_t rsa, csa;
	const float *b;
	int64_t rsb, csb;
	float *c;
	int64_t ldc;
	bool accumulate;
};

/* C = A B, all three as rows of numbers side by side. */
static inline struct gemm_args gemm_rows(int64_t m, int64_t n, int64_t k, const float *a,
					 const float *b, float *c)
{
	return (struct gemm_args){.m = m,
				  .n = n,
				  .k = k,
				  .a = a,
				  .rsa = k,
				  .csa = 1,
				  .b = b,
				  .rsb = n,
				  .csb = 1,
				  .c = c,
				  .ldc = n};
}

/* The same with A as m columns, B as n columns side by side, where it says so. */
static inline struct gemm_args gemm_transposed(struct gemm_args g, bool a, bool b)
{
	if (a) {
		g.rsa = 1;
		g.csa = g.m;
	}
	if (b) {
		g.rsb = 1;
		g.csb = g.k;
	}
	return g;
}

/* Scalars of one step t = 1, 2, ..., each computed in binary64 and rounded once
 * (docs/NUMERICS.md, 6). */
struct adamw_args {
	float beta1, beta2, epsilon;
	float step;               /* lr / (1 - beta1^t) */
	float inverse_correction; /* 1 / sqrt(1 - beta2^t) */
	float decay;              /* 1 - lr * weight_decay; 1 for vectors */
};

/* norm_gelu; the n values of a row side by side. */
struct norm_gelu_args {
	int64_t rows, n;
	const float *x;
	const float *bias, *gamma, *beta; /* n; bias may be NULL */
	float *xhat, *slope;              /* rows x n; these and rstd all given or all NULL */
	float *rstd;                      /* rows */
	float *y;                         /* may be x */
};

struct norm_gelu_backward_args {
	int64_t rows, n;
	const float *dy, *slope, *xhat;
	const float *rstd;             /* rows */
	const float *gamma;            /* n */
	float *dx;                     /* may be dy */
	float *dgamma, *dbeta, *dbias; /* n */
};

struct kernel_table {
	const char *level;
	unsigned needs; /* of the CPU: enum cpu_feature (kernels/cpu.h) */

	/* Rule 1.  Per block of KB = 256 of k, per element: acc = +0; acc = fma(a, b, acc) in
	 * ascending order; c = acc for the first block when overwriting, else c = c + acc.  k = 0
	 * overwrites with +0. */
	void (*gemm)(const struct gemm_args *args);
	/* gemm of each of `count` products, in one call: all experts of a layer.  A product may
	 * have m = 0 (an expert without samples) or k = 0.  No product's C overlaps anything else.
	 */
	void (*gemm_group)(int64_t count, const struct gemm_args *args);

	/* y[i][j] = y[i][j] + bias[j]; y rows x n, bias n. */
	void (*add_bias)(int64_t rows, int64_t n, const float *bias, float *y);
	/* sum[j] = x[0][j] + x[1][j] + ..., starting from +0, ascending rows; n columns of rows of
	 * stride ld; sum n. */
	void (*column_sum)(int64_t rows, int64_t n, int64_t ld, const float *x, float *sum);

	/* LayerNorm (Ba et al. 2016) of u = x + bias (bias NULL: u = x), eps = 1e-5:
	 *   mean = sum(u) / n; d = u - mean; var = sum of fma(d, d, .) / n; rstd = 1 / sqrt(var +
	 * eps); xhat = d * rstd; y = fma(xhat, gamma, beta). Sums by rule 2.  x, xhat, y rows x n;
	 * bias, gamma, beta n; rstd rows.  y may be x.  xhat and rstd may be NULL (evaluation). */
	void (*layer_norm)(int64_t rows, int64_t n, const float *x, const float *bias,
			   const float *gamma, const float *beta, float *xhat, float *rstd,
			   float *y);
	/* g = dy * gamma; s1 = sum(g) / n; s2 = sum of fma(g, xhat, .) / n;
	 * dx = rstd * ((g - s1) - xhat * s2).  dx may be dy. */
	void (*layer_norm_backward)(int64_t rows, int64_t n, const float *dy, const float *xhat,
				    const float *rstd, const float *gamma, float *dx);
	/* dgamma[j] = fma(dy, xhat, dgamma), dbeta[j] = dbeta + dy, from +0, ascending rows:
	 * overwrites.  n columns of rows of stride ld. */
	void (*layer_norm_gradient)(int64_t rows, int64_t n, int64_t ld, const float *dy,
				    const float *xhat, float *dgamma, float *dbeta);

	/* GELU, exact erf form (Hendrycks and Gimpel 2016): cdf = Phi(x); y = x * cdf;
	 * slope = fma(x, phi(x), cdf).  slope may be NULL.  y may be x. */
	void (*gelu)(int64_t count, const float *x, float *y, float *slope);
	/* One pass over memory for what is defined as several ops, bit for bit:
	 * norm_gelu: layer_norm(x, bias, ...) into u, then gelu(u, y, slope). */
	void (*norm_gelu)(const struct norm_gelu_args *args);
	/* multiply(dy, slope) into d, layer_norm_gradient(d, ...), layer_norm_backward(d, ...) into
	 * dx, column_sum(dx) into dbias. */
	void (*norm_gelu_backward)(const struct norm_gelu_backward_args *args);
	/* add_bias(bias, x), then gelu(x, y, slope).  slope may be NULL.  y may be x. */
	void (*bias_gelu)(int64_t rows, int64_t n, const float *x, const float *bias, float *slope,
			  float *y);
	/* multiply(dy, slope) into dx, column_sum(dx) into dbias.  dx may be dy. */
	void (*bias_gelu_backward)(int64_t rows, int64_t n, const float *dy, const float *slope,
				   float *dx, float *dbias);
	/* z = x * y.  z may be x or y. */
	void (*multiply)(int64_t count, const float *x, const float *y, float *z);
	/* z = x + y.  z may be x or y. */
	void (*add)(int64_t count, const float *x, const float *y, float *z);
	/* y = fma(a, x, y). */
	void (*axpy)(int64_t count, float a, const float *x, float *y);

	/* Row-wise over columns 0..n-1 of rows of stride ld: m = largest z (16-lane maximum is
	 * exact); e = exp(z - m); sum by rule 2; p = e / sum, in rows of the same stride, of which
	 * columns from n on stay.  log_sum (rows; may be NULL) = log(sum) + m.  n = 0 writes
	 * nothing. */
	void (*softmax)(int64_t rows, int64_t n, int64_t ld, const float *z, float *p,
			float *log_sum);
	/* Sum over i of fma(x[i], y[i], .) by rule 2. */
	float (*dot)(int64_t count, const float *x, const float *y);
	/* Sum over i of fma(d, d, .), d = x[i] - y[i], by rule 2. */
	float (*squared_distance)(int64_t count, const float *x, const float *y);

	/* AdamW (Loshchilov and Hutter 2019), per element, m, v and p in place, g read only:
	 *   m = fma(beta1, m, (1 - beta1) * g); v = fma(beta2, v, ((1 - beta2) * g) * g);
	 *   d = fma(sqrt(v), inverse_correction, epsilon);
	 *   p = fma(-step, m / d, p * decay). */
	void (*adamw)(int64_t count, const struct adamw_args *args, const float *g, float *m,
		      float *v, float *p);

	/* y = f(x), elementwise (rule 3, kernels/elementary.h). */
	void (*exp)(int64_t count, const float *x, float *y);
	void (*log)(int64_t count, const float *x, float *y);
	void (*erf)(int64_t count, const float *x, float *y);
	void (*sigmoid)(int64_t count, const float *x, float *y);
	void (*softplus)(int64_t count, const float *x, float *y);

	/* padic_encode and padic_decode of each of n, padic_logits: kernels/padic.h. */
	void (*padic_encode)(const struct padic *padic, int64_t n, const float *x, int32_t *codes);
	void (*padic_decode)(const struct padic *padic, int64_t n, const int32_t *codes, float *x);
	void (*padic_logits)(const struct padic *padic, int64_t rows, int64_t inputs,
			     int64_t experts, const int32_t *x, const int32_t *w, const int32_t *b,
			     float *logits);

	/* XXH3-64 of bytes as they lie in memory (traces). */
	uint64_t (*hash)(const void *bytes, size_t size);

	/* Multiplies and adds in registers only; returns the floating-point operations done.
	 * Measures the roof; NULL in the oracle. */
	double (*fma_burn)(int64_t iterations);
};

/* The scalar specification. */
extern const struct kernel_table kernel_table_oracle;

/* Tables compiled in, NULL-terminated, lowest level first; the oracle is not among them. */
extern const struct kernel_table *const kernel_tables[];
/* The one of that level; NULL: this build has none. */
const struct kernel_table *kernel_table_named(const char *level);

#define LAYER_NORM_EPSILON 1e-5f

#endif
