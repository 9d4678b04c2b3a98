/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/padic.h"

#include <math.h> /* floor, ceil, rint, fabs: exact IEEE operations */
#include <stddef.h>
#include <string.h> /* memcpy, memset */

const struct padic_settings padic_default = {.p = 5, .digits = 6, .scale = 4, .tolerance = 0.04};

static int is_prime(int p)
{
	for (int d = 2; d * d <= p; d++)
		if (p % d == 0)
			return 0;
	return p >= 2;
}

const char *padic_init(struct padic *padic, const struct padic_settings *settings, int64_t terms)
{
	const struct padic_settings *s = settings;
	if (s->p < 2 || s->p > 31 || !is_prime(s->p))
		return "p must be a prime from 2 to 31";
	if (s->digits < 1 || s->digits > 30)
		return "digits must be from 1 to 30";
	if (s->scale < 0 || s->scale > s->digits)
		return "scale must be from 0 to digits";
	if (!(s->tolerance >= 0.0 && s->tolerance < 1.0))
		return "tolerance must be at least 0 and below 1";
	struct padic made = {.settings = *s};
	made.power[0] = 1;
	for (int i = 1; i <= s->digits; i++) {
		made.power[i] = made.power[i - 1] * s->p;
		if (made.power[i] >= INT64_C(1) << 31)
			return "p^digits must stay below 2^31";
	}
	if (made.power[s->scale] > INT64_C(1) << 24)
		return "p^scale must be at most 2^24";
	made.modulus_half = (int32_t)((made.power[s->digits] - 1) / 2);
	/* The bias joins the sum scaled by p^F <= p^N, one more product at most four times as
	 * large. */
	int64_t square = (int64_t)made.modulus_half * made.modulus_half;
	if (square > 0 && terms + 4 > (INT64_C(1) << 62) / square)
		return "p^(2 digits) times the number of inputs must stay below 2^62";
	made.scale = (double)made.power[s->scale];
	made.scale_square = made.scale * made.scale;
	/* |x|, |w|, |b| <= M: a sum, and any part of it in any order, is an integer of at most
	 * terms M^2 + M p^F.  Up to 2^53 binary64 holds all integers, so no addition rounds, nor
	 * does a product, fused or not. */
	int64_t room = (INT64_C(1) << 53) - made.modulus_half * made.power[s->scale];
	made.exact_in_double = square == 0 || terms <= room / square;
	*padic = made;
	return NULL;
}

int padic_valuation(const struct padic *padic, int32_t n)
{
	if (n == 0)
		return padic->settings.digits;
	int v = 0;
	while (n % padic->settings.p == 0) {
		n /= padic->settings.p;
		v++;
	}
	return v;
}

/* The multiple of q nearest to y within [low, high]; ties to the even multiple of one. */
static int nearest_multiple(double y, double q, double low, double high, double *multiple)
{
	double below = floor(y / q) * q;
	double above = below + q;
	int has_below = below >= low && below <= high;
	int has_above = above >= low && above <= high;
	if (!has_below && !has_above)
		return 0;
	if (has_below && has_above) {
		double down = y - below, up = above - y;
		/* Halving an integer is exact in binary64; an even one stays an integer. */
		int below_even = floor(below * 0.5) == below * 0.5;
		*multiple = down < up || (down == up && below_even) ? below : above;
	} else {
		*multiple = has_below ? below : above;
	}
	return 1;
}

static double nearest_lattice_point(const struct padic *padic, double y)
{
	double slack = padic->settings.tolerance * fabs(y);
	double low = ceil(y - slack), high = floor(y + slack), found;
	/* 0 is within relative tolerance of nothing but itself, so powers beyond the range hold
	 * none. */
	double reach = fmax(-low, high);
	int start = padic->settings.digits;
	while (start > 0 && (double)padic->power[start] > reach)
		start--;
	if (low <= high)
		for (int v = start; v >= 0; v--)
			if (nearest_multiple(y, (double)padic->power[v], low, high, &found))
				return found;
	return rint(y);
}

