/* SPDX-License-Identifier: Apache-2.0 */
/* How long what is left of an experiment is said to take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/commands/progress.h"

static void assert_left(double expected, double predicted, double passed, double done, double work)
{
	assert_float_equal(progress_left(predicted, passed, done, work), expected, 1e-9);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_true(progress_left(0.0, 5.0, 0.0, 10.0) < 0.0);
	/* With what was done there is a pace. */
	assert_left(45.0, 0.0, 5.0, 1.0, 10.0);
}

static void test_prediction_first(void **state)
{
	(void)state;
	assert_left(100.0, 100.0, 0.0, 0.0, 10.0);
	assert_left(70.0, 100.0, 30.0, 1.9, 10.0);
	assert_left(0.0, 100.0, 130.0, 1.9, 10.0);
}

static void test_then_the_pace(void **state)
{
	(void)state;
	assert_left(120.0, 100.0, 30.0, 2.0, 10.0);
	assert_left(0.0, 100.0, 30.0, 10.0, 10.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_prediction_first),
	    cmocka_unit_test(test_then_the_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
