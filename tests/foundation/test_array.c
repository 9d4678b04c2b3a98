/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths that no size_t can count are refused, not cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "foundation/array.h"

static void test_too_many(void **unused)
{
	(void)unused;
	/* The product is 8 in 64 bits. */
	const int64_t wraps = (INT64_C(1) << 61) + 1;
	assert_null(array_take(wraps, 8));
	assert_null(array_zeroed(wraps, 8));
	char *old = malloc(1);
	assert_null(array_grow(old, wraps, 8));
	free(old);
	assert_null(array_take(-1, 1));
	assert_false(array_fits(INT64_MAX, 3));
	/* One more than 32 bits can count is 1 there. */
	assert_int_equal(array_fits((INT64_C(1) << 32) + 1, 1), SIZE_MAX > UINT32_MAX);
}

static void test_some(void **unused)
{
	(void)unused;
	int64_t *x = array_zeroed(3, sizeof *x);
	assert_non_null(x);
	assert_int_equal(x[2], 0);
	int64_t *grown = array_grow(x, 5, sizeof *x);
	assert_non_null(grown);
	grown[4] = grown[0];
	free(grown);
	free(array_take(0, sizeof *x));
	assert_true(array_fits(PTRDIFF_MAX / 8, 8));
	assert_false(array_fits(PTRDIFF_MAX / 8 + INT64_C(1), 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_too_many),
					   cmocka_unit_test(test_some)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
