/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/team.h"

#include <limits.h> /* INT_MAX */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernels and BLIS need, as in foundation/stack.c. */
enum { STACK = 3 << 20 };

/* The least that a part is worth, in picoseconds.  Calling a thread takes the caller 2 us; among
 * ten busy processes, parts of 10 us made a product of 18 us take 33. */
static const int64_t PART_LEAST = 20 * 1000 * 1000;

struct team {
	int threads; /* with the caller's */
	int started;
	bool cut_all;
	/* The work at hand.  Who lowers `waiting` has taken a part, and may read these until it has
	 * lowered `unfinished`: the caller changes them only when that is 0. */
	team_part *part;
	const void *context;
	int64_t parts;
	_Alignas(64) atomic_int waiting; /* parts that nobody has taken */
	_Alignas(64) atomic_uint unfinished;
	_Alignas(64) atomic_uint bell; /* rung for every piece of work */
	atomic_bool closing;
	pthread_t thread[];
};

_Static_assert(sizeof(atomic_uint) == 4, "what a futex is");

/* Asleep while *word is `value`; may end sooner. */
static void sleep_while(atomic_uint *word, unsigned value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(atomic_uint *word, int sleepers)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, sleepers, NULL, NULL, 0);
}

/* Does what nobody has taken yet. */
static void take_parts(struct team *team, bool caller)
{
	int left = atomic_load(&team->waiting);
	while (left > 0) {
		if (!atomic_compare_exchange_weak(&team->waiting, &left, left - 1))
			continue;
		team->part(team->context, team->parts - left);
		if (atomic_fetch_sub(&team->unfinished, 1) == 1 && !caller)
			wake(&team->unfinished, 1);
		left = atomic_load(&team->waiting);
	}
}

static void *serve(void *argument)
{
	struct team *team = argument;
	for (;;) {
		/* Read before looking: what is rung afterwards does not let it sleep. */
		unsigned heard = atomic_load(&team->bell);
		if (atomic_load(&team->closing))
			return NULL;
		take_parts(team, false);
		sleep_while(&team->bell, heard);
	}
}

/* Signals are the caller's. */
static int start(struct team *team)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int failed = pthread_attr_init(&attributes);
	if (failed)
		return failed;
	failed = pthread_attr_setstacksize(&attributes, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (!failed && team->started < team->threads - 1) {
		failed = pthread_create(&team->thread[team->started], &attributes, serve, team);
		team->started += !failed;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return failed;
}

int team_open(struct team **team, int threads, struct error *error)
{
	const size_t size = sizeof **team + (size_t)(threads - 1) * sizeof(pthread_t);
	struct team *made = aligned_alloc(_Alignof(struct team), (size + 63) / 64 * 64);
	if (!made)
		return error_no_memory(error, NULL);
	memset(made, 0, size);
	made->threads = threads;
	const int failed = start(made);
	if (failed) {
		const int started = made->started + 1;
		team_close(made);
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL,
				 "fewer threads, or a higher limit of them",
				 "cannot start more than %d of %d threads: %s", started, threads,
				 strerror(failed));
	}
	*team = made;
	return 0;
}

void team_close(struct team *team)
{
	if (!team)
		return;
	atomic_store(&team->closing, true);
	atomic_fetch_add(&team->bell, 1);
	wake(&team->bell, INT_MAX);
	for (int i = 0; i < team->started; i++)
		pthread_join(team->thread[i], NULL);
	free(team);
}

int team_threads(const struct team *team)
{
	return team->threads;
}

void team_run(struct team *team, int64_t parts, team_part *part, const void *context)
{
	if (parts <= 1) {
		if (parts == 1)
			part(context, 0);
		return;
	}
	team->part = part;
	team->context = context;
	team->parts = parts;
	atomic_store(&team->unfinished, (unsigned)parts);
	atomic_store(&team->waiting, (int)parts);
	atomic_fetch_add(&team->bell, 1);
	wake(&team->bell, (int)(parts < team->threads ? parts - 1 : team->threads - 1));
	take_parts(team, true);
	for (unsigned left; (left = atomic_load(&team->unfinished)) > 0;)
		sleep_while(&team->unfinished, left);
}

int64_t team_parts(const struct team *team, int64_t units, int64_t picoseconds, int each)
{
	int64_t parts = team->cut_all ? units : picoseconds / PART_LEAST;
	if (parts > (int64_t)each * team->threads)
		parts = (int64_t)each * team->threads;
	if (parts > units)
		parts = units;
	return parts > 1 ? parts : 1;
}

void team_cut_all(struct team *team, bool all)
{
	team->cut_all = all;
}