int32_t padic_encode(const struct padic *padic, float x, struct padic_counts *counts)
{
	double half = (double)padic->modulus_half;
	int saturated = 0;
	double n = 0.0;
	if (x != x) {
		saturated = 1;
	} else {
		double y = (double)x * padic->scale;
		/* Far outside, the search would overflow; and its answer is known. */
		n = fabs(y) > 4.0 * half + 4.0 ? y : nearest_lattice_point(padic, y);
		if (n > half || n < -half) {
			n = n > 0.0 ? half : -half;
			saturated = 1;
		}
	}
	int32_t residue = (int32_t)n;
	if (counts) {
		counts->encoded++;
		counts->saturated += (uint64_t)saturated;
		if (residue == 0)
			counts->zeros++;
		else
			counts->valuation[padic_valuation(padic, residue)]++;
	}
	return residue;
}

float padic_decode(const struct padic *padic, int32_t n)
{
	return (float)((double)n / padic->scale);
}

void padic_encode_array(const struct padic *padic, int64_t n, const float *x, int32_t *codes)
{
	for (int64_t i = 0; i < n; i++)
		codes[i] = padic_encode(padic, x[i], NULL);
}

void padic_decode_array(const struct padic *padic, int64_t n, const int32_t *codes, float *x)
{
	for (int64_t i = 0; i < n; i++)
		x[i] = padic_decode(padic, codes[i]);
}

/* Codes repeat: remembering the last one seen in each of 2048 places spares most divisions.  The
 * memo lives for one call, so that no state is shared. */
enum { MEMO_BITS = 11, MEMO = 1 << MEMO_BITS };

struct memo {
	int32_t code;
	int32_t valuation; /* of code, which is not 0; code 0: nothing is here */
};

static int remembered_valuation(const struct padic *padic, struct memo *memo, int32_t code)
{
	struct memo *place = &memo[((uint32_t)code * 2654435769u) >> (32 - MEMO_BITS)];
	if (place->code != code)
		*place = (struct memo){code, padic_valuation(padic, code)};
	return place->valuation;
}

void padic_count(const struct padic *padic, int64_t n, const float *x, const int32_t *codes,
		 struct padic_counts *counts)
{
	struct memo memo[MEMO];
	memset(memo, 0, sizeof memo);
	counts->encoded += (uint64_t)n;
	for (int64_t i = 0; i < n; i++) {
		struct padic_counts one = {0};
		if (codes[i] == 0)
			counts->zeros++;
		else
			counts->valuation[remembered_valuation(padic, memo, codes[i])]++;
		/* The ends of the range are reached with and without saturation. */
		if (x[i] != x[i] || codes[i] == padic->modulus_half ||
		    codes[i] == -padic->modulus_half) {
			padic_encode(padic, x[i], &one);
			counts->saturated += one.saturated;
		}
	}
}

enum { LOGITS_CHUNK = 8 }; /* experts whose sums are kept in registers at once */

void padic_logits(const struct padic *padic, int64_t rows, int64_t inputs, int64_t experts,
		  const int32_t *x, const int32_t *w, const int32_t *b, float *logits)
{
	int64_t scale = padic->power[padic->settings.scale];
	for (int64_t r = 0; r < rows; r++)
		for (int64_t e0 = 0; e0 < experts; e0 += LOGITS_CHUNK) {
			int64_t sum[LOGITS_CHUNK];
			int64_t width = experts - e0 < LOGITS_CHUNK ? experts - e0 : LOGITS_CHUNK;
			for (int64_t e = 0; e < width; e++)
				sum[e] = (int64_t)b[e0 + e] * scale;
			for (int64_t i = 0; i < inputs; i++) {
				int64_t xi = x[r * inputs + i];
				if (xi == 0)
					continue;
				for (int64_t e = 0; e < width; e++)
					sum[e] += xi * w[i * experts + e0 + e];
			}
			for (int64_t e = 0; e < width; e++)
				logits[r * experts + e0 + e] =
				    (float)((double)sum[e] / padic->scale_square);
		}
}
