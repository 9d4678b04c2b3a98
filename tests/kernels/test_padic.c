/* SPDX-License-Identifier: Apache-2.0 */
/* The p-adic codec against brute force over every lattice point and against 128-bit integers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/padic.h"
#include "kernels/random.h"

static const struct padic_settings small_settings[] = {
    {2, 1, 0, 0.0},  {2, 6, 3, 0.1},  {2, 8, 4, 0.04},  {3, 4, 2, 0.04},
    {3, 5, 0, 0.3},  {5, 3, 2, 0.04}, {5, 4, 2, 0.2},   {7, 3, 1, 0.99},
    {13, 2, 1, 0.1}, {31, 1, 0, 0.5}, {31, 2, 1, 0.04}, {5, 4, 4, 0.0},
};
enum { SMALL = sizeof small_settings / sizeof *small_settings };

static struct padic opened(const struct padic_settings *settings, int64_t terms)
{
	struct padic padic;
	const char *why = padic_init(&padic, settings, terms);
	if (why)
		fail_msg("p %d digits %d scale %d: %s", settings->p, settings->digits,
			 settings->scale, why);
	return padic;
}

static const struct padic_settings defaults = {5, 6, 4, 0.04};

static int valuation(int64_t n, int p, int digits)
{
	int v = 0;
	if (n == 0)
		return digits;
	for (; n % p == 0; n /= p)
		v++;
	return v;
}

/* The definition, word by word, over all integers to a little beyond the lattice. */
static int64_t brute_encode(const struct padic *padic, float x, bool *saturated)
{
	const struct padic_settings *s = &padic->settings;
	int64_t half = padic->modulus_half, reach = 10 * half + 10, best = 0;
	double y = (double)x * padic->scale;
	int best_valuation = -1;
	*saturated = true;
	if (isnan(x))
		return 0;
	if (fabs(y) > 4.0 * (double)half + 4.0)
		return x > 0.0f ? half : -half;
	for (int64_t n = -reach; n <= reach; n++) {
		double far = fabs((double)n - y), near = fabs((double)best - y);
		int v = n == 0 ? 99 : valuation(n, s->p, s->digits);
		/* Powers above p^digits are no more divisible than the lattice can tell. */
		v = v > s->digits ? s->digits : v;
		if (!(far <= s->tolerance * fabs(y)))
			continue;
		if (v > best_valuation || (v == best_valuation && far < near) ||
		    (v == best_valuation && far == near && n % 2 == 0)) {
			best_valuation = v;
			best = n;
		}
	}
	if (best_valuation < 0)
		best = (int64_t)rint(y);
	*saturated = best > half || best < -half;
	return best > half ? half : best < -half ? -half : best;
}

static void test_lattice_round_trip(void **state)
{
	(void)state;
	for (int i = 0; i <= SMALL; i++) {
		struct padic_settings settings = i < SMALL ? small_settings[i] : defaults;
		settings.tolerance = 0.0;
		struct padic padic = opened(&settings, 96);
		struct padic_counts counts = {0};
		int64_t half = padic.modulus_half;
		assert_int_equal(half, (padic.power[settings.digits] - 1) / 2);
		for (int64_t n = -half; n <= half; n++) {
			float x = padic_decode(&padic, (int32_t)n);
			/* The decoded number is rounded; with p = 2 or p^F n small it is exact. */
			double y = (double)x * padic.scale;
			assert_int_equal(lrint(y), n);
			assert_int_equal(padic_encode(&padic, x, &counts), n);
		}
		assert_int_equal(counts.encoded, 2 * half + 1);
		assert_int_equal(counts.saturated, 0);
		assert_int_equal(counts.zeros, 1);
	}
}

static void check_one(const struct padic *padic, float x)
{
	struct padic_counts counts = {0};
	bool saturated;
	int64_t expected = brute_encode(padic, x, &saturated);
	int32_t n = padic_encode(padic, x, &counts);
	if (n != expected || counts.saturated != saturated)
		fail_msg(
		    "p %d digits %d scale %d tolerance %g: %a -> %d (%d), by definition %d (%d)",
		    padic->settings.p, padic->settings.digits, padic->settings.scale,
		    padic->settings.tolerance, (double)x, n, (int)counts.saturated, (int)expected,
		    saturated);
	assert_int_equal(counts.encoded, 1);
	assert_int_equal(counts.zeros, n == 0);
	if (n)
		assert_int_equal(counts.valuation[valuation(n, padic->settings.p, 99)], 1);
}

