/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/backend_select.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/contest_turns.h"
#include "kernels/blis_gemm.h"
#include "kernels/choice_file.h"
#include "foundation/clock.h"

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

/* Where contests that are over can be looked up. */
struct chooser {
	struct backend *backend; /* its `decided` is what this process goes by */
	const struct backend_wish *wish;
	bool known; /* whom a choice would be of: else none can be kept or handed down */
	struct kernel_choice handed;
	struct choice_places places;
};

/* ERROR_INPUT when the variable holds what no process of ours hands down. */
static int open_chooser(struct chooser *chooser, struct error *error)
{
	struct kernel_choice *here = &chooser->backend->decided;
	const char *handed = getenv(CHOICE_VARIABLE);
	chooser->known = choice_open(here, chooser->wish->cpu);
	if (chooser->known)
		choice_places_find(&chooser->places, here);
	if (!handed || !handed[0] || chooser->wish->anew)
		return 0;
	if (!choice_read(&chooser->handed, ';', handed, strlen(handed)))
		return error_set(error, ERROR_INPUT, NULL, 0, 0, NULL,
				 "what `sheafbench cpu --hand-down` prints, or that it is not set",
				 CHOICE_VARIABLE " is damaged");
	/* Of another executable or CPU it is none of ours. */
	if (!chooser->known || !choice_is_for(&chooser->handed, here))
		chooser->handed.count = 0;
	return 0;
}

static bool look_up(struct chooser *chooser, struct contest *contest)
{
	struct backend *backend = chooser->backend;
	const struct contest *found = choice_find(&chooser->handed, contest);
	if (found) {
		*contest = *found;
		snprintf(backend->from, sizeof backend->from, "handed down");
		return true;
	}
	for (int i = 0; chooser->known && !chooser->wish->anew && i < chooser->places.count; i++) {
		struct kernel_choice kept;
		if (!choice_file_read(chooser->places.path[i], &backend->decided, &kept) ||
		    !(found = choice_find(&kept, contest)))
			continue;
		*contest = *found;
		snprintf(backend->from, sizeof backend->from, "file %s", chooser->places.path[i]);
		return true;
	}
	return false;
}

static void keep(struct chooser *chooser, struct contest *contest)
{
	struct backend *backend = chooser->backend;
	snprintf(backend->from, sizeof backend->from, "decided now, cannot be kept");
	/* Not what only holds because a process could not start. */
	for (int i = 0; contest_is_whole(contest) && i < chooser->places.count; i++) {
		if (!choice_file_keep(chooser->places.path[i], &backend->decided, contest,
				      chooser->wish->anew))
			continue;
		snprintf(backend->from, sizeof backend->from, "decided now, kept in %s",
			 chooser->places.path[i]);
		break;
	}
}

/* Who wins, known or found out now. */
static const char *settle(struct chooser *chooser, struct contest *contest)
{
	struct backend *backend = chooser->backend;
	if (!look_up(chooser, contest)) {
		double start = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
		/* Without a table yet it is the level that is in question. */
		if (!backend->table)
			contest_levels(contest);
		else
			contest_blis(contest, backend->table);
		keep(chooser, contest);
		backend->decided_seconds += clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
	}
	choice_put(&backend->decided, contest);
	for (int i = 0; i < contest->count; i++)
		explain(backend, "%s%s %.0f", i ? ", " : "", contest->name[i], contest->rate[i]);
	explain(backend, " GF/s (%s)", contest->tie ? "a tie: the first is preferred" : "clear");
	return contest->name[contest->chosen];
}

static void add_candidate(struct contest *contest, const char *name)
{
	snprintf(contest->name[contest->count], sizeof contest->name[0], "%s", name);
	contest->count++;
}

/* Levels below `below` (NULL: all) that run here, the highest first; `most` of them.  Without
 * vectors of fma one is known to be slower, and slow to time: it is no candidate beside others. */
static void level_candidates(struct contest *contest, const struct kernel_table *below, int most,
			     const struct cpu *cpu)
{
	int i = 0;
	memset(contest, 0, sizeof *contest);
	snprintf(contest->subject, sizeof contest->subject, "level");
	while (kernel_tables[i] && kernel_tables[i] != below)
		i++;
	while (--i >= 0 && contest->count < most) {
		const struct kernel_table *table = kernel_tables[i];
		if (cpu_has(cpu, table->needs) && (!contest->count || table->needs & CPU_FMA))
			add_candidate(contest, table->level);
	}
}

static bool take_level(struct backend *backend, const struct kernel_table *table)
{
	const char *op = backend_check_table(table);
	if (op)
		warn(backend, table->level, op, "a lower level");
	else
		backend->table = table;
	return !op;
}

/* The level that is asked for or wins between the two highest that run here; one that fails the
 * check gives way to the next below.  The higher is preferred: it is what the CPU was built for,
 * and stays the better one where products are larger than the one timed. */
