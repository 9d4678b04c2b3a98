/* SPDX-License-Identifier: Apache-2.0 */
/* Seconds since a clock of POSIX began: CLOCK_MONOTONIC for time, CLOCK_THREAD_CPUTIME_ID for work.
 */
#ifndef SHEAFBENCH_FOUNDATION_CLOCK_H
#define SHEAFBENCH_FOUNDATION_CLOCK_H

#include <time.h>

static inline double clock_seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
