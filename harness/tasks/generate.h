/* SPDX-License-Identifier: Apache-2.0 */
/* The generated task quality_decision: 96 inputs, a hidden hard mixture of four experts, 12 + 8
 * targets.
 *
 * Inputs: eight blocks of 9, 11, 14, 7, 5, 16, 8, 4 soft one-hot columns: a category c uniform,
 * share 0.75 + 0.25 u to it, the rest spread evenly over the others; then 22 numerics uniform in
 * [0, 1).
 *
 * With squash(t) = t / (1 + |t|) and weights uniform in (-1, 1) from streams of their own:
 *   h = squash of an 8-dim linear projection of the centred input (x - 1/width for a block, x -
 * 1/2), true expert = arg max of 4 linear scores of h, of expert e: g = squash(4 A_e h + a_e) (12
 * hidden), decision scores s = B_e g (12), quality scores q = C_e g (8); decision target: (1 +
 * squash(4 s_c))^8 normalised over c; quality target: 1 where q > 0. Only IEEE + - * / and
 * comparisons in binary64: the bits are the same everywhere.  The task favours a mixture of experts
 * by construction.  Streams and orders: docs/NUMERICS.md, 8. */
#ifndef SHEAFBENCH_HARNESS_TASKS_GENERATE_H
#define SHEAFBENCH_HARNESS_TASKS_GENERATE_H

#include <stdint.h>

enum {
	GENERATE_INPUTS = 96,
	GENERATE_DECISIONS = 12,
	GENERATE_QUALITIES = 8,
	GENERATE_EXPERTS = 4
};

/* inputs rows x 96, targets rows x 20 (decision, then quality), true_expert rows, in 0 .. 3; none
 * overlaps another.  The names of the inputs are
 * "block<b>.<c>" and "numeric<i>" (generate_input_name; text of at least 32 bytes). */
void generate_quality_decision(uint64_t seed, int64_t rows, float *inputs, float *targets,
			       int32_t *true_expert);
void generate_input_name(int index, char *text);

#endif
