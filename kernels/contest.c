/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/contest.h"

#include <math.h> /* isfinite, round */
#include <stdlib.h>
#include <string.h>

static bool ran(double rate)
{
	return isfinite(rate) && rate > 0.0;
}

/* x against y by more than the margin. */
static bool beats(double x, double y)
{
	return ran(x) && (!ran(y) || x > CONTEST_MARGIN * y);
}

enum contest_order contest_compare(const struct contest_rounds *rounds, int a, int b)
{
	int faster = 0, slower = 0;
	for (int i = 0; i < rounds->count; i++) {
		faster += beats(rounds->rate[i][b], rounds->rate[i][a]);
		slower += beats(rounds->rate[i][a], rounds->rate[i][b]);
	}
	const int near = rounds->count - faster - slower;
	if (faster - slower - near >= CONTEST_LEAD)
		return CONTEST_FASTER;
	if (slower - faster - near >= CONTEST_LEAD)
		return CONTEST_SLOWER;
	if (near - faster - slower >= CONTEST_LEAD || rounds->count >= CONTEST_ROUNDS)
		return CONTEST_TIE;
	return CONTEST_OPEN;
}

static int ascending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

static double median_rate(const struct contest_rounds *rounds, int candidate)
{
	double rates[CONTEST_ROUNDS] = {0.0};
	int count = 0;
	for (int i = 0; i < rounds->count; i++)
		if (ran(rounds->rate[i][candidate]))
			rates[count++] = rounds->rate[i][candidate];
	qsort(rates, (size_t)count, sizeof *rates, ascending);
	/* As it is kept: who reads it and who decided it say the same. */
	return count ? round(rates[count / 2] * 1e3) / 1e3 : 0.0;
}

bool contest_decide(struct contest *contest, const struct contest_rounds *rounds)
{
	bool decided = true;
	contest->chosen = 0;
	contest->tie = false;
	for (int i = 0; i < contest->count; i++)
		contest->rate[i] = median_rate(rounds, i);
	for (int i = 1; i < contest->count; i++) {
		enum contest_order order = contest_compare(rounds, contest->chosen, i);
		if (order == CONTEST_FASTER)
			contest->chosen = i;
		decided = decided && order != CONTEST_OPEN;
	}
	for (int i = 0; i < contest->count; i++)
		if (i != contest->chosen &&
		    contest_compare(rounds, contest->chosen, i) == CONTEST_TIE)
			contest->tie = true;
	return decided;
}

void contest_run(struct contest *contest, double (*turn)(void *self, int candidate), void *self)
{
	struct contest_rounds rounds = {.count = 0};
	/* The first turns only warm up caches and the clock. */
	for (int i = 0; i < contest->count; i++)
		turn(self, i);
	do {
		double *rate = rounds.rate[rounds.count];
		for (int i = 0; i < contest->count; i++) {
			/* Everyone goes first as often: what that costs meets all. */
			int candidate = (rounds.count + i) % contest->count;
			rate[candidate] = turn(self, candidate);
		}
		rounds.count++;
	} while (!contest_decide(contest, &rounds));
}

bool contest_is_whole(const struct contest *contest)
{
	for (int i = 0; i < contest->count; i++)
		if (!ran(contest->rate[i]))
			return false;
	return contest->count > 0;
}

bool contest_is_like(const struct contest *x, const struct contest *y)
{
	if (strcmp(x->subject, y->subject) != 0 || x->count != y->count)
		return false;
	for (int i = 0; i < x->count; i++)
		if (strcmp(x->name[i], y->name[i]) != 0)
			return false;
	return true;
}
