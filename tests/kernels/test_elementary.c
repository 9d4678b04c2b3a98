/* SPDX-License-Identifier: Apache-2.0 */
/* The elementary functions against libm in binary64, and their special cases bit by bit. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kernels/elementary.h"
#include "kernels/random.h"

enum { SAMPLE = 1 << 20 };

struct function {
	const char *name;
	float (*fast)(float);
	double (*exact)(double);
	float low, high; /* where half of the sample lies */
	double worst;    /* ulp, allowed */
};

static double exact_sigmoid(double x)
{
	return 1.0 / (1.0 + exp(-x));
}

static double exact_softplus(double x)
{
	return fmax(x, 0.0) + log1p(exp(-fabs(x)));
}

/* Distance in units in the last place of binary32 at `exact`. */
static double ulps(float y, double exact)
{
	if ((double)y == exact || (isnan(y) && isnan(exact)) || (isinf(y) && y == (float)exact))
		return 0.0;
	int exponent;
	frexp(exact, &exponent);
	return fabs((double)y - exact) / ldexp(1.0, exponent < -125 ? -149 : exponent - 24);
}

static void measure(const struct function *f)
{
	struct random_stream stream;
	double worst = 0.0;
	float worst_at = 0.0f;
	random_open(&stream, 1, "test", f->name);
	for (int i = 0; i < SAMPLE; i++) {
		float x = elementary_float((uint32_t)random_next(&stream));
		if (i % 2)
			x = f->low + (f->high - f->low) * random_unit_float(&stream);
		double error = isnan(x) ? 0.0 : ulps(f->fast(x), f->exact((double)x));
		if (!(error <= worst)) {
			worst = error;
			worst_at = x;
		}
	}
	print_message("%-8s %.3f ulp at %a\n", f->name, worst, (double)worst_at);
	assert_true(worst <= f->worst);
}

static void test_elementary(void **state)
{
	(void)state;
	static const struct function functions[] = {
	    {"exp", elementary_exp, exp, -104.0f, 89.0f, 1.0},
	    {"log", elementary_log, log, 0.25f, 4.0f, 1.0},
	    {"erf", elementary_erf, erf, -4.2f, 4.2f, 1.0},
	    {"sigmoid", elementary_sigmoid, exact_sigmoid, -104.0f, 20.0f, 1.0},
	    {"softplus", elementary_softplus, exact_softplus, -104.0f, 20.0f, 1.0},
	};
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		measure(&functions[i]);
	for (int i = 0; i <= 4096; i++) {
		double u = (double)i / 4096.0, x = 210.0 * u - 105.0, e = exp(x);
		assert_true(fabs(elementary_cos_pi(u) - cos(u * 3.14159265358979323846)) < 0x1p-50);
		assert_true(fabs(elementary_exp_double(x) - e) <= e * 0x1p-44);
	}
}

static void test_special_cases(void **state)
{
	(void)state;
	static const struct {
		float (*f)(float);
		float x, y;
	} known[] = {
	    {elementary_exp, 0.0f, 1.0f},
	    {elementary_exp, -0.0f, 1.0f},
	    {elementary_exp, INFINITY, INFINITY},
	    {elementary_exp, -INFINITY, 0.0f},
	    {elementary_exp, 89.0f, INFINITY},
	    {elementary_exp, -200.0f, 0.0f},
	    {elementary_log, 1.0f, 0.0f},
	    {elementary_log, 0.0f, -INFINITY},
	    {elementary_log, -0.0f, -INFINITY},
	    {elementary_log, INFINITY, INFINITY},
	    {elementary_erf, 0.0f, 0.0f},
	    {elementary_erf, -0.0f, -0.0f},
	    {elementary_erf, INFINITY, 1.0f},
	    {elementary_erf, -INFINITY, -1.0f},
	    {elementary_erf, 4.0f, 1.0f},
	    {elementary_sigmoid, 0.0f, 0.5f},
	    {elementary_sigmoid, -0.0f, 0.5f},
	    {elementary_sigmoid, INFINITY, 1.0f},
	    {elementary_sigmoid, -INFINITY, 0},
	    {elementary_softplus, 0.0f, 0x1.62e430p-1f},
	    {elementary_softplus, INFINITY, INFINITY},
	    {elementary_softplus, -INFINITY, 0.0f},
	    {elementary_softplus, 200.0f, 200.0f},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		float y = known[i].f(known[i].x);
		if (elementary_bits(y) != elementary_bits(known[i].y))
			fail_msg("case %d: %a, not %a", (int)i, (double)y, (double)known[i].y);
		assert_int_equal(elementary_bits(known[i].f(NAN)), 0x7fc00000);
		assert_int_equal(elementary_bits(known[i].f(-NAN)), 0x7fc00000);
	}
	assert_int_equal(elementary_bits(elementary_log(-1.0f)), 0x7fc00000);
	assert_int_equal(elementary_bits(elementary_log(-INFINITY)), 0x7fc00000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_elementary),
	    cmocka_unit_test(test_special_cases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
