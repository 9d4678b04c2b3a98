/* SPDX-License-Identifier: Apache-2.0 */
/* A backend whose ops are shared among threads, with the bits of one thread.
 *
 * Every op is called through a wrapper that cuts it into parts and lets a team (kernels/team.h)
 * call the level's own op, or BLIS with one thread, on each.  Rows, columns, elements, experts, and
 * m and n of products are cut; k and every sum stay whole, so that by the contract
 * (docs/NUMERICS.md, 1 and 2) no bit depends on where a cut is, or on who computes what.  What is
 * too short to be worth it is not cut. */
#ifndef SHEAFBENCH_KERNELS_SHARE_H
#define SHEAFBENCH_KERNELS_SHARE_H

#include "kernels/backend.h"

/* From here on `threads` (1: nothing changes) compute the backend's ops: its table becomes the
 * shared one, which backend_close closes.  Before a profile is attached, whose times are then of
 * the ops as they are shared.  Checked against the oracle first; what differs leaves a warning and
 * one thread.  One shared backend per process at a time, called from one thread.  ERROR_MACHINE as
 * team_open; the backend is then as it was. */
int share_open(struct backend *backend, int threads, struct error *error);
void share_close(struct backend *backend); /* not shared: does nothing */

/* Rows first .. first + count - 1 of a loop whose rows know nothing of each other; count may be 0.
 */
typedef void share_part(const void *context, int64_t first, int64_t count);

/* Calls `part` so that every row of 0 .. rows - 1 is in one call: the threads' where the loop is
 * worth it, at about `picoseconds` a row, else in one call for all.  What is no op of the table is
 * shared by this: copies and decisions row by row, never a sum over rows.  A part writes what is
 * its rows' alone, and calls ops of share_own alone.  backend NULL: one thread. */
void share_loop(const struct backend *backend, int64_t rows, int64_t picoseconds, share_part *part,
		const void *context);
/* The ops that a part may call, of one thread and in no profile. */
const struct kernel_table *share_own(const struct backend *backend);

/* About what a number of a loop takes one thread, in picoseconds. */
enum share_loop_cost {
	SHARE_COPY = 200,       /* copied from a row that is in no near cache */
	SHARE_DECODE = 400,     /* the same by a table of 256 */
	SHARE_COMPARE = 1000,   /* with the best so far */
	SHARE_ADD_EXACT = 2000, /* to a sum in fixed point */
	SHARE_DRAW = 2500,      /* at random */
};

/* Threads that compute the backend's ops, 1 where it is not shared. */
int share_threads(const struct backend *backend);
/* As backend_check_table and backend_check_blis, of what the backend computes with, however short
 * the check's own products are. */
const char *share_check(const struct backend *backend);

#endif
