/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/contest_turns.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/blis_gemm.h"
#include "foundation/array.h"
#include "foundation/clock.h"

struct product {
	int64_t m, n, k;
	int calls; /* that are timed, after one that is not */
	float *a, *b, *c;
};

/* Written to: pages that were only read would all be one page of zeros, always in the cache. */
static float *take_ones(int64_t count)
{
	float *x = array_take(count, sizeof *x);
	for (int64_t i = 0; x && i < count; i++)
		x[i] = 1.0f;
	return x;
}

static bool product_open(struct product *p)
{
	p->a = take_ones(p->m * p->k);
	p->b = take_ones(p->k * p->n);
	p->c = take_ones(p->m * p->n);
	return p->a && p->b && p->c;
}

static void product_close(struct product *p)
{
	free(p->a);
	free(p->b);
	free(p->c);
}

int contest_threads(void)
{
	const char *text = getenv("BLIS_NUM_THREADS");
	long count = text ? strtol(text, NULL, 10) : 1;
	return count >= 1 && count <= 4096 ? (int)count : 1;
}

static void product_call(const struct product *p, const struct kernel_table *table,
			 const struct blis_gemm *blis)
{
	struct gemm_args args = gemm_rows(p->m, p->n, p->k, p->a, p->b, p->c);
	if (blis)
		blis_gemm_run(blis, &args);
	else
		table->gemm(&args);
}

/* GF/s.  One thread is timed by its own clock, which stands still while others have the CPU. */
static double product_rate(const struct product *p, const struct kernel_table *table,
			   const struct blis_gemm *blis)
{
	const clockid_t clock = contest_threads() > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
	product_call(p, table, blis);
	double start = clock_seconds(clock);
	for (int call = 0; call < p->calls; call++)
		product_call(p, table, blis);
	double seconds = clock_seconds(clock) - start;
	return seconds > 0.0 ? 2e-9 * (double)(p->m * p->n * p->k) * p->calls / seconds : 0.0;
}

struct level_turns {
	struct product product;
	const struct kernel_table *tables[CONTEST_CANDIDATES];
};

static double level_turn(void *self, int candidate)
{
	const struct level_turns *turns = self;
	return product_rate(&turns->product, turns->tables[candidate], NULL);
}

void contest_levels(struct contest *contest)
{
	struct level_turns turns = {.product = {.m = 64, .n = 128, .k = 128, .calls = 32}};
	bool ready = product_open(&turns.product);
	for (int i = 0; i < contest->count; i++) {
		turns.tables[i] = kernel_table_named(contest->name[i]);
		ready = ready && turns.tables[i];
	}
	if (ready)
		contest_run(contest, level_turn, &turns);
	product_close(&turns.product);
}

/* A child and our end of the socket to it; -1: it has ended. */
struct rival {
	pid_t pid;
	int end;
};

struct blis_turns {
	const struct contest *contest;
	const struct kernel_table *table;
	struct rival rivals[CONTEST_CANDIDATES];
};

/* In the child: a rate for every byte that comes, until the parent is gone. */
static void serve(const char *name, const struct kernel_table *table, int end)
{
	struct product p = {.m = 256, .n = 256, .k = 512, .calls = 1};
	const bool own = !blis_gemm_find(name);
	struct blis_gemm *blis = own ? NULL : blis_gemm_open(name);
	const bool ready = (own || blis) && product_open(&p);
	char byte;
	while (read(end, &byte, 1) == 1) {
		double rate = ready ? product_rate(&p, table, blis) : 0.0;
		if (send(end, &rate, sizeof rate, MSG_NOSIGNAL) != (ssize_t)sizeof rate)
			break;
	}
	_exit(0);
}

static void start_rival(struct blis_turns *turns, int i)
{
	int ends[2];
	struct rival *rival = &turns->rivals[i];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return;
	rival->pid = fork();
	if (rival->pid == 0) {
		/* Those of the others too: a child that holds one keeps its owner waiting. */
		for (int j = 0; j < i; j++)
			if (turns->rivals[j].end >= 0)
				close(turns->rivals[j].end);
		close(ends[0]);
		serve(turns->contest->name[i], turns->table, ends[1]);
	}
	close(ends[1]);
	if (rival->pid > 0)
		rival->end = ends[0];
	else
		close(ends[0]);
}

static void stop_rival(struct rival *rival)
{
	if (rival->end < 0)
		return;
	close(rival->end);
	rival->end = -1;
	kill(rival->pid, SIGKILL);
	waitpid(rival->pid, NULL, 0);
}

static double blis_turn(void *self, int candidate)
{
	enum { MILLISECONDS = 20000 }; /* a turn takes one; more is a child that hangs */
	struct blis_turns *turns = self;
	struct rival *rival = &turns->rivals[candidate];
	double rate = 0.0;
	if (rival->end < 0)
		return 0.0;
	struct pollfd wait = {.fd = rival->end, .events = POLLIN};
	int ready = send(rival->end, "", 1, MSG_NOSIGNAL) == 1;
	while (ready == 1 && (ready = poll(&wait, 1, MILLISECONDS)) < 0 && errno == EINTR)
		ready = 1;
	if (ready == 1 && recv(rival->end, &rate, sizeof rate, MSG_WAITALL) == (ssize_t)sizeof rate)
		return rate;
	stop_rival(rival);
	return 0.0;
}

void contest_blis(struct contest *contest, const struct kernel_table *table)
{
	struct blis_turns turns = {.contest = contest, .table = table};
	for (int i = 0; i < CONTEST_CANDIDATES; i++)
		turns.rivals[i] = (struct rival){.pid = -1, .end = -1};
	for (int i = 0; i < contest->count; i++)
		start_rival(&turns, i);
	contest_run(contest, blis_turn, &turns);
	for (int i = 0; i < contest->count; i++)
		stop_rival(&turns.rivals[i]);
}
