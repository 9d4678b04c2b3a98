/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/blis_gemm.h"
#include "kernels/profile.h"
#include "kernels/share_parts.h"

/* Sums of one row, hashes and the roof stay the level's own. */
static void make_table(struct share *share, const struct kernel_table *own)
{
	share->own = own;
	share->table = *own;
	share_rows(&share->table);
	share_columns(&share->table);
	share_elements(&share->table);
	share_padic(&share->table);
	share_products(&share->table);
}

static void warn(struct backend *backend, const char *op)
{
	const size_t used = strlen(backend->warning);
	snprintf(backend->warning + used, sizeof backend->warning - used,
		 "%sthreads differ from the contract in %s; using one", used ? "; " : "", op);
}

int share_open(struct backend *backend, int threads, struct error *error)
{
	if (threads == 1)
		return 0;
	struct share *share = calloc(1, sizeof *share);
	if (!share)
		return error_no_memory(error, NULL);
	const int status = team_open(&share->team, threads, error);
	if (status) {
		free(share);
		return status;
	}
	make_table(share, backend->table);
	share_active = backend->share = share;
	backend->table = &share->table;
	if (backend->blis)
		blis_gemm_share(backend->blis, share_blis);
	const char *op = share_check(backend);
	if (op) {
		warn(backend, op);
		share_close(backend);
	}
	return 0;
}

void share_close(struct backend *backend)
{
	struct share *share = backend->share;
	if (!share)
		return;
	backend->table = share->own;
	if (backend->blis)
		blis_gemm_share(backend->blis, NULL);
	share_active = backend->share = NULL;
	team_close(share->team);
	free(share);
}

struct loop_call {
	struct cut cut;
	share_part *part;
	const void *context;
};

static void loop_part(const void *context, int64_t index)
{
	const struct loop_call *c = context;
	const struct range r = range_of(&c->cut, index);
	c->part(c->context, r.first, r.count);
}

void share_loop(const struct backend *backend, int64_t rows, int64_t picoseconds, share_part *part,
		const void *context)
{
	if (!backend || !backend->share) {
		part(context, 0, rows);
		return;
	}
	const struct loop_call call = {cut_of(rows, UNIT_ROWS, rows * picoseconds), part, context};
	share_run(&call.cut, loop_part, &call);
}

const struct kernel_table *share_own(const struct backend *backend)
{
	if (backend->share)
		return backend->share->own;
	return backend->profile ? backend->profile->wrapped : backend->table;
}

int share_threads(const struct backend *backend)
{
	return backend->share ? team_threads(backend->share->team) : 1;
}

const char *share_check(const struct backend *backend)
{
	struct share *share = backend->share;
	if (share)
		team_cut_all(share->team, true);
	const char *op = backend_check_table(share ? &share->table : backend->table);
	if (!op && backend->blis)
		op = backend_check_blis(backend->blis);
	if (share)
		team_cut_all(share->team, false);
	return op;
}