static void test_brute_force(void **state)
{
	(void)state;
	struct random_stream stream;
	random_open(&stream, 1, "test", "padic");
	for (int i = 0; i < SMALL; i++) {
		struct padic padic = opened(&small_settings[i], 96);
		double half = (double)padic.modulus_half + 1.0;
		for (int j = 0; j < 3000; j++) {
			double y = (2.0 * random_unit_double(&stream) - 1.0) * half * 5.0;
			if (j % 3 == 0)
				y = y * 0.02;
			if (j % 3 == 1)
				y = floor(y * 2.0) * 0.5; /* integers and halves: ties */
			check_one(&padic, (float)(y / padic.scale));
		}
	}
}

static void test_ties(void **state)
{
	(void)state;
	/* Scale 0 and tolerance 0: halves have no point within, the nearest is taken, ties to even.
	 */
	struct padic padic = opened(&(struct padic_settings){5, 4, 0, 0.0}, 1);
	static const float x[] = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 7.49f, -0.0f};
	static const int n[] = {0, 2, 2, 0, -2, -2, 7, 0};
	for (int i = 0; i < 8; i++)
		assert_int_equal(padic_encode(&padic, x[i], NULL), n[i]);
	/* 7.5 with points 5 and 10 within: both of valuation 1, equally far: the even one. */
	padic = opened(&(struct padic_settings){5, 4, 0, 0.34}, 1);
	assert_int_equal(padic_encode(&padic, 7.5f, NULL), 10);
	assert_int_equal(padic_encode(&padic, -7.5f, NULL), -10);
	assert_int_equal(padic_encode(&padic, 7.25f, NULL), 5);
	/* 25 has the higher valuation than the nearer 20. */
	padic = opened(&(struct padic_settings){5, 4, 0, 0.2}, 1);
	assert_int_equal(padic_encode(&padic, 21.0f, NULL), 25);
	assert_int_equal(padic_encode(&padic, 20.5f, NULL), 20);
}

static void test_ultrametric(void **state)
{
	(void)state;
	for (int i = 0; i < SMALL; i++) {
		struct padic padic = opened(&small_settings[i], 1);
		int32_t half = padic.modulus_half, step = half / 60 + 1;
		for (int32_t a = -half; a <= half; a += step)
			for (int32_t b = -half; b <= half; b++) {
				int va = padic_valuation(&padic, a),
				    vb = padic_valuation(&padic, b);
				int sum = padic_valuation(&padic, a + b);
				assert_true(sum >= (va < vb ? va : vb) || a + b == 0);
				assert_true(va == vb || a + b == 0 || sum == (va < vb ? va : vb));
				assert_int_equal(
				    va, valuation(a, padic.settings.p, padic.settings.digits));
			}
	}
}

static void test_saturation(void **state)
{
	(void)state;
	struct padic padic = opened(&defaults, 96);
	static const float wild[] = {INFINITY, -INFINITY, 3.4e38f, -3.4e38f, 13.0f, -13.0f, 50.1f};
	struct padic_counts counts = {0};
	assert_int_equal(padic.modulus_half, 7812);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		int32_t n = padic_encode(&padic, wild[i], &counts);
		assert_int_equal(n, wild[i] > 0.0f ? 7812 : -7812);
		assert_int_equal(counts.saturated, i + 1);
	}
	assert_int_equal(padic_encode(&padic, NAN, &counts), 0);
	assert_int_equal(counts.saturated, 8);
	assert_int_equal(counts.zeros, 1);
	assert_int_equal(counts.encoded, 8);
	assert_int_equal(padic_encode(&padic, 0x1p-149f, &counts), 0);
	assert_int_equal(counts.saturated, 8);
}

static void test_array_equals_single(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	static float x[COUNT];
	static int32_t n[COUNT], again[COUNT];
	struct random_stream stream;
	struct padic padic = opened(&defaults, 96);
	random_open(&stream, 1, "test", "memo");
	for (int i = 0; i < COUNT; i++) {
		uint32_t bits = (uint32_t)random_next(&stream);
		if (i % 3 == 0)
			memcpy(&x[i], &bits, sizeof x[i]); /* NaN, infinities, subnormals */
		else if (i % 3 == 1)
			x[i] = 30.0f * random_unit_float(&stream) - 15.0f;
		else
			x[i] = x[random_below(&stream, (uint64_t)i)]; /* met before */
	}
	struct padic_counts counts = {0}, expected = {0};
	padic_encode_array(&padic, COUNT, x, n, &counts);
	padic_encode_array(&padic, COUNT, x, again, NULL);
	assert_memory_equal(n, again, sizeof n);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(n[i], padic_encode(&padic, x[i], &expected));
	assert_memory_equal(&counts, &expected, sizeof counts);
}

