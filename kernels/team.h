/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that share the parts of one piece of work after another.
 *
 * Whoever is free takes the next part, the caller too.  Nobody waits for a thread that has not
 * begun: where the machine is busy and the others do not come, the caller does all parts itself,
 * and the work takes as long as on one thread.  All waiting is asleep (futex), never spinning. */
#ifndef SHEAFBENCH_KERNELS_TEAM_H
#define SHEAFBENCH_KERNELS_TEAM_H

#include <stdbool.h>
#include <stdint.h>

#include "foundation/error.h"

enum { TEAM_MOST = 1024 }; /* threads */

struct team;

/* A team of `threads` (1 .. TEAM_MOST), the caller's among them.  ERROR_MACHINE: there is no
 * memory, or the system gives no more threads.  The caller closes it; NULL: does nothing. */
int team_open(struct team **team, int threads, struct error *error);
void team_close(struct team *team);
int team_threads(const struct team *team);

typedef void team_part(const void *context, int64_t index);

/* Calls part(context, i) once for every i in 0 .. parts - 1 (parts below 2^31), on any thread and
 * in any order, and returns when all calls have.  Only the thread that opened the team calls it,
 * and no part does. */
void team_run(struct team *team, int64_t parts, team_part *part, const void *context);

/* Into how many parts work is cut that takes one thread about `picoseconds` and consists of `units`
 * that must stay whole: 1 where it is too short to share, at most `each` for a thread. */
int64_t team_parts(const struct team *team, int64_t units, int64_t picoseconds, int each);
/* For tests and checks: everything is cut, however short, until it is given back. */
void team_cut_all(struct team *team, bool all);

#endif
