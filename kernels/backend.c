/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/blis_gemm.h"
#include "kernels/cpu.h"

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

/* Smallest shapes that go to BLIS; the rest is ours (measured: docs/BENCHMARKING.md). */
static const struct {
	int64_t m, n, k;
} blis_from = {192, 192, 192};

static bool for_blis(const struct gemm_args *g)
{
	return g->m >= blis_from.m && g->n >= blis_from.n && g->k >= blis_from.k;
}

void backend_gemm(const struct backend *backend, const struct gemm_args *args)
{
	if (backend->blis && for_blis(args))
		blis_gemm_run(backend->blis, args);
	else
		backend->table->gemm(args);
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

static const char *best_subconfig(const struct cpu *cpu)
{
	if (!strcmp(cpu->architecture, "aarch64"))
		return "cortexa57";
	if (cpu->avx512 && cpu->fma)
		return "skx";
	return cpu->avx2 && cpu->fma ? "haswell" : "none";
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

/* The highest level that runs here and passes, not above `wanted` when that is given. */
static void choose_level(struct backend *backend, const char *wanted, const struct cpu *cpu)
{
	int count = 0;
	while (kernel_tables[count])
		count++;
	for (int i = count - 1; i >= 0; i--) {
		const struct kernel_table *table = kernel_tables[i];
		if (wanted && strcmp(table->level, wanted) != 0)
			continue;
		if (!level_runs_on(table->level, cpu))
			continue;
		const char *op = backend_check_table(table);
		if (!op) {
			backend->table = table;
			break;
		}
		warn(backend, table->level, op, "a lower level");
		wanted = NULL;
	}
	if (!backend->table)
		backend->table = &kernel_table_oracle;
	snprintf(backend->level, sizeof backend->level, "%s", backend->table->level);
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
	choose_blis(backend, auto_blis ? best_subconfig(&cpu) : blis);
	return 0;
}

void backend_close(struct backend *backend)
{
	blis_gemm_close(backend->blis);
	memset(backend, 0, sizeof *backend);
}
