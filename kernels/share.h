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

/* Threads that compute the backend's ops, 1 where it is not shared. */
int share_threads(const struct backend *backend);
/* As backend_check_table and backend_check_blis, of what the backend computes with, however short
 * the check's own products are. */
const char *share_check(const struct backend *backend);

#endif
