/* SPDX-License-Identifier: Apache-2.0 */
/* How a profile is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/training/profile_print.h"
#include "kernels/profile.h"
static void prints(const struct profile *profile, const char *expected)
{
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof text, "w");
	assert_non_null(out);
	profile_print(out, profile);
	fclose(out);
	assert_string_equal(text, expected);
}

#define OPS                                                                                        \
	"4 steps, 125000.0 us each\n"                                                              \
	"op                            %      us/step calls/step     GF/s     GB/s\n"              \
	"add                        50.0      62500.0        1.0      2.0\n"                       \
	"gemm, own                  25.0      31250.0        2.0      2.0      0.8\n"              \
	"gather                     12.5      15625.0        0.5              16.0\n"              \
	"gates and slots             0.0          0.0        0.2         \n"

/* The most time first; rates of what has flops or bytes. */
static void test_print(void **state)
{
	/* 15 calls, two readings each. */
	static struct profile profile = {.steps = 4, .seconds = 0.5, .clock_cost = 0.05 / 30};
	(void)state;
	profile.op[PROFILE_GEMM_OWN] = (struct profile_entry){8, 0.125, 2.5e8, 1e8, 6};
	profile.op[PROFILE_ADD] = (struct profile_entry){4, 0.25, 5e8, 0.0, 0};
	profile.op[PROFILE_GATHER] = (struct profile_entry){2, 0.0625, 0.0, 1e9, 0};
	profile.op[PROFILE_CHOICE] = (struct profile_entry){1, 0.0, 1.0, 1.0, 0};
	prints(&profile, OPS "reading clocks             10.0      12500.0        0.0         \n"
			     "rest                        2.5       3125.0        0.0         \n");
	profile.counts_subnormals = true;
	prints(&profile,
	       "4 steps, 125000.0 us each\n"
	       "op                            %      us/step calls/step     GF/s     GB/s "
	       "subnormal/step\n"
	       "add                        50.0      62500.0        1.0      2.0        "
	       "             0.0\n"
	       "gemm, own                  25.0      31250.0        2.0      2.0      0.8"
	       "            1.5\n"
	       "gather                     12.5      15625.0        0.5              16.0"
	       "            0.0\n"
	       "gates and slots             0.0          0.0        0.2                  "
	       "            0.0\n"
	       "reading clocks             10.0      12500.0        0.0                  "
	       "            0.0\n"
	       "rest                        2.5       3125.0        0.0                  "
	       "            0.0\n");
	/* Never more than what no op has. */
	profile.counts_subnormals = false;
	profile.clock_cost = 1.0;
	prints(&profile, OPS "reading clocks             12.5      15625.0        0.0         \n"
			     "rest                        0.0          0.0        0.0         \n");
	profile.seconds = 0.0;
	prints(&profile, "4 steps, too short to be measured\n");
	profile.seconds = 1.0;
	profile.steps = 0;
	prints(&profile, "0 steps, too short to be measured\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_print),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
