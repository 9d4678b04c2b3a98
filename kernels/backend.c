/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/backend_select.h"
#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"
#include "kernels/gemm_rules.h"
#include "kernels/profile.h"
#include "kernels/share.h"

static const char *const level_names[] = {"auto",
#define KERNEL_LEVEL(level) #level,
					  KERNEL_LEVELS
#undef KERNEL_LEVEL
					      NULL};

static const char *const blis_names[] = {"auto", "none", "oracle",
#define BLIS_NAME(name, id, needs, candidate) #name,
					 BLIS_KERNELS(BLIS_NAME)
#undef BLIS_NAME
					     NULL};

const char *const *backend_level_names(void)
{
	return level_names;
}

const char *const *backend_blis_names(void)
{
	return blis_names;
}

/* Which products go to BLIS: those for which a rule of their layout holds; the rest is ours.  Where
 * BLIS starts to win was measured with `sheafbench bench` (docs/BENCHMARKING.md): it copies both
 * operands, which pays earlier where A or B lies across the direction it is read in. */
enum layout { LAYOUT_PLAIN, LAYOUT_B_TRANSPOSED, LAYOUT_A_TRANSPOSED };
static const struct dispatch_rule {
	enum layout layout;
	int64_t m, n, k; /* at least */
} blis_rules[] = {
    {LAYOUT_PLAIN, 192, 512, 512},        /* y = x W */
    {LAYOUT_PLAIN, 384, 384, 256},        /* y = x W */
    {LAYOUT_B_TRANSPOSED, 128, 256, 256}, /* dx = dy W^T */
    {LAYOUT_A_TRANSPOSED, 256, 256, 96},  /* dW = x^T dy */
};

static bool for_blis(const struct backend *backend, const struct gemm_args *g)
{
	if (!backend->blis)
		return false;
	/* Asked for by name: all that BLIS is known to compute by the contract. */
	if (backend->blis_everywhere)
		return g->m > 0 && g->n > 0 && g->k > 0 && (g->rsa == 1 || g->csa == 1) &&
		       (g->rsb == 1 || g->csb == 1);
	enum layout layout = g->csa != 1   ? LAYOUT_A_TRANSPOSED
			     : g->csb != 1 ? LAYOUT_B_TRANSPOSED
					   : LAYOUT_PLAIN;
	for (size_t i = 0; i < sizeof blis_rules / sizeof *blis_rules; i++) {
		const struct dispatch_rule *rule = &blis_rules[i];
		if (rule->layout == layout && g->m >= rule->m && g->n >= rule->n && g->k >= rule->k)
			return true;
	}
	return false;
}

void backend_gemm(const struct backend *backend, const struct gemm_args *args)
{
	const bool blis = for_blis(backend, args);
	if (backend->profile)
		profile_gemm(backend->profile, blis ? backend->blis : NULL, args);
	else if (blis)
		blis_gemm_run(backend->blis, args);
	else
		backend->table->gemm(args);
}

void backend_gemm_group(const struct backend *backend, int64_t count, const struct gemm_args *args)
{
	int64_t first = 0; /* of those not yet computed, none of them for BLIS */
	for (int64_t i = 0; backend->blis && i < count; i++) {
		if (!for_blis(backend, &args[i]))
			continue;
		if (first < i)
			backend->table->gemm_group(i - first, args + first);
		backend_gemm(backend, &args[i]);
		first = i + 1;
	}
	if (first < count)
		backend->table->gemm_group(count - first, args + first);
}

static bool listed(const char *word, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(word, *names))
			return true;
	return false;
}

/* A name that was asked for, NULL where it is left to us. */
static const char *asked(const char *name)
{
	return name && strcmp(name, "auto") != 0 ? name : NULL;
}

static int check_names(const char *level, const char *blis, bool from_variable, struct error *error)
{
	if (level && !kernel_table_named(level))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, NULL,
				 "unknown level \"%s\"%s", level,
				 from_variable ? " in " BACKEND_LEVEL_VARIABLE : "");
	if (blis && !listed(blis, blis_names))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL, NULL,
				 "unknown BLIS sub-configuration \"%s\"", blis);
	return 0;
}

static int check_runs_here(const struct backend_wish *wish, struct error *error)
{
	const struct blis_kernels *blis = wish->blis ? blis_gemm_find(wish->blis) : NULL;
	if (wish->level && !cpu_has(wish->cpu, wish->level->needs))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "this CPU cannot run level %s", wish->level->level);
	if (blis && !cpu_has(wish->cpu, blis->needs))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "this CPU cannot run BLIS's %s kernels", blis->name);
	return 0;
}

static int open_backend(struct backend *backend, const char *level, const char *blis, bool anew,
			struct error *error)
{
	struct cpu cpu;
	cpu_detect(&cpu);
	gemm_rules = gemm_rules_of_cpu();
	level = asked(level);
	blis = asked(blis);
	const char *variable = asked(getenv(BACKEND_LEVEL_VARIABLE));
	const bool from_variable = !level && variable && variable[0];
	level = from_variable ? variable : level;
	int status = check_names(level, blis, from_variable, error);
	if (status)
		return status;
	const char *broken = backend_check_oracle();
	if (broken)
		return error_set(
		    error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
		    "this build does not compute contract version %d here: %s differ from the "
		    "known answers (rounding mode, flush to zero or compiler flags)",
		    CONTRACT_VERSION, broken);
	memset(backend, 0, sizeof *backend);
	if (blis && !strcmp(blis, "oracle")) {
		backend->table = &kernel_table_oracle;
		snprintf(backend->level, sizeof backend->level, "oracle");
		snprintf(backend->blis_name, sizeof backend->blis_name, "oracle");
		snprintf(backend->choice, sizeof backend->choice, "oracle: asked for");
		snprintf(backend->from, sizeof backend->from, "asked for");
		return 0;
	}
	const struct backend_wish wish = {.level = level ? kernel_table_named(level) : NULL,
					  .blis = blis,
					  .by_variable = from_variable,
					  .anew = anew,
					  .cpu = &cpu};
	status = check_runs_here(&wish, error);
	return status ? status : backend_select(backend, &wish, error);
}

int backend_open(struct backend *backend, const char *level, const char *blis, struct error *error)
{
	return open_backend(backend, level, blis, false, error);
}

int backend_open_anew(struct backend *backend, const char *level, const char *blis,
		      struct error *error)
{
	return open_backend(backend, level, blis, true, error);
}

void backend_close(struct backend *backend)
{
	share_close(backend);
	blis_gemm_close(backend->blis);
	memset(backend, 0, sizeof *backend);
}
