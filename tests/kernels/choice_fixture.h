/* SPDX-License-Identifier: Apache-2.0 */
/* A choice of kernels made by hand. */
#ifndef SHEAFBENCH_TESTS_KERNELS_CHOICE_FIXTURE_H
#define SHEAFBENCH_TESTS_KERNELS_CHOICE_FIXTURE_H

#include "kernels/choice_file.h"

/* Two contests: of levels, and of BLIS's kernels. */
struct kernel_choice choice_fixture_sample(void);

/* Fails the running test where they differ in anything. */
void assert_same_choice(const struct kernel_choice *x, const struct kernel_choice *y);

#endif
