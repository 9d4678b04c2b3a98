/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of random numbers: pinned values, independence of seed, purpose and name, ranges. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/random.h"

/* Every weight and every data order depends on these: they must never change. */
static const struct {
	uint64_t seed;
	const char *purpose, *name;
	uint64_t first[4];
} pinned[] = {
    {0,
     "",
     "",
     {UINT64_C(0x853cc2dd58c1b375), UINT64_C(0x5dd1a77030cae353), UINT64_C(0xaf8728a06f4ce5ff),
      UINT64_C(0xb3db847b8ee31814)}},
    {1,
     "init",
     "router.weight",
     {UINT64_C(0x92ec3196a5168139), UINT64_C(0xc597cb618c4e40c0), UINT64_C(0x459477bb23d0ff4a),
      UINT64_C(0xe9f44e2e57f15cba)}},
    {42,
     "order",
     "epoch 3",
     {UINT64_C(0xbae8a87eb397a410), UINT64_C(0x2e5ea870901262e8), UINT64_C(0xed4b49dba1136653),
      UINT64_C(0xd8c8625b0ee0dbf4)}},
    {UINT64_MAX,
     "init",
     "experts.3.6.bias",
     {UINT64_C(0xb8bfec7c99bba21b), UINT64_C(0xf85856bbdf984693), UINT64_C(0x43729565b8c0eb2d),
      UINT64_C(0x371486cbabc81a74)}},
};
enum { PINNED_COUNT = sizeof pinned / sizeof *pinned };

static void test_pinned(void **state)
{
	(void)state;
	for (int i = 0; i < PINNED_COUNT; i++) {
		struct random_stream stream;
		random_open(&stream, pinned[i].seed, pinned[i].purpose, pinned[i].name);
		for (int j = 0; j < 4; j++) {
			uint64_t value = random_next(&stream);
			if (value != pinned[i].first[j])
				fail_msg("(%" PRIu64 ", %s, %s) value %d: 0x%016" PRIx64,
					 pinned[i].seed, pinned[i].purpose, pinned[i].name, j,
					 value);
		}
	}
}

/* Modulo 2^128, by halves: compilers for 32 bits have no such integer. */
struct wide {
	uint64_t high, low;
};

static struct wide plus(struct wide a, struct wide b)
{
	const uint64_t low = a.low + b.low;
	return (struct wide){a.high + b.high + (low < a.low), low};
}

static struct wide times(struct wide a, struct wide b)
{
	const uint64_t a0 = a.low & UINT32_MAX, a1 = a.low >> 32;
	const uint64_t b0 = b.low & UINT32_MAX, b1 = b.low >> 32;
	const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
	const uint64_t other = a0 * b1 + (middle & UINT32_MAX);
	return (struct wide){a1 * b1 + (middle >> 32) + (other >> 32) + a.high * b.low +
				 a.low * b.high,
			     a.low * b.low};
}

/* The generator by its definition: PCG setseq 128, XSL-RR output of the advanced state. */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t stream_word(uint64_t seed, const char *purpose, const char *name, unsigned j)
{
	unsigned char bytes[128];
	size_t size = 0;
	for (int i = 0; i < 8; i++)
		bytes[size++] = (unsigned char)(seed >> 8 * i & 0xff);
	memcpy(bytes + size, purpose, strlen(purpose) + 1);
	size += strlen(purpose) + 1;
	memcpy(bytes + size, name, strlen(name) + 1);
	size += strlen(name) + 1;
	bytes[size++] = (unsigned char)j;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return mix(hash);
}

static void test_definition(void **state)
{
	(void)state;
	const struct wide multiplier = {UINT64_C(2549297995355413924),
					UINT64_C(4865540595714422341)};
	for (uint64_t seed = 0; seed < 50; seed++) {
		uint64_t h[4];
		for (unsigned j = 0; j < 4; j++)
			h[j] = stream_word(seed * seed * seed, "init", "router.weight", j);
		const struct wide increment = {h[2] << 1 | h[3] >> 63, h[3] << 1 | 1};
		struct wide position = plus((struct wide){h[0], h[1]}, increment);
		position = plus(times(position, multiplier), increment);
		struct random_stream stream;
		random_open(&stream, seed * seed * seed, "init", "router.weight");
		for (int i = 0; i < 20; i++) {
			position = plus(times(position, multiplier), increment);
			uint64_t x = position.high ^ position.low;
			unsigned turn = (unsigned)(position.high >> 58);
			uint64_t expected = x >> turn | x << (64 - turn) % 64;
			assert_true(random_next(&stream) == expected);
		}
	}
}

static uint64_t first_of(uint64_t seed, const char *purpose, const char *name)
{
	struct random_stream stream;
	random_open(&stream, seed, purpose, name);
	return random_next(&stream);
}