/* Wider than any sum here: the compilers' 128-bit integer. */
__extension__ typedef __int128 wide;

static void check_logits(const struct padic_settings *settings, int64_t inputs, bool extreme)
{
	enum { ROWS = 3, EXPERTS = 11, INPUTS = 96 };
	static int32_t x[ROWS * INPUTS], w[INPUTS * EXPERTS], b[EXPERTS];
	static float logits[ROWS * EXPERTS];
	struct padic padic = opened(settings, inputs);
	struct random_stream stream;
	random_open(&stream, (uint64_t)inputs, "test", "logits");
	int64_t half = padic.modulus_half;
	uint64_t range = (uint64_t)(2 * half + 1);
	for (int64_t i = 0; i < ROWS * inputs; i++)
		x[i] = (int32_t)(extreme ? half : (int64_t)random_below(&stream, range) - half);
	for (int64_t i = 0; i < inputs * EXPERTS; i++)
		w[i] = (int32_t)(extreme ? -half : (int64_t)random_below(&stream, range) - half);
	for (int64_t e = 0; e < EXPERTS; e++)
		b[e] = (int32_t)(extreme ? -half : (int64_t)random_below(&stream, range) - half);
	padic_logits(&padic, ROWS, inputs, EXPERTS, x, w, b, logits);
	for (int64_t r = 0; r < ROWS; r++)
		for (int64_t e = 0; e < EXPERTS; e++) {
			wide sum = (wide)b[e] * padic.power[settings->scale];
			for (int64_t i = 0; i < inputs; i++)
				sum += (wide)x[r * inputs + i] * w[i * EXPERTS + e];
			assert_true(sum <= INT64_MAX && sum >= INT64_MIN);
			float expected = (float)((double)(int64_t)sum / padic.scale_square);
			assert_memory_equal(&logits[r * EXPERTS + e], &expected, sizeof expected);
		}
}

static void test_logits(void **state)
{
	(void)state;
	for (int i = 0; i < SMALL; i++)
		check_logits(&small_settings[i], 1 + 7 * i, false);
	for (int extreme = 0; extreme < 2; extreme++) {
		check_logits(&defaults, 96, extreme);
		check_logits(&defaults, 0, extreme);
		/* As large as padic_init lets through. */
		check_logits(&(struct padic_settings){2, 28, 24, 0.0}, 96, extreme);
		check_logits(&(struct padic_settings){3, 19, 15, 0.0}, 4, extreme);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const struct padic_settings bad[] = {
	    {1, 6, 4, 0.04},  {4, 6, 4, 0.04},   {37, 2, 1, 0.04}, {-5, 6, 4, 0.04},
	    {5, 0, 0, 0.04},  {5, 31, 4, 0.04},  {5, 14, 4, 0.04}, {5, 6, 7, 0.04},
	    {5, 6, -1, 0.04}, {5, 6, 4, -0.01},  {5, 6, 4, 1.0},   {5, 6, 4, NAN},
	    {2, 30, 25, 0},   {2, 30, 10, 0.04},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct padic padic, untouched;
		memset(&padic, 7, sizeof padic);
		untouched = padic;
		const char *why = padic_init(&padic, &bad[i], 96);
		assert_non_null(why);
		assert_memory_equal(&padic, &untouched, sizeof padic);
	}
	struct padic padic;
	assert_null(padic_init(&padic, &(struct padic_settings){2, 30, 10, 0.0}, 8));
	assert_null(padic_init(&padic, &defaults, INT64_C(1) << 30));
	assert_non_null(padic_init(&padic, &defaults, INT64_MAX / 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lattice_round_trip),
	    cmocka_unit_test(test_brute_force),
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_ultrametric),
	    cmocka_unit_test(test_saturation),
	    cmocka_unit_test(test_array_equals_single),
	    cmocka_unit_test(test_logits),
	    cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
