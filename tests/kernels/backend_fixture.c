/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kernels/backend_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct backend backend;

static int open_backend(const char *blis)
{
	struct error error;
	int status = backend_open(&backend, NULL, blis, &error);
	if (status)
		error_print(stderr, &error);
	return status;
}

int backend_fixture_oracle(void **state)
{
	(void)state;
	return open_backend("oracle");
}

int backend_fixture_own(void **state)
{
	(void)state;
	return open_backend("none");
}

int backend_fixture_close(void **state)
{
	(void)state;
	backend_close(&backend);
	return 0;
}

void backend_fixture_counted(const struct profile *profile, enum profile_op op, int64_t calls,
			     int64_t flops, int64_t floats)
{
	const struct profile_entry *entry = &profile->op[op];
	if (entry->calls != calls || entry->flops != (double)flops ||
	    entry->bytes != 4.0 * (double)floats || !(entry->seconds >= 0.0))
		fail_msg("%s: %lld calls, %g flops, %g bytes in %g s", profile_op_names[op],
			 (long long)entry->calls, entry->flops, entry->bytes, entry->seconds);
}