static void test_streams_differ(void **state)
{
	(void)state;
	static const char *const words[] = {"", "a", "b", "ab", "init", "order", "router.weight"};
	enum { WORDS = 7, SEEDS = 6, COUNT = WORDS * WORDS * SEEDS };
	static const uint64_t seeds[SEEDS] = {0, 1, 2, 256, UINT64_C(1) << 32, UINT64_MAX};
	uint64_t value[COUNT];
	int count = 0;
	for (int s = 0; s < SEEDS; s++)
		for (int p = 0; p < WORDS; p++)
			for (int n = 0; n < WORDS; n++)
				value[count++] = first_of(seeds[s], words[p], words[n]);
	for (int i = 0; i < COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_true(value[i] != value[j]);
	assert_true(first_of(7, "init", "x") == first_of(7, "init", "x"));
}

static int compare_items(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return a < b ? -1 : a > b;
}

static void test_shuffle(void **state)
{
	(void)state;
	int64_t items[1000], fixed = 0;
	struct random_stream stream;
	random_open(&stream, 1, "test", "shuffle");
	for (int64_t n = 0; n <= 1000; n += n < 10 ? 1 : 99) {
		for (int64_t i = 0; i < n; i++)
			items[i] = i;
		random_shuffle(&stream, items, n);
		for (int64_t i = 0; i < n; i++)
			fixed += items[i] == i && n > 10;
		qsort(items, (size_t)n, sizeof *items, compare_items);
		for (int64_t i = 0; i < n; i++)
			assert_int_equal(items[i], i);
	}
	assert_true(fixed < 40); /* one expected in each of ten */
}

/* The six orders of three items, 60,000 shuffles: chi squared of 5 degrees below its 1e-6 quantile.
 */
static void test_shuffle_uniform(void **state)
{
	(void)state;
	int count[27] = {0};
	double chi = 0.0;
	struct random_stream stream;
	random_open(&stream, 1, "test", "orders");
	for (int i = 0; i < 60000; i++) {
		int64_t items[3] = {0, 1, 2};
		random_shuffle(&stream, items, 3);
		count[items[0] * 9 + items[1] * 3 + items[2]]++;
	}
	for (int i = 0; i < 27; i++)
		if (count[i])
			chi += (count[i] - 10000.0) * (count[i] - 10000.0) / 10000.0;
	assert_true(chi < 35.9);
}

static void test_below(void **state)
{
	(void)state;
	/* A bound of 3/4 of 2^64: without rejection a third would fall twice as often as the rest.
	 */
	const uint64_t large = UINT64_C(3) << 62, third = UINT64_C(1) << 62;
	int count[3] = {0}, small[7] = {0};
	struct random_stream stream;
	random_open(&stream, 1, "test", "below");
	for (int i = 0; i < 30000; i++) {
		uint64_t value = random_below(&stream, large);
		assert_true(value < large);
		count[value / third]++;
	}
	for (int i = 0; i < 3; i++)
		assert_in_range(count[i], 9600, 10400); /* 5 standard deviations */
	for (int i = 0; i < 70000; i++)
		small[random_below(&stream, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(small[i], 9530, 10470);
	for (int i = 0; i < 100; i++)
		assert_true(random_below(&stream, 1) == 0);
}

static void test_units(void **state)
{
	(void)state;
	struct random_stream stream, copy;
	double sum = 0.0;
	random_open(&stream, 1, "test", "unit");
	for (int i = 0; i < 100000; i++) {
		copy = stream;
		uint64_t bits = random_next(&copy);
		float u = random_unit_float(&stream);
		assert_true(u >= 0.0f && u < 1.0f && u * 0x1p24f == (float)(bits >> 40));
		copy = stream;
		bits = random_next(&copy);
		double v = random_unit_double(&stream);
		assert_true(v >= 0.0 && v < 1.0 && v * 0x1p53 == (double)(bits >> 11));
		sum += (double)u + v;
	}
	assert_true(sum > 200000.0 * 0.496 && sum < 200000.0 * 0.504);
}

/* As many values left out as were asked for, more than 32 bits of them among others. */
static void test_skip(void **state)
{
	static const uint64_t counts[] = {0, 1, 2, 7, 1000, 65537};
	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct random_stream skipped, drawn;
		random_open(&skipped, 3, "test", "skip");
		drawn = skipped;
		for (uint64_t j = 0; j < counts[i]; j++)
			random_next(&drawn);
		random_skip(&skipped, counts[i]);
		assert_memory_equal(&skipped, &drawn, sizeof drawn);
	}
	struct random_stream once, twice;
	random_open(&once, 3, "test", "skip");
	twice = once;
	random_skip(&once, UINT64_C(5) << 40);
	random_skip(&twice, UINT64_C(3) << 40);
	assert_memory_not_equal(&once, &twice, sizeof once);
	random_skip(&twice, UINT64_C(1) << 41);
	assert_memory_equal(&once, &twice, sizeof once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pinned),          cmocka_unit_test(test_definition),
	    cmocka_unit_test(test_streams_differ),  cmocka_unit_test(test_shuffle),
	    cmocka_unit_test(test_shuffle_uniform), cmocka_unit_test(test_below),
	    cmocka_unit_test(test_units),           cmocka_unit_test(test_skip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
