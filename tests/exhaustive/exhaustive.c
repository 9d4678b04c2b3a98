/* SPDX-License-Identifier: Apache-2.0 */
/* Every elementary function on all 2^32 binary32 inputs: the hash of its outputs, whether it is
 * monotone, and (with --errors) its worst error in units in the last place.
 *
 *   exhaustive LEVEL [--errors] [FUNCTION ...]
 *
 * Prints `function hash monotone`, to be compared with tests/exhaustive/golden.txt.  Errors are
 * screened with the C library's binary64 functions, whose own error is below 2^-27 ulp of binary32,
 * and the worst input is measured again with MPFR at 200 bits. */
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "kernels/elementary.h"
#include "kernels/kernels.h"

enum { BLOCK = 1 << 16 };

static double sigmoid(double x)
{
	return 1.0 / (1.0 + exp(-x));
}

static double softplus(double x)
{
	return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static void exact_sigmoid(mpfr_t y, const mpfr_t x)
{
	mpfr_neg(y, x, MPFR_RNDN);
	mpfr_exp(y, y, MPFR_RNDN);
	mpfr_add_ui(y, y, 1, MPFR_RNDN);
	mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

static void exact_softplus(mpfr_t y, const mpfr_t x)
{
	mpfr_exp(y, x, MPFR_RNDN);
	mpfr_log1p(y, y, MPFR_RNDN);
}

static void exact_exp(mpfr_t y, const mpfr_t x)
{
	mpfr_exp(y, x, MPFR_RNDN);
}

static void exact_log(mpfr_t y, const mpfr_t x)
{
	mpfr_log(y, x, MPFR_RNDN);
}

static void exact_erf(mpfr_t y, const mpfr_t x)
{
	mpfr_erf(y, x, MPFR_RNDN);
}

struct function {
	const char *name;
	void (*ours)(int64_t, const float *, float *);
	double (*screen)(double);
	void (*exact)(mpfr_t, const mpfr_t);
};

/* The distance of neighbours around a value, for results that binary32 can hold. */
static double unit(double value)
{
	int exponent;
	frexp(value, &exponent);
	return ldexp(1.0, exponent - 24 < -149 ? -149 : exponent - 24);
}

static double error_in_units(float got, double want)
{
	if (isnan(want) || isnan(got))
		return isnan(want) && isnan(got) ? 0.0 : INFINITY;
	if (isinf((float)want) || isinf(got))
		return got == (float)want ? 0.0 : INFINITY;
	return fabs((double)got - want) / unit(want);
}

static double measure_exactly(const struct function *function, float x)
{
	mpfr_t in, out;
	float y;
	function->ours(1, &x, &y);
	mpfr_inits2(200, in, out, (mpfr_ptr)NULL);
	mpfr_set_flt(in, x, MPFR_RNDN);
	function->exact(out, in);
	double want = mpfr_get_d(out, MPFR_RNDN);
	mpfr_sub_d(out, out, (double)y, MPFR_RNDN);
	double error = fabs(mpfr_get_d(out, MPFR_RNDN)) / unit(want);
	mpfr_clears(in, out, (mpfr_ptr)NULL);
	return error;
}

struct tally {
	double worst;
	float worst_input;
	long reversals; /* neighbours whose order the function turns round */
	float before;
	int has_before;
};

static void add_block(struct tally *tally, const struct function *function, const float *x,
		      const float *y, int descending, int errors)
{
	for (int i = 0; i < BLOCK; i++) {
		/* Negative inputs come in descending order; NaN has none. */
		if (tally->has_before && (descending ? y[i] > tally->before : y[i] < tally->before))
			tally->reversals++;
		tally->before = y[i];
		tally->has_before = y[i] == y[i];
		if (!errors || x[i] != x[i])
			continue;
		double error = error_in_units(y[i], function->screen((double)x[i]));
		if (error > tally->worst) {
			tally->worst = error;
			tally->worst_input = x[i];
		}
	}
}

static void run(const struct function *function, int errors)
{
	static float x[BLOCK], y[BLOCK];
	struct tally tally = {0};
	XXH3_state_t *state = XXH3_createState();
	XXH3_64bits_reset(state);
	for (uint32_t high = 0; high <= 0xffff; high++) {
		if (high == 0x8000)
			tally.has_before = 0;
		for (uint32_t low = 0; low < BLOCK; low++)
			x[low] = elementary_float(high << 16 | low);
		function->ours(BLOCK, x, y);
		XXH3_64bits_update(state, y, sizeof y);
		add_block(&tally, function, x, y, high >= 0x8000, errors);
	}
	printf("%s %016llx %s", function->name, (unsigned long long)XXH3_64bits_digest(state),
	       tally.reversals ? "NOT-monotone" : "monotone");
	if (errors)
		printf(" %.4f ulp at %a (MPFR %.4f)", tally.worst, (double)tally.worst_input,
		       measure_exactly(function, tally.worst_input));
	putchar('\n');
	fflush(stdout);
	XXH3_freeState(state);
}

int main(int argc, char **argv)
{
	const struct kernel_table *table = NULL;
	int errors = 0, named = 0;
	if (argc > 1 && !strcmp(argv[1], "oracle"))
		table = &kernel_table_oracle;
	for (int i = 0; argc > 1 && kernel_tables[i]; i++)
		if (!strcmp(kernel_tables[i]->level, argv[1]))
			table = kernel_tables[i];
	if (!table) {
		fputs("usage: exhaustive LEVEL [--errors] [FUNCTION ...]\n", stderr);
		return 2;
	}
	const struct function functions[] = {
	    {"exp", table->exp, exp, exact_exp},
	    {"log", table->log, log, exact_log},
	    {"erf", table->erf, erf, exact_erf},
	    {"sigmoid", table->sigmoid, sigmoid, exact_sigmoid},
	    {"softplus", table->softplus, softplus, exact_softplus}};
	for (int i = 2; i < argc; i++) {
		errors |= !strcmp(argv[i], "--errors");
		named |= strcmp(argv[i], "--errors") != 0;
	}
	for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
		int wanted = !named;
		for (int i = 2; i < argc; i++)
			wanted |= !strcmp(argv[i], functions[f].name);
		if (wanted)
			run(&functions[f], errors);
	}
	return 0;
}
