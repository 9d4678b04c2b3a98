/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile counts of the parts of a network that are no op of the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/model.h"
#include "tests/kernels/backend_fixture.h"
static void test_network(void **state)
{
	enum { IN = 4, OUT = 3, ROWS_OF = 5 };
	static const struct router_settings settings = {
	    .kind = ROUTER_SHEAF_PADIC, .codec = true, .padic = {5, 6, 4, 0.04}};
	struct router_settings router = settings;
	const struct heads heads = {1, {{.kind = HEAD_SOFTMAX, .offset = 0, .width = OUT}}};
	struct arch arch = arch_moe(SIZE_NANO, IN, OUT, router.kind, 1);
	struct profile profile;
	struct model model;
	float inputs[ROWS_OF * IN] = {0.5f, -1.0f};
	(void)state;
	assert_int_equal(nerve_cycle(&router.nerve, (int)arch.n_experts, (int)arch.top_k), 0);
	profile_attach(&profile, &backend);
	assert_int_equal(model_open(&model, &backend, &arch, &router, &heads, ROWS_OF, true, NULL),
			 0);
	profile_begin(&profile);
	model_forward(&model, ROWS_OF, inputs, true);
	profile_end(&profile);
	/* Rows are read and written once for every expert they go to, and on their way back read
	 * twice. */
	backend_fixture_counted(&profile, PROFILE_GATHER, 2, 0,
				(2 * IN + 3 * OUT) * ROWS_OF * arch.top_k);
	backend_fixture_counted(&profile, PROFILE_CHOICE, 1, 0, 0);
	backend_fixture_counted(&profile, PROFILE_PADIC, 1, 0, 0);
	backend_fixture_counted(&profile, PROFILE_AXPY, 0, 0, 0);
	model_close(&model);
	backend.table = profile.wrapped;
	backend.profile = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_network),
	};
	return cmocka_run_group_tests(tests, backend_fixture_oracle, backend_fixture_close);
}
