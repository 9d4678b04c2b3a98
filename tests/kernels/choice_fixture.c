/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernels/choice_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct kernel_choice choice_fixture_sample(void)
{
	struct kernel_choice choice = {.cpu =
					   "x86_64 Some CPU family 6 model 207 stepping 8 fma,avx2",
				       .executable = "0123456789abcdef",
				       .blis = "0.9.0",
				       .count = 2,
				       .contests = {{.subject = "level",
						     .count = 2,
						     .name = {"v4", "v3"},
						     .rate = {146.203, 120.11},
						     .tie = false},
						    {.subject = "blis-v4-1",
						     .count = 3,
						     .name = {"none", "skx", "haswell"},
						     .rate = {146.0, 149.25, 0.001},
						     .chosen = 0,
						     .tie = true}}};
	return choice;
}

void assert_same_choice(const struct kernel_choice *x, const struct kernel_choice *y)
{
	assert_string_equal(x->cpu, y->cpu);
	assert_string_equal(x->executable, y->executable);
	assert_string_equal(x->blis, y->blis);
	assert_int_equal(x->count, y->count);
	for (int i = 0; i < x->count; i++) {
		const struct contest *a = &x->contests[i], *b = &y->contests[i];
		assert_true(contest_is_like(a, b));
		assert_int_equal(a->chosen, b->chosen);
		assert_int_equal(a->tie, b->tie);
		for (int j = 0; j < a->count; j++)
			assert_true(a->rate[j] == b->rate[j]);
	}
}
