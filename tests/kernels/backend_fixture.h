/* SPDX-License-Identifier: Apache-2.0 */
/* A backend that is opened before a program's tests and closed after them, and what a profile of it
 * has counted. */
#ifndef SHEAFBENCH_TESTS_KERNELS_BACKEND_FIXTURE_H
#define SHEAFBENCH_TESTS_KERNELS_BACKEND_FIXTURE_H

#include <stdint.h>

#include "kernels/backend.h"
#include "kernels/profile.h"

extern struct backend backend;

/* For cmocka_run_group_tests: the oracle for every op; the level of this CPU without BLIS. */
int backend_fixture_oracle(void **state);
int backend_fixture_own(void **state);
int backend_fixture_close(void **state);

/* Fails the running test where a profile counted something else of an op. */
void backend_fixture_counted(const struct profile *profile, enum profile_op op, int64_t calls,
			     int64_t flops, int64_t floats);

#endif
