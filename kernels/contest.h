/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several candidates is fastest, found out in turns: pure rules over numbers, so that what
 * noise can do to the outcome is known and tested.
 *
 * In a round every candidate is measured once, one right after the other, so that a load or a clock
 * that changes meets all of them.  Two candidates are compared round by round: how often the one is
 * faster by the margin, how often slower by it, how often they are near.  The order is clear as
 * soon as one of the three leads the other two together by CONTEST_LEAD rounds; a coin would reach
 * that within CONTEST_ROUNDS rounds less than once in ten times.  What is not clear by then is a
 * tie, as is what is clearly near.
 *
 * A tie goes to the candidate that stands first: no load, clock or chance then decides between two
 * that are equally good. */
#ifndef SHEAFBENCH_KERNELS_CONTEST_H
#define SHEAFBENCH_KERNELS_CONTEST_H

#include <stdbool.h>

enum { CONTEST_CANDIDATES = 3, CONTEST_ROUNDS = 64, CONTEST_LEAD = 16 };

/* Less than this is no reason to leave the candidate that is preferred. */
#define CONTEST_MARGIN 1.05

struct contest {
	char subject[24];                  /* what is chosen: no blanks */
	int count;                         /* candidates, in order of preference */
	char name[CONTEST_CANDIDATES][16]; /* no blanks */
	double rate[CONTEST_CANDIDATES];   /* GF/s, the median of its rounds; 0: it did not run */
	int chosen;                        /* index */
	bool tie; /* with another one: chosen because it stands before that */
};

/* What was measured: GF/s; not above 0 or not finite where a candidate did not run. */
struct contest_rounds {
	int count;
	double rate[CONTEST_ROUNDS][CONTEST_CANDIDATES];
};

enum contest_order { CONTEST_OPEN, CONTEST_FASTER, CONTEST_SLOWER, CONTEST_TIE };

/* What candidate b is to candidate a.  One that did not run is slower than one that did.
 * CONTEST_OPEN: more rounds are needed; never after CONTEST_ROUNDS. */
enum contest_order contest_compare(const struct contest_rounds *rounds, int a, int b);

/* Sets chosen, tie and the medians from the rounds so far: the first candidate stands until a later
 * one is faster than it, that one then, and so on.  False while an order it needs is open. */
bool contest_decide(struct contest *contest, const struct contest_rounds *rounds);

/* Plays rounds until it is decided.  turn(self, i) measures candidate i once: GF/s. */
void contest_run(struct contest *contest, double (*turn)(void *self, int candidate), void *self);

/* Every candidate ran: what is decided is not owed to a process that could not start. */
bool contest_is_whole(const struct contest *contest);

/* The same question: subject, candidates and their order. */
bool contest_is_like(const struct contest *x, const struct contest *y);

#endif