static void choose_level(struct chooser *chooser)
{
	struct backend *backend = chooser->backend;
	const struct backend_wish *wish = chooser->wish;
	struct contest contest;
	if (wish->level) {
		explain(backend, "level %s: asked for%s", wish->level->level,
			wish->by_variable ? " by " BACKEND_LEVEL_VARIABLE : "");
		snprintf(backend->from, sizeof backend->from, "asked for");
		memset(&contest, 0, sizeof contest);
		add_candidate(&contest, wish->level->level);
	} else {
		level_candidates(&contest, NULL, 2, wish->cpu);
	}
	while (contest.count) {
		const char *level = contest.name[0];
		if (contest.count > 1) {
			explain(backend, "levels: ");
			level = settle(chooser, &contest);
		} else if (!wish->level) {
			explain(backend, "level %s: the only one for these features", level);
		}
		const struct kernel_table *tried = kernel_table_named(level);
		if (take_level(backend, tried))
			break;
		/* A wrong one is out: the one it won against, then whatever is below. */
		explain(backend, "; ");
		if (contest.count > 1 && contest.chosen > 0)
			contest.count = 1;
		else
			level_candidates(&contest, tried, 1, wish->cpu);
	}
	if (!backend->table)
		backend->table = &kernel_table_oracle;
	snprintf(backend->level, sizeof backend->level, "%s", backend->table->level);
}

/* Our own GEMM and sub-configurations worth trying, by what the CPU has and no wider than the level
 * that was asked for, if any; BLIS's own guess is not asked.
 *
 * Ours is preferred: no packing where it does not pay, and one path less; the wider kernels before
 * the narrower for the reason that levels have. */
static void blis_candidates(struct contest *contest, const struct backend *backend,
			    const struct backend_wish *wish)
{
	const unsigned usable = wish->cpu->features & (wish->level ? wish->level->needs : ~0u);
	memset(contest, 0, sizeof *contest);
	/* Threads of BLIS make it another contest. */
	snprintf(contest->subject, sizeof contest->subject, "blis-%s-%d", backend->level,
		 contest_threads());
	add_candidate(contest, "none");
	for (const struct blis_kernels *kernels = blis_kernels; kernels->name; kernels++)
		if (kernels->candidate && !(kernels->needs & ~usable))
			add_candidate(contest, kernels->name);
}

/* The fastest of BLIS's own, used or not: the first of those within the margin of the best. */
static void note_fastest(struct backend *backend, const struct contest *contest)
{
	int best = 0;
	for (int i = 1; i < contest->count; i++)
		if (!best || contest->rate[i] > CONTEST_MARGIN * contest->rate[best])
			best = i;
	snprintf(backend->blis_fastest, sizeof backend->blis_fastest, "%s", contest->name[best]);
}

static const char *best_blis(struct chooser *chooser, struct contest *contest)
{
	struct backend *backend = chooser->backend;
	blis_candidates(contest, backend, chooser->wish);
	if (contest->count == 1) {
		explain(backend,
			"; BLIS none: it has no kernels for this CPU and level that keep the "
			"contract");
		return "none";
	}
	/* One alone: the products it is given (blis_rules) are those it is faster at. */
	if (contest->count == 2) {
		explain(backend, "; BLIS %s: the only one for these features", contest->name[1]);
		return contest->name[1];
	}
	explain(backend, "; BLIS or none: ");
	const char *name = settle(chooser, contest);
	note_fastest(backend, contest);
	return name;
}

static void choose_blis(struct chooser *chooser)
{
	struct backend *backend = chooser->backend;
	struct contest contest;
	const char *name = chooser->wish->blis;
	if (name) {
		explain(backend, "; BLIS %s: asked for", name);
		if (!backend->from[0])
			snprintf(backend->from, sizeof backend->from, "asked for");
	} else {
		name = best_blis(chooser, &contest);
	}
	snprintf(backend->blis_name, sizeof backend->blis_name, "none");
	backend->blis_everywhere = chooser->wish->blis != NULL;
	if (!blis_gemm_find(name))
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

/* Children of another executable ignore it, and so may every failure here. */
static void hand_down(const struct chooser *chooser)
{
	char text[CHOICE_TEXT];
	const struct kernel_choice *decided = &chooser->backend->decided;
	if (chooser->known && decided->count > 0 && choice_write(decided, ';', text))
		setenv(CHOICE_VARIABLE, text, 1);
}

int backend_select(struct backend *backend, const struct backend_wish *wish, struct error *error)
{
	static _Thread_local struct chooser chooser;
	chooser = (struct chooser){.backend = backend, .wish = wish};
	int status = open_chooser(&chooser, error);
	if (status)
		return status;
	choose_level(&chooser);
	choose_blis(&chooser);
	if (!backend->from[0])
		snprintf(backend->from, sizeof backend->from, "nothing to decide");
	hand_down(&chooser);
	return 0;
}
