/* SPDX-License-Identifier: Apache-2.0 */
/* How a contest of kernels is decided by rates that are given. Nothing here is timed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels/contest_turns.h"

/* Rates of round i: what each case makes of it. */
typedef void fill_function(int round, double rate[CONTEST_CANDIDATES]);

struct replay {
	fill_function *fill;
	int turns, count;
	double rate[CONTEST_CANDIDATES];
};

/* As contest_run asks: a warm-up round, then rounds whose first candidate goes round. */
static double replay_turn(void *self, int candidate)
{
	struct replay *replay = self;
	replay->fill(replay->turns / replay->count, replay->rate);
	replay->turns++;
	return replay->rate[candidate];
}

static struct contest play(fill_function *fill, int count, int *rounds)
{
	struct contest contest = {.subject = "s", .count = count, .name = {"a", "b", "c"}};
	struct replay replay = {.fill = fill, .count = count};
	contest_run(&contest, replay_turn, &replay);
	*rounds = replay.turns / count - 1;
	return contest;
}

static void equal(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = rate[1] = rate[2] = 100.0;
}

static void clear_win(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = 100.0 + round % 3;
	rate[1] = 90.0;
	rate[2] = 120.0 + round % 5;
}

static void clear_first(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = 146.0;
	rate[1] = 131.0;
	rate[2] = 120.0;
}

/* Every other round the one, then the other is ahead. */
static void noisy(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = round % 2 ? 80.0 : 120.0;
	rate[1] = round % 2 ? 120.0 : 80.0;
	rate[2] = 10.0;
}

/* A load that halves all that falls into it: the order within every round stays. */
static void loaded(int round, double rate[CONTEST_CANDIDATES])
{
	const double share = round % 7 < 3 ? 0.5 : 1.0;
	rate[0] = 100.0 * share;
	rate[1] = 110.0 * share;
	rate[2] = 50.0 * share;
}

/* A faster one whose turn is interrupted in every tenth round. */
static void interrupted(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = 100.0;
	rate[1] = round % 10 == 9 ? 3.0 : 130.0;
	rate[2] = 50.0;
}

static void within_margin(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = 100.0;
	rate[1] = 104.0;
	rate[2] = 104.9;
}

static void absent(int round, double rate[CONTEST_CANDIDATES])
{
	rate[0] = 100.0;
	rate[1] = round % 3 == 0 ? NAN : round % 3 == 1 ? 0.0 : INFINITY;
	rate[2] = -5.0;
}

static void first_absent(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = 0.0;
	rate[1] = 7.0;
	rate[2] = NAN;
}

static void none(int round, double rate[CONTEST_CANDIDATES])
{
	(void)round;
	rate[0] = rate[1] = rate[2] = 0.0;
}

static void test_decides(void **state)
{
	(void)state;
	const struct {
		fill_function *fill;
		int count, chosen;
		bool tie, whole;
		int least, most; /* rounds */
	} cases[] = {{equal, 3, 0, true, true, CONTEST_LEAD, CONTEST_LEAD},
		     {equal, 1, 0, false, true, 1, 1},
		     {clear_win, 3, 2, false, true, CONTEST_LEAD, CONTEST_LEAD},
		     {clear_first, 3, 0, false, true, CONTEST_LEAD, CONTEST_LEAD},
		     {noisy, 2, 0, true, true, CONTEST_ROUNDS, CONTEST_ROUNDS},
		     {noisy, 3, 0, true, true, CONTEST_ROUNDS, CONTEST_ROUNDS},
		     {loaded, 3, 1, false, true, CONTEST_LEAD, CONTEST_LEAD},
		     {interrupted, 3, 1, false, true, CONTEST_LEAD, CONTEST_LEAD + 4},
		     {within_margin, 3, 0, true, true, CONTEST_LEAD, CONTEST_LEAD},
		     {absent, 3, 0, false, false, CONTEST_LEAD, CONTEST_LEAD},
		     {first_absent, 3, 1, false, false, CONTEST_LEAD, CONTEST_LEAD},
		     {none, 3, 0, true, false, CONTEST_LEAD, CONTEST_LEAD}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int rounds;
		struct contest contest = play(cases[i].fill, cases[i].count, &rounds);
		if (contest.chosen != cases[i].chosen || contest.tie != cases[i].tie ||
		    contest_is_whole(&contest) != cases[i].whole || rounds < cases[i].least ||
		    rounds > cases[i].most)
			fail_msg("case %zu: chosen %d, tie %d, rounds %d", i, contest.chosen,
				 contest.tie, rounds);
	}
}

/* The order of two is that of their turns: swapped, it is the other's. */
static void test_compares_both_ways(void **state)
{
	(void)state;
	fill_function *const fills[] = {equal, clear_win, noisy, loaded, within_margin, absent};
	for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
		struct contest_rounds rounds = {.count = CONTEST_ROUNDS};
		for (int r = 0; r < CONTEST_ROUNDS; r++)
			fills[i](r, rounds.rate[r]);
		for (int a = 0; a < 3; a++)
			for (int b = 0; b < 3; b++) {
				enum contest_order order = contest_compare(&rounds, a, b);
				enum contest_order back = contest_compare(&rounds, b, a);
				assert_int_not_equal(order, CONTEST_OPEN);
				assert_int_equal(back, order == CONTEST_FASTER   ? CONTEST_SLOWER
						       : order == CONTEST_SLOWER ? CONTEST_FASTER
										 : CONTEST_TIE);
			}
	}
	struct contest_rounds few = {.count = CONTEST_LEAD - 1};
	for (int r = 0; r < few.count; r++)
		clear_win(r, few.rate[r]);
	assert_int_equal(contest_compare(&few, 0, 2), CONTEST_OPEN);
	clear_win(few.count, few.rate[few.count]);
	few.count++;
	assert_int_equal(contest_compare(&few, 0, 2), CONTEST_FASTER);
}

/* The margin itself is no win: the first is left for more than it alone. */
static void test_margin(void **state)
{
	(void)state;
	struct contest_rounds rounds = {.count = CONTEST_LEAD};
	for (int r = 0; r < rounds.count; r++) {
		rounds.rate[r][0] = 100.0;
		rounds.rate[r][1] = CONTEST_MARGIN * 100.0;
	}
	assert_int_equal(contest_compare(&rounds, 0, 1), CONTEST_TIE);
	for (int r = 0; r < rounds.count; r++)
		rounds.rate[r][1] = 105.01;
	assert_int_equal(contest_compare(&rounds, 0, 1), CONTEST_FASTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decides),
	    cmocka_unit_test(test_compares_both_ways),
	    cmocka_unit_test(test_margin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
