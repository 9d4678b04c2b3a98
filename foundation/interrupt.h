/* SPDX-License-Identifier: Apache-2.0 */
/* INT, TERM and HUP as something that is waited for, for a program that has other processes to end
 * before it goes.  Those that are ignored when it starts, as under nohup, stay so. */
#ifndef SHEAFBENCH_FOUNDATION_INTERRUPT_H
#define SHEAFBENCH_FOUNDATION_INTERRUPT_H

#include "foundation/error.h"

/* From here on a signal only makes the descriptor below readable.  One user at a time. */
int interrupt_open(struct error *error);
/* The signals end the program again. */
void interrupt_close(void);

/* Readable from the first signal on; not to be read from. */
int interrupt_descriptor(void);
/* The number of the first signal; 0: none came. */
int interrupt_signal(void);

#endif
