/* SPDX-License-Identifier: Apache-2.0 */
/* What was decided for one CPU and one executable, as text: in a small file that later processes
 * read (kernels/choice_file.h), and in the environment, for children (CHOICE_VARIABLE).
 *
 * The text is lines of one form, from which not one byte may differ:
 *
 *   sheafbench kernel choice 1
 *   cpu x86_64 AMD EPYC family 25 model 17 stepping 1 fma,avx2,...
 *   executable 0123456789abcdef          XXH3 of its bytes
 *   blis 0.9.0
 *   contest level clear v4 v4=146203 v3=120110      subject, clear or tie, chosen, MF/s
 *   digest 0123456789abcdef              XXH3 of all lines before
 *
 * In the environment the lines end with ";". */
#ifndef SHEAFBENCH_KERNELS_CHOICE_TEXT_H
#define SHEAFBENCH_KERNELS_CHOICE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernels/contest.h"
#include "kernels/cpu.h"

/* Read by every process, set by one that has decided or read: its children then agree with it, even
 * where no file can be kept. */
#define CHOICE_VARIABLE "SHEAFBENCH_CHOICE"

enum { CHOICE_CONTESTS = 8, CHOICE_TEXT = 4096 };

struct kernel_choice {
	/* What it is of. */
	char cpu[400];
	char executable[20];
	char blis[64];
	int count;
	struct contest contests[CHOICE_CONTESTS];
};

/* Of this process, with nothing decided.  False where the executable cannot be read: nothing can be
 * kept then, as nobody could tell whom it is of. */
bool choice_open(struct kernel_choice *choice, const struct cpu *cpu);
/* Made for the same CPU, executable and BLIS. */
bool choice_is_for(const struct kernel_choice *choice, const struct kernel_choice *here);

/* The contest of the same question; NULL: not decided. */
const struct contest *choice_find(const struct kernel_choice *choice,
				  const struct contest *question);
/* Adds it, in the place of one of the same question; where there is no room the first goes. */
void choice_put(struct kernel_choice *choice, const struct contest *contest);

/* The text with lines that end with `end`: '\n' or ';'.  False: it does not fit. */
bool choice_write(const struct kernel_choice *choice, char end, char text[CHOICE_TEXT]);
/* False, with *choice as it was, when it is not such a text, byte for byte. */
bool choice_read(struct kernel_choice *choice, char end, const char *text, size_t size);

#endif
