/* SPDX-License-Identifier: Apache-2.0 */
/* fma without an instruction: next to one that has it, and by a digest where nothing has. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/elementary.h"

enum { CASES = 400000 };

static uint64_t next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* Any bits; numbers of like size; sums that nearly cancel; products that end in a tie of binary32,
 * which the addend, far below, decides; results around the subnormal numbers. */
static void make_case(int64_t index, uint64_t *state, float x[3])
{
	uint64_t low = next(state), high = next(state);
	for (int i = 0; i < 3; i++)
		x[i] = elementary_float((uint32_t)(i < 2 ? low >> 32 * i : high));
	if (index % 5 == 0)
		return;
	for (int i = 0; i < 3; i++) {
		uint32_t exponent = 117 + (uint32_t)(high >> (32 + 5 * i) & 15);
		x[i] = elementary_float((elementary_bits(x[i]) & 0x807fffffu) | exponent << 23);
	}
	if (index % 5 == 2)
		x[2] = -(x[0] * x[1]) * ((high >> 60) & 1 ? 1.0f : 1.0f + FLT_EPSILON);
	if (index % 5 == 3) {
		x[0] = 1.0f + (float)(low & 0x7ff) * 0x1p-11f;
		x[1] = 1.0f + (float)(low >> 16 & 0xfff) * 0x1p-12f;
		x[2] = copysignf((high >> 48) & 3 ? 0x1p-80f : 0.0f, x[2]);
	}
	if (index % 5 == 4) {
		x[0] *= 0x1p-70f;
		x[1] *= 0x1p-66f;
		x[2] *= 0x1p-135f;
	}
}

typedef float fma_function(float a, float b, float c);

static void check_cases(fma_function *fma)
{
	uint64_t state = 7, digest = 0xcbf29ce484222325u;
	for (int64_t i = 0; i < CASES; i++) {
		float x[3];
		make_case(i, &state, x);
		float found = fma(x[0], x[1], x[2]);
		float expected = contract_fma(x[0], x[1], x[2]);
		uint32_t bits = found == found ? elementary_bits(found) : 0x7fc00000u;
		uint32_t want = expected == expected ? elementary_bits(expected) : 0x7fc00000u;
		if (bits != want)
			fail_msg("case %lld: fma(%a, %a, %a) is %a, expected %a", (long long)i,
				 (double)x[0], (double)x[1], (double)x[2], (double)found,
				 (double)expected);
		for (int byte = 0; byte < 4; byte++)
			digest = (digest ^ (bits >> 8 * byte & 0xff)) * 0x100000001b3u;
	}
	/* As the instruction of x86-64 has it. */
	if (digest != 0x8b84c145937b4590u)
		fail_msg("digest 0x%016llx", (unsigned long long)digest);
}

static void check_special(fma_function *fma)
{
	const float inf = INFINITY;
	assert_true(fma(inf, 1.0f, -FLT_MAX) == inf);
	assert_true(fma(FLT_MAX, FLT_MAX, 0.0f) == inf);
	assert_true(fma(FLT_MAX, -FLT_MAX, FLT_MAX) == -inf);
	assert_true(fma(1.0f, 1.0f, -inf) == -inf);
	float none[] = {fma(inf, 0.0f, 1.0f), fma(inf, 1.0f, -inf), fma(NAN, 1.0f, 1.0f)};
	for (int i = 0; i < 3; i++)
		assert_true(none[i] != none[i]);
	assert_int_equal(elementary_bits(fma(-0.0f, 1.0f, -0.0f)), 0x80000000u);
	assert_int_equal(elementary_bits(fma(-1.0f, 1.0f, 1.0f)), 0);
	assert_int_equal(elementary_bits(fma(-0.0f, 1.0f, 0.0f)), 0);
	assert_true(fma(FLT_MAX, FLT_MAX, -inf) == -inf);
	assert_true(fma(0.0f, 2.0f, 0x1p-149f) == 0x1p-149f);
	assert_true(fma(0x1p-149f, 0x1p-149f, 0x1p-149f) == 0x1p-149f);
	assert_true(fma(0x1p-149f, 0x1p127f, 0x1p-149f) == 0x1p-22f);
	assert_true(fma(0x1p-75f, 0x1p-75f, 0.0f) == 0.0f);
	assert_true(fma(0x1.000002p-75f, 0x1p-75f, 0.0f) == 0x1p-149f);
	assert_true(fma(0x1.fffffep127f, 1.0f, 0x1p102f) == FLT_MAX);
	assert_true(fma(0x1.fffffep127f, 1.0f, 0x1p103f) == inf);
	assert_int_equal(elementary_bits(fma(-0x1p-100f, 0x1p-80f, 0.0f)), 0x80000000u);
}

static void test_by_doubles(void **unused)
{
	(void)unused;
	check_cases(fma_by_doubles);
	check_special(fma_by_doubles);
}

static void test_by_integers(void **unused)
{
	(void)unused;
	check_cases(fma_by_integers);
	check_special(fma_by_integers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_doubles),
					   cmocka_unit_test(test_by_integers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
