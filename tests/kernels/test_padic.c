/* SPDX-License-Identifier: Apache-2.0 */
/* The p-adic codec against brute force over every lattice point and against 128-bit integers, on
 * every level. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/cpu.h"
#include "kernels/kernels.h"
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

/* The oracle, then every level this CPU has, then NULL. */
static const struct kernel_table *table_at(int i)
{
	struct cpu cpu;
	if (i == 0)
		return &kernel_table_oracle;
	cpu_detect(&cpu);
	for (int level = 0; kernel_tables[level]; level++)
		if (cpu_has(&cpu, kernel_tables[level]->needs) && --i == 0)
			return kernel_tables[level];
	return NULL;
}

enum { COUNT = 20001 }; /* no multiple of any vector */

/* NaN, infinities and subnormals; numbers of the lattice's range and beyond; ties; all of them at
 * times met before. */
static void fill_wild(const struct padic *padic, float *x)
{
	struct random_stream stream;
	random_open(&stream, 1, "test", "memo");
	for (int i = 0; i < COUNT; i++) {
		uint32_t bits = (uint32_t)random_next(&stream);
		double y = (2.0 * random_unit_double(&stream) - 1.0) * 4.2 * padic->modulus_half;
		if (i % 4 == 0)
			memcpy(&x[i], &bits, sizeof x[i]);
		else if (i % 4 == 1)
			x[i] = (float)(y / padic->scale);
		else if (i % 4 == 2)
			x[i] = (float)(floor(y * 0.1) * 0.5 / padic->scale);
		else
			x[i] = x[random_below(&stream, (uint64_t)i)];
	}
}

static const struct padic_settings large_settings[] = {
    {5, 6, 4, 0.04},    {5, 13, 10, 0.04}, {2, 30, 24, 0.3}, {2, 1, 0, 0.5},
    {3, 19, 15, 0.999}, {7, 10, 0, 0.0},   {31, 6, 4, 0.01}, {5, 5, 3, 0x1.fffffffffffffp-1},
};
enum { LARGE = sizeof large_settings / sizeof *large_settings };

static void test_array_equals_single(void **state)
{
	static float x[COUNT];
	static int32_t expected[COUNT], codes[COUNT];
	(void)state;
	for (int i = 0; i < SMALL + LARGE; i++) {
		struct padic padic =
		    opened(i < SMALL ? &small_settings[i] : &large_settings[i - SMALL], 1);
		struct padic_counts one_by_one = {0}, counts = {0};
		fill_wild(&padic, x);
		for (int j = 0; j < COUNT; j++)
			expected[j] = padic_encode(&padic, x[j], &one_by_one);
		const struct kernel_table *table;
		for (int t = 0; (table = table_at(t)); t++)
			for (int64_t n = 0; n <= COUNT; n = n < 70 ? n + 1 : n * 2 + 3) {
				codes[n % COUNT] = 77;
				table->padic_encode(&padic, n, x, codes);
				for (int j = 0; j < n; j++)
					if (codes[j] != expected[j])
						fail_msg("%s, p %d: %a -> %d, not %d", table->level,
							 padic.settings.p, (double)x[j], codes[j],
							 expected[j]);
				assert_true(n == COUNT || codes[n] == 77);
			}
		/* In two parts: they add. */
		padic_count(&padic, 7, x, expected, &counts);
		padic_count(&padic, COUNT - 7, x + 7, expected + 7, &counts);
		assert_memory_equal(&counts, &one_by_one, sizeof counts);
	}
}

/* Codes of the whole range, some 20000 of them, its ends among them. */
static void test_decode_array(void **state)
{
	/* Below and above where one multiplication is enough. */
	static const struct padic_settings edges[] = {
	    {2, 25, 3, 0},  {2, 26, 24, 0}, {3, 15, 15, 0}, {3, 16, 15, 0},
	    {7, 8, 7, 0.0}, {5, 13, 10, 0}, {13, 6, 6, 0},  {31, 6, 4, 0},
	};
	static int32_t codes[COUNT];
	static float x[COUNT];
	(void)state;
	for (size_t i = 0; i < SMALL + sizeof edges / sizeof *edges; i++) {
		struct padic padic = opened(i < SMALL ? &small_settings[i] : &edges[i - SMALL], 1);
		int64_t half = padic.modulus_half, last = COUNT - 1;
		for (int64_t j = 0; j <= last; j++)
			codes[j] = (int32_t)(2 * half * j / last - half);
		const struct kernel_table *table;
		for (int t = 0; (table = table_at(t)); t++) {
			table->padic_decode(&padic, COUNT, codes, x);
			for (int j = 0; j < COUNT; j++) {
				float expected = (float)((double)codes[j] / padic.scale);
				assert_memory_equal(&x[j], &expected, sizeof expected);
			}
		}
	}
}

/* Codes at random; all as large as can be, so that products add up; the same with products that
 * cancel, so that what a large sum lost is all that is left. */
enum pattern { RANDOM, LARGEST, CANCELLING, PATTERNS };
enum { MOST_ROWS = 67, MOST_EXPERTS = 11, MOST_INPUTS = 33000 };

static int32_t draw_code(struct random_stream *stream, int32_t half)
{
	return (int32_t)random_below(stream, (uint64_t)half * 2 + 1) - half;
}

