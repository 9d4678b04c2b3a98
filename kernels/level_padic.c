/* SPDX-License-Identifier: Apache-2.0 */
/* The p-adic codec over arrays: numbers side by side go through the definition of kernels/padic.c
 * together, and sums that binary64 holds exactly are vectors of binary64. */
#include "kernels/level_functions.h"
#include "kernels/simd.h"

/* Binary64 numbers of one native vector, and others as many at a time. */
enum { LANES = SIMD_WIDTH / 2 };
typedef double simd_f64 __attribute__((vector_size(LANES * 8)));
typedef int64_t simd_i64 __attribute__((vector_size(LANES * 8)));
typedef float simd_halved __attribute__((vector_size(LANES * 4)));
typedef int32_t simd_codes __attribute__((vector_size(LANES * 4)));

/* a where the mask has ones, b where it has zeros. */
static inline simd_f64 choose(simd_i64 mask, simd_f64 a, simd_f64 b)
{
	return (simd_f64)((mask & (simd_i64)a) | (~mask & (simd_i64)b));
}

/* rint, floor and ceil of |y| < 2^51: some levels have calls for them. */
static inline simd_f64 nearest(simd_f64 y)
{
	return (y + 0x1.8p+52) - 0x1.8p+52;
}

static inline simd_f64 round_down(simd_f64 y)
{
	simd_f64 n = nearest(y);
	return choose((simd_i64)(n > y), n - 1.0, n);
}

static inline simd_f64 round_up(simd_f64 y)
{
	simd_f64 n = nearest(y);
	return choose((simd_i64)(n < y), n + 1.0, n);
}

/* The multiple of q next to y that is within [low, high], as nearest_multiple of padic.c has it;
 * where there is none, `otherwise`.  That floor(y / q) q is at most high, and the one above at
 * least low, is so by itself. */
static inline simd_f64 multiple_near(simd_f64 y, double q, simd_f64 low, simd_f64 high,
				     simd_f64 otherwise)
{
	simd_f64 below = round_down(y / q) * q, above = below + q;
	simd_f64 down = y - below, up = above - y, half = below * 0.5;
	simd_i64 has_below = (simd_i64)(below >= low), has_above = (simd_i64)(above <= high);
	simd_i64 even = (simd_i64)(down == up) & (simd_i64)(nearest(half) == half);
	simd_i64 nearer = (simd_i64)(down < up) | even;
	simd_f64 multiple = choose(has_below & (nearer | ~has_above), below, above);
	return choose(has_below | has_above, multiple, otherwise);
}

/* What higher powers find takes the place of what lower ones did.  Powers beyond the tolerance find
 * nothing: with tau < 1 what is within it of y, other than 0, has the sign of y. */
static inline simd_codes encode(const struct padic *padic, simd_halved x)
{
	const double half = (double)padic->modulus_half, far = 4.0 * half + 4.0;
	const simd_f64 zero = {0}, whole = __builtin_convertvector(x, simd_f64) * padic->scale;
	/* What needs no search, NaN too, is 0 for it. */
	simd_f64 y = choose((simd_i64)(whole >= -far) & (simd_i64)(whole <= far), whole, zero);
	simd_f64 slack = choose((simd_i64)(y < 0.0), -y, y) * padic->settings.tolerance;
	simd_f64 low = round_up(y - slack), high = round_down(y + slack);
	simd_f64 code = nearest(y);
	for (int v = 0; v <= padic->settings.digits; v++)
		code = multiple_near(y, (double)padic->power[v], low, high, code);
	code = choose((simd_i64)(whole > far) | (simd_i64)(code > half), zero + half, code);
	code = choose((simd_i64)(whole < -far) | (simd_i64)(code < -half), zero - half, code);
	return __builtin_convertvector(code, simd_codes);
}

static inline void encode_some(const struct padic *padic, int64_t n, const float *x, int32_t *codes)
{
	simd_halved part = {0};
	memcpy(&part, x, (size_t)n * sizeof *x);
	simd_codes made = encode(padic, part);
	memcpy(codes, &made, (size_t)n * sizeof *codes);
}

void LEVEL_NAME(padic_encode)(const struct padic *padic, int64_t n, const float *x, int32_t *codes)
{
	int64_t at = 0;
	for (; at + LANES <= n; at += LANES)
		encode_some(padic, LANES, x + at, codes + at);
	if (at < n)
		encode_some(padic, n - at, x + at, codes + at);
}

/* n / s by one multiplication, where that rounds to the same binary32: for |n| and s = p^F up to
 * 2^24.  With p = 2 both are exact.  With p odd and s dividing n both round to the integer n / s,
 * which binary32 has.  Otherwise n / s lies between two numbers of binary32 and on neither of them
 * nor halfway, as s is odd: from halfway points m = j 2^e, |j| < 2^25, it is at least
 * min(1, 2^e) / s away, a part of 2^-49 of itself, and the errors of reciprocal, product and
 * quotient are below a part of 2^-51. */
void LEVEL_NAME(padic_decode)(const struct padic *padic, int64_t n, const int32_t *codes, float *x)
{
	const double reciprocal = 1.0 / padic->scale;
	if (padic->modulus_half > 1 << 24) {
		padic_decode_array(padic, n, codes, x);
		return;
	}
	for (int64_t i = 0; i < n; i++)
		x[i] = (float)((double)codes[i] * reciprocal);
}

