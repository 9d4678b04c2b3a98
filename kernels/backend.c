/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/backend.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/backend_time.h"
#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"
#include "kernels/profile.h"

#define KERNEL_LEVEL(level) extern const struct kernel_table kernel_table_##level;
KERNEL_LEVELS
#undef KERNEL_LEVEL

const struct kernel_table *const kernel_tables[] = {
#define KERNEL_LEVEL(level) &kernel_table_##level,
    KERNEL_LEVELS
#undef KERNEL_LEVEL
	NULL};

static const char *const level_names[] = {"auto",
#define KERNEL_LEVEL(level) #level,
					  KERNEL_LEVELS
#undef KERNEL_LEVEL
					      NULL};

static const char *const blis_names[] = {
    "auto", "none",      "oracle",      "skx",       "haswell",   "zen",     "zen2",
    "zen3", "excavator", "sandybridge", "cortexa57", "cortexa53", "generic", NULL};

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

static bool level_runs_on(const char *level, const struct cpu *cpu)
{
	if (!strcmp(level, "v4"))
		return cpu->avx512 && cpu->avx2 && cpu->fma;
	if (!strcmp(level, "v3"))
		return cpu->avx2 && cpu->fma;
	return true;
}

static bool subconfig_runs_on(const char *name, const struct cpu *cpu)
{
	if (!strcmp(name, "skx"))
		return cpu->avx512 && cpu->fma;
	if (!strncmp(name, "cortex", 6))
		return !strcmp(cpu->architecture, "aarch64");
	if (!strcmp(name, "generic"))
		return true;
	return cpu->avx2 && cpu->fma;
}

/* Sub-configurations worth trying, by what the CPU has and no wider than the level that was asked
 * for, if any; BLIS's own guess is not asked. */
static int blis_candidates(const struct cpu *cpu, const char *level, const char *names[2])
{
	int count = 0;
	if (level && !strcmp(level, "baseline"))
		return 0;
	/* None on aarch64: its kernels give +0 where a negative sum rounds to zero (contract: -0).
	 */
	if (cpu->avx2 && cpu->fma) {
		if (cpu->avx512 && !(level && !strcmp(level, "v3")))
			names[count++] = "skx";
		names[count++] = "haswell";
	}
	return count;
}

static bool listed(const char *word, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(word, *names))
			return true;
	return false;
}

static void warn(struct backend *backend, const char *what, const char *op, const char *fallback)
{
	size_t used = strlen(backend->warning);
	snprintf(backend->warning + used, sizeof backend->warning - used,
		 "%s%s differs from the contract in %s; using %s", used ? "; " : "", what, op,
		 fallback);
}

__attribute__((format(printf, 2, 3))) static void explain(struct backend *backend,
							  const char *format, ...)
{
	size_t used = strlen(backend->choice);
	va_list args;
	va_start(args, format);
	vsnprintf(backend->choice + used, sizeof backend->choice - used, format, args);
	va_end(args);
}

/* A table that runs here and passes, or NULL. */
static const struct kernel_table *checked_table(struct backend *backend, int i,
						const struct cpu *cpu)
{
	const struct kernel_table *table = kernel_tables[i];
	if (!level_runs_on(table->level, cpu))
		return NULL;
	const char *op = backend_check_table(table);
	if (!op)
		return table;
	warn(backend, table->level, op, "a lower level");
	return NULL;
}

/* The fastest of the two highest levels that run here and pass; `wanted` or what is below it when
 * that is given.  A lower level must be clearly faster: small differences are noise. */
static void choose_level(struct backend *backend, const char *wanted, const struct cpu *cpu)
{
	int count = 0, tried = 0;
	double best = 0.0;
	while (kernel_tables[count])
		count++;
	for (int i = count - 1; i >= 0 && tried < (wanted ? 1 : 2); i--) {
		if (wanted && !tried && strcmp(kernel_tables[i]->level, wanted) != 0)
			continue;
		/* Without vectors of fma it is known to be slower, and slow to time. */
		if (tried && !strcmp(kernel_tables[i]->level, "baseline"))
			break;
		const struct kernel_table *table = checked_table(backend, i, cpu);
		if (!table) {
			wanted = NULL;
			continue;
		}
		tried++;
		if (wanted) {
			backend->table = table;
			explain(backend, "level %s: asked for", table->level);
			break;
		}
		double rate = backend_time_table(table);
		explain(backend, "%s%s %.0f GF/s", tried > 1 ? ", " : "levels: ", table->level,
			rate);
		if (rate > 1.05 * best) {
			backend->table = table;
			best = rate;
		}
	}
	if (!backend->table)
		backend->table = &kernel_table_oracle;
	snprintf(backend->level, sizeof backend->level, "%s", backend->table->level);
}

