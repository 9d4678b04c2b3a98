/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions as fixed sequences of IEEE operations (contract rule 3).
 *
 * The scalar functions below are at once the specification and the source of the fast loops: they
 * are free of branches, so that compilers turn loops over them into vector code, and vector code of
 * the same IEEE operations has the same bits.  Polynomial coefficients are weighted minimax fits,
 * rounded one after another to binary32.  NaN results are the quiet NaN 0x7fc00000.  Errors:
 * docs/NUMERICS.md. */
#ifndef SHEAFBENCH_KERNELS_ELEMENTARY_H
#define SHEAFBENCH_KERNELS_ELEMENTARY_H

#include <math.h> /* sqrtf, fabs: exact IEEE operations only */
#include <stdint.h>
#include <string.h> /* memcpy: bits of a float */

#include "kernels/fma.h"

static inline uint32_t elementary_bits(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static inline float elementary_float(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* x, or +0 where its magnitude is below 2^-126 (contract rule 6): by its bits, so that no mode of
 * the CPU is asked for and none can change it. */
static inline float elementary_normal(float x)
{
	uint32_t bits = elementary_bits(x);
	return elementary_float(bits & 0x7f800000u ? bits : 0u);
}

/* 2^k for -126 <= k <= 127. */
static inline float elementary_power_of_two(int32_t k)
{
	return elementary_float((uint32_t)(k + 127) << 23);
}

/* exp(c) = 2^k (1 + p) for -104 <= c <= 89: k = round(c log2 e); h = c - k H exact, H the first 15
 * bits of ln 2, L the rest; p = h + (r^2 q(r) - k L), r = h - k L.  Returns p. */
static inline float elementary_exp_parts(float c, float *k)
{
	*k = contract_fma(c, 0x1.715476p+0f, 0x1.8p+23f) - 0x1.8p+23f;
	float h = contract_fma(*k, -0x1.62e4p-1f, c);
	float low = *k * 0x1.7f7d1cp-20f;
	float r = h - low;
	float q = contract_fma(0x1.6b79f8p-10f, r, 0x1.123064p-7f);
	q = contract_fma(q, r, 0x1.55567ep-5f);
	q = contract_fma(q, r, 0x1.5554a2p-3f);
	q = contract_fma(q, r, 0.5f);
	return h + contract_fma(q, r * r, -low);
}

/* (1 + p) 2^k of elementary_exp_parts, NaN for a NaN x: the power in two factors, so that a
 * subnormal result is rounded once. */
static inline float elementary_exp_join(float x, float k, float p)
{
	int32_t n = (int32_t)k;
	int32_t half = (int32_t)((uint32_t)(n + 256) / 2u) - 128;
	float e = (1.0f + p) * elementary_power_of_two(half) * elementary_power_of_two(n - half);
	return x == x ? e : elementary_float(0x7fc00000u);
}

/* exp(x); exp(-inf) = 0, exp(inf) = inf.  The bounds are written as vector units take minimum and
 * maximum, NaN to the bound. */
static inline float elementary_exp(float x)
{
	float c = x > -104.0f ? x : -104.0f;
	c = x < 89.0f ? c : 89.0f;
	float k, p = elementary_exp_parts(c, &k);
	return elementary_exp_join(x, k, p);
}

/* The same for x <= 0, or NaN. */
static inline float elementary_exp_negative(float x)
{
	float k, p = elementary_exp_parts(x > -104.0f ? x : -104.0f, &k);
	return elementary_exp_join(x, k, p);
}

/* erf(x): |x| < 0.88: x + x p(x^2); else sign(x) (1 - exp(-u + u q(u))), a fit of log erfc, u = |x|
 * cut at 4, where erf rounds to 1; exp = 2^k (1 + p) enters as (1 - 2^k) - 2^k p, rounded once. */
static inline float elementary_erf(float x)
{
	float t = fabsf(x);
	float s = x * x;
	float a = contract_fma(-0x1.3ffb6cp-11f, s, 0x1.488074p-8f);
	a = contract_fma(a, s, -0x1.b6ba44p-6f);
	a = contract_fma(a, s, 0x1.ce1cfcp-4f);
	a = contract_fma(a, s, -0x1.8126f0p-2f);
	a = contract_fma(a, s, 0x1.06eba6p-3f);
	float near = contract_fma(a, x, x);
	float u = t < 4.0f ? t : 4.0f;
	float q = contract_fma(-0x1.0cf86ap-17f, u, 0x1.31582cp-12f);
	q = contract_fma(q, u, -0x1.cce89ep-9f);
	q = contract_fma(q, u, 0x1.810af2p-6f);
	q = contract_fma(q, u, -0x1.b1eef0p-4f);
	q = contract_fma(q, u, -0x1.454976p-1f);
	q = contract_fma(q, u, -0x1.0762dep-3f);
	float k, p = elementary_exp_parts(contract_fma(q, u, -u), &k);
	float scale = elementary_power_of_two((int32_t)k);
	float far = contract_fma(-scale, p, 1.0f - scale);
	far = copysignf(far, x);
	float y = t < 0.88f ? near : far;
	return x == x ? y : elementary_float(0x7fc00000u);
}

/* log(x) in binary64, rounded once: x = m 2^e with m in [sqrt(1/2), sqrt 2), s = (m-1)/(m+1),
 * log m = 2 s (1 + s^2/3 + s^4/5 + ... + s^20/21).  log(+-0) = -inf, log(x < 0) = NaN. */
static inline float elementary_log(float x)
{
	float c = x > 0.0f ? x : 1.0f; /* others are answered below; their bits would overflow */
	float tiny = c < 0x1p-126f ? c * 0x1p25f : c;
	int32_t bits = (int32_t)elementary_bits(tiny);
	int32_t over = bits - 0x3f3504f3; /* sqrt(1/2) */
	/* Arithmetic shift written as a division that floors. */
	int32_t e = (over - (int32_t)((uint32_t)over & 0x7fffffu)) / 0x800000;
	double m = (double)elementary_float((uint32_t)(bits - e * 0x800000));
	double s = (m - 1.0) / (m + 1.0);
	double z = s * s;
	double p = 1.0 / 21.0;
	p = p * z + 1.0 / 19.0;
	p = p * z + 1.0 / 17.0;
	p = p * z + 1.0 / 15.0;
	p = p * z + 1.0 / 13.0;
	p = p * z + 1.0 / 11.0;
	p = p * z + 1.0 / 9.0;
	p = p * z + 1.0 / 7.0;
	p = p * z + 1.0 / 5.0;
	p = p * z + 1.0 / 3.0;
	p = p * z + 1.0;
	double k = (double)(e - (x < 0x1p-126f ? 25 : 0));
	float y = (float)(k * 0x1.62e42fefa39efp-1 + 2.0 * s * p);
	y = x == 0.0f ? -elementary_float(0x7f800000u) : y;
	y = elementary_bits(x) == 0x7f800000u ? x : y;
	return x >= 0.0f ? y : elementary_float(0x7fc00000u);
}

/* exp(x) in binary64 for |x| <= 105 (relative error below 2^-44): Taylor series to x^11. */
static inline double elementary_exp_double(double x)
{
	double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p+52, k = shifted - 0x1.8p+52;
	double r = (x - k * 0x1.62e42fefap-1) - k * 0x1.cf79abc9e3b3ap-40;
	double p = 1.0 / 39916800.0;
	p = p * r + 1.0 / 3628800.0;
	p = p * r + 1.0 / 362880.0;
	p = p * r + 1.0 / 40320.0;
	p = p * r + 1.0 / 5040.0;
	p = p * r + 1.0 / 720.0;
	p = p * r + 1.0 / 120.0;
	p = p * r + 1.0 / 24.0;
	p = p * r + 1.0 / 6.0;
	p = p * r + 0.5;
	p = p * r + 1.0;
	p = p * r + 1.0;
	/* 2^k: k stands in the last bits of the sum, as AVX2 cannot convert to 64 bits. */
	uint64_t bits;
	double scale;
	memcpy(&bits, &shifted, sizeof bits);
	bits = (bits + 1023u) << 52;
	memcpy(&scale, &bits, sizeof scale);
	return p * scale;
}

/* sigmoid(x) = 1 / (1 + exp(-x)) in binary64, rounded once. */
static inline float elementary_sigmoid(float x)
{
	double c = x < -105.0f ? -105.0 : (double)x;
	c = c > 105.0 ? 105.0 : c;
	c = x == x ? c : 0.0;
	float y = (float)(1.0 / (1.0 + elementary_exp_double(-c)));
	return x == x ? y : elementary_float(0x7fc00000u);
}

/* log(1 + exp(x)), the loss of a sigmoid, in binary64, rounded once: max(x, 0) + log(1 + e), e =
 * exp(-|x|), log(1 + e) = 2 s (1 + s^2/3 + ... + s^26/27), s = e / (2 + e) <= 1/3. */
static inline float elementary_softplus(float x)
{
	double t = (double)fabsf(x);
	t = t > 105.0 ? 105.0 : t;
	t = x == x ? t : 0.0;
	double e = elementary_exp_double(-t);
	double s = e / (2.0 + e);
	double z = s * s;
	double p = 1.0 / 27.0;
	p = p * z + 1.0 / 25.0;
	p = p * z + 1.0 / 23.0;
	p = p * z + 1.0 / 21.0;
	p = p * z + 1.0 / 19.0;
	p = p * z + 1.0 / 17.0;
	p = p * z + 1.0 / 15.0;
	p = p * z + 1.0 / 13.0;
	p = p * z + 1.0 / 11.0;
	p = p * z + 1.0 / 9.0;
	p = p * z + 1.0 / 7.0;
	p = p * z + 1.0 / 5.0;
	p = p * z + 1.0 / 3.0;
	p = p * z + 1.0;
	double y = 2.0 * s * p;
	y = x > 0.0f ? y + (double)x : y;
	return x == x ? (float)y : elementary_float(0x7fc00000u);
}

/* Standard normal distribution function by the exact erf form, and density. */
static inline float elementary_normal_cdf(float x)
{
	return contract_fma(0.5f, elementary_erf(x * 0x1.6a09e6p-1f), 0.5f);
}

static inline float elementary_normal_pdf(float x)
{
	return 0x1.988454p-2f * elementary_exp_negative((x * x) * -0.5f);
}

/* cos(pi u) for 0 <= u <= 1 in binary64 (learning-rate schedule): folded to [0, 1/2], Taylor series
 * of cos to x^20.  Error below 2^-50. */
static inline double elementary_cos_pi(double u)
{
	double fold = u > 0.5 ? 1.0 - u : u;
	double x = fold * 0x1.921fb54442d18p+1;
	double z = x * x;
	double p = 1.0 / 2432902008176640000.0;
	p = p * z - 1.0 / 6402373705728000.0;
	p = p * z + 1.0 / 20922789888000.0;
	p = p * z - 1.0 / 87178291200.0;
	p = p * z + 1.0 / 479001600.0;
	p = p * z - 1.0 / 3628800.0;
	p = p * z + 1.0 / 40320.0;
	p = p * z - 1.0 / 720.0;
	p = p * z + 1.0 / 24.0;
	p = p * z - 0.5;
	p = p * z + 1.0;
	return u > 0.5 ? -p : p;
}

#endif