/* Of a call's product: as many rows and experts as accumulators fit in registers, as many inputs as
 * their weights fit in the first cache. */
enum { ROWS = 2, EXPERTS = 4, INPUTS = 512, STRIP = 64 };

struct weights {
	double of[EXPERTS][INPUTS];
};

static inline simd_f64 load_codes(const int32_t *codes)
{
	simd_codes v;
	memcpy(&v, codes, sizeof v);
	return __builtin_convertvector(v, simd_f64);
}

static inline simd_f64 load_weights(const double *w)
{
	simd_f64 v;
	memcpy(&v, w, sizeof v);
	return v;
}

/* Nothing rounds here (exact_in_double): fused or not is one result. */
static inline simd_f64 multiply_add(simd_f64 a, simd_f64 b, simd_f64 c)
{
#if defined(__AVX512F__)
	return (simd_f64)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif SIMD_WIDTH == 8
	return (simd_f64)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
	return a * b + c;
#endif
}

/* sum[r][e] += the products of `inputs` codes of ROWS rows, `stride` apart. */
static void add_products(int64_t inputs, const int32_t *x, int64_t stride, const struct weights *w,
			 double (*sum)[EXPERTS])
{
	simd_f64 lanes[ROWS][EXPERTS];
	int64_t i = 0;
	memset(lanes, 0, sizeof lanes);
	for (; i + LANES <= inputs; i += LANES) {
		simd_f64 code[ROWS];
		SIMD_UNROLL
		for (int r = 0; r < ROWS; r++)
			code[r] = load_codes(x + r * stride + i);
		SIMD_UNROLL
		for (int e = 0; e < EXPERTS; e++) {
			simd_f64 weight = load_weights(w->of[e] + i);
			SIMD_UNROLL
			for (int r = 0; r < ROWS; r++)
				lanes[r][e] = multiply_add(code[r], weight, lanes[r][e]);
		}
	}
	for (int r = 0; r < ROWS; r++)
		for (int e = 0; e < EXPERTS; e++) {
			for (int l = 0; l < LANES; l++)
				sum[r][e] += lanes[r][e][l];
			for (int64_t rest = i; rest < inputs; rest++)
				sum[r][e] += (double)x[r * stride + rest] * w->of[e][rest];
		}
}

/* Experts [0, width) of the w given, which stand `experts` apart; 0 for those that are missing. */
static void take_weights(int64_t inputs, int64_t experts, int64_t width, const int32_t *w,
			 struct weights *taken)
{
	for (int64_t e = 0; e < EXPERTS; e++)
		for (int64_t i = 0; i < inputs; i++)
			taken->of[e][i] = e < width ? (double)w[i * experts + e] : 0.0;
}

/* What padic_logits needs of a call. */
struct product {
	const struct padic *padic;
	int64_t inputs, experts;
	const int32_t *x, *w, *b;
	float *logits;
};

/* Logits of rows [row, row + rows), rows <= STRIP, and experts [expert, expert + EXPERTS). */
static void strip_logits(const struct product *p, int64_t row, int64_t rows, int64_t expert)
{
	double sum[STRIP][EXPERTS];
	struct weights w;
	int64_t left = p->experts - expert, width = left < EXPERTS ? left : EXPERTS;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t e = 0; e < EXPERTS; e++)
			sum[r][e] = e < width ? (double)p->b[expert + e] * p->padic->scale : 0.0;
	for (int64_t at = 0; at < p->inputs; at += INPUTS) {
		int64_t inputs = p->inputs - at < INPUTS ? p->inputs - at : INPUTS, r = 0;
		const int32_t *x = p->x + row * p->inputs + at;
		take_weights(inputs, p->experts, width, p->w + at * p->experts + expert, &w);
		for (; r + ROWS <= rows; r += ROWS)
			add_products(inputs, x + r * p->inputs, p->inputs, &w, sum + r);
		for (; r < rows; r++) {
			double last[ROWS][EXPERTS] = {{0}};
			add_products(inputs, x + r * p->inputs, 0, &w, last);
			for (int e = 0; e < EXPERTS; e++)
				sum[r][e] += last[0][e];
		}
	}
	for (int64_t r = 0; r < rows; r++)
		for (int64_t e = 0; e < width; e++)
			p->logits[(row + r) * p->experts + expert + e] =
			    (float)(sum[r][e] / p->padic->scale_square);
}

void LEVEL_NAME(padic_logits)(const struct padic *padic, int64_t rows, int64_t inputs,
			      int64_t experts, const int32_t *x, const int32_t *w, const int32_t *b,
			      float *logits)
{
	const struct product product = {.padic = padic,
					.inputs = inputs,
					.experts = experts,
					.x = x,
					.w = w,
					.b = b,
					.logits = logits};
	if (!padic->exact_in_double) {
		padic_logits(padic, rows, inputs, experts, x, w, b, logits);
		return;
	}
	for (int64_t r = 0; r < rows; r += STRIP)
		for (int64_t e = 0; e < experts; e += EXPERTS)
			strip_logits(&product, r, rows - r < STRIP ? rows - r : STRIP, e);
}