static const char *fastest_blis(struct backend *backend, const char *level, const struct cpu *cpu)
{
	const char *names[2], *fastest = "none";
	double best = 0.0;
	int count = blis_candidates(cpu, level, names);
	if (count == 1) {
		explain(backend, "; BLIS %s: the only one for these features", names[0]);
		return names[0];
	}
	if (count == 0)
		explain(
		    backend,
		    "; BLIS none: it has no kernels for this CPU and level that keep the contract");
	for (int i = 0; i < count; i++) {
		double rate = backend_time_blis(names[i]);
		explain(backend, "%s%s %.0f GF/s", i ? ", " : "; BLIS: ", names[i], rate);
		if (rate > best) {
			fastest = names[i];
			best = rate;
		}
	}
	snprintf(backend->blis_fastest, sizeof backend->blis_fastest, "%s", fastest);
	/* With AVX-512 our GEMM may keep up even where BLIS is at home.  Ours then does all: no
	 * packing where it does not pay, and one path less. */
	double own = count > 1 ? backend_time_table_large(backend->table) : 0.0;
	if (count > 1)
		explain(backend, ", own %.0f GF/s", own);
	return best > 1.05 * own ? fastest : "none";
}

static void choose_blis(struct backend *backend, const char *name)
{
	snprintf(backend->blis_name, sizeof backend->blis_name, "none");
	if (!strcmp(name, "none"))
		return;
	backend->blis = blis_gemm_open(name);
	const char *op = backend->blis ? backend_check_blis(backend->blis) : "its start";
	if (op) {
		warn(backend, name, op, "own GEMM");
		blis_gemm_close(backend->blis);
		backend->blis = NULL;
		return;
	}
	snprintf(backend->blis_name, sizeof backend->blis_name, "%s", name);
}

int backend_open(struct backend *backend, const char *level, const char *blis, char *why,
		 size_t why_size)
{
	struct cpu cpu;
	cpu_detect(&cpu);
	bool auto_level = !level || !strcmp(level, "auto");
	bool auto_blis = !blis || !strcmp(blis, "auto");
	if ((!auto_level && !listed(level, level_names)) ||
	    (!auto_blis && !listed(blis, blis_names))) {
		snprintf(why, why_size, "unknown name");
		return -1;
	}
	memset(backend, 0, sizeof *backend);
	const char *broken = backend_check_oracle();
	if (broken) {
		snprintf(why, why_size,
			 "this build does not compute contract version %d here: %s differ from the "
			 "known answers (rounding mode, flush to zero or compiler flags)",
			 CONTRACT_VERSION, broken);
		return -3;
	}
	if (!auto_blis && !strcmp(blis, "oracle")) {
		backend->table = &kernel_table_oracle;
		snprintf(backend->level, sizeof backend->level, "oracle");
		snprintf(backend->blis_name, sizeof backend->blis_name, "oracle");
		return 0;
	}
	if (!auto_level && !level_runs_on(level, &cpu)) {
		snprintf(why, why_size, "this CPU cannot run level %s", level);
		return -2;
	}
	if (!auto_blis && strcmp(blis, "none") != 0 && !subconfig_runs_on(blis, &cpu)) {
		snprintf(why, why_size, "this CPU cannot run BLIS's %s kernels", blis);
		return -2;
	}
	choose_level(backend, auto_level ? NULL : level, &cpu);
	choose_blis(backend,
		    auto_blis ? fastest_blis(backend, auto_level ? NULL : level, &cpu) : blis);
	backend->blis_everywhere = !auto_blis;
	return 0;
}

void backend_close(struct backend *backend)
{
	blis_gemm_close(backend->blis);
	memset(backend, 0, sizeof *backend);
}