static void check_logits(const struct padic_settings *settings, int64_t rows, int64_t inputs,
			 int64_t experts, enum pattern pattern)
{
	static int32_t x[MOST_INPUTS * 3], w[MOST_INPUTS * 3], b[MOST_EXPERTS];
	static float logits[MOST_ROWS * MOST_EXPERTS];
	struct padic padic = opened(settings, inputs);
	struct random_stream stream;
	const struct kernel_table *table;
	int32_t half = padic.modulus_half;
	random_open(&stream, (uint64_t)inputs, "test", "logits");
	assert_true(rows * inputs <= MOST_INPUTS * 3 && inputs * experts <= MOST_INPUTS * 3);
	for (int64_t i = 0; i < rows * inputs; i++)
		x[i] = pattern == RANDOM ? draw_code(&stream, half) : half;
	for (int64_t i = 0; i < inputs * experts; i++)
		w[i] = pattern == RANDOM ? draw_code(&stream, half)
		       : pattern == CANCELLING && i / experts >= inputs / 2 ? -half
									    : half;
	for (int64_t e = 0; e < experts; e++)
		b[e] = pattern == RANDOM       ? draw_code(&stream, half)
		       : pattern == CANCELLING ? 1
					       : half;
	for (int t = 0; (table = table_at(t)); t++) {
		table->padic_logits(&padic, rows, inputs, experts, x, w, b, logits);
		for (int64_t r = 0; r < rows; r++)
			for (int64_t e = 0; e < experts; e++) {
				int64_t sum = b[e] * padic.power[settings->scale];
				for (int64_t i = 0; i < inputs; i++)
					assert_false(__builtin_add_overflow(
					    sum, (int64_t)x[r * inputs + i] * w[i * experts + e],
					    &sum));
				float expected = (float)((double)sum / padic.scale_square);
				if (memcmp(&logits[r * experts + e], &expected, sizeof expected))
					fail_msg("%s, p %d, digits %d, %lld inputs: %a, not %a",
						 table->level, settings->p, settings->digits,
						 (long long)inputs, (double)logits[r * experts + e],
						 (double)expected);
			}
	}
}

static void test_logits(void **state)
{
	(void)state;
	for (int i = 0; i < SMALL; i++)
		check_logits(&small_settings[i], 3, 1 + 7 * i, 11, RANDOM);
	/* Shapes around those of registers, strips and blocks. */
	for (int64_t rows = 0; rows <= MOST_ROWS;
	     rows = rows < 3 ? rows + 1 : rows * 2 - 1 + rows % 2)
		for (int64_t experts = 1; experts <= MOST_EXPERTS; experts++)
			for (int64_t inputs = 0; inputs < 40; inputs += 3)
				check_logits(&defaults, rows, inputs, experts, RANDOM);
	for (int64_t inputs = 510; inputs < 1030; inputs += inputs == 514 ? 507 : 1)
		check_logits(&defaults, 65, inputs, 5, RANDOM);
	for (int pattern = 0; pattern < PATTERNS; pattern++) {
		check_logits(&defaults, 3, 96, 11, (enum pattern)pattern);
		check_logits(&defaults, 3, 0, 11, (enum pattern)pattern);
		/* As large as padic_init lets through. */
		check_logits(&(struct padic_settings){2, 28, 24, 0.0}, 3, 96, 11,
			     (enum pattern)pattern);
		check_logits(&(struct padic_settings){3, 19, 15, 0.0}, 3, 4, 11,
			     (enum pattern)pattern);
	}
}

/* Up to the last sum that cannot pass 2^53 logits are binary64 sums, from the next on int64 sums.
 */
static void test_exact_bound(void **state)
{
	static const struct padic_settings settings[] = {
	    {2, 20, 19, 0}, {2, 26, 0, 0},  {2, 26, 24, 0}, {2, 27, 0, 0}, {2, 27, 24, 0},
	    {3, 16, 0, 0},  {3, 16, 15, 0}, {5, 11, 0, 0},  {7, 8, 7, 0},  {13, 6, 6, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		struct padic padic = opened(&settings[i], 1);
		int64_t half = padic.modulus_half, bias = half * padic.power[settings[i].scale];
		int64_t most = 0;
		while ((most + 1) * half * half + bias <= INT64_C(1) << 53)
			most++;
		assert_true(most > 0 && most + 1 < MOST_INPUTS);
		assert_true(opened(&settings[i], most).exact_in_double);
		assert_false(opened(&settings[i], most + 1).exact_in_double);
		for (int pattern = 0; pattern < PATTERNS; pattern++) {
			check_logits(&settings[i], 3, most, 3, (enum pattern)pattern);
			check_logits(&settings[i], 3, most + 1, 3, (enum pattern)pattern);
			check_logits(&settings[i], 3, most + 4, 3, (enum pattern)pattern);
		}
	}
	/* A lattice of 0 alone; the default codec, far beyond any number of inputs. */
	assert_true(opened(&(struct padic_settings){2, 1, 1, 0}, INT64_MAX).exact_in_double);
	assert_true(opened(&defaults, INT64_C(1) << 27).exact_in_double);
	assert_false(opened(&defaults, INT64_C(1) << 28).exact_in_double);
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
	    cmocka_unit_test(test_decode_array),
	    cmocka_unit_test(test_logits),
	    cmocka_unit_test(test_exact_bound),
	    cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
