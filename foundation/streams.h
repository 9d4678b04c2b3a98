/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input, output and error from the program's start to its end: the one place that knows
 * whether what was printed has arrived. */
#ifndef SHEAFBENCH_FOUNDATION_STREAMS_H
#define SHEAFBENCH_FOUNDATION_STREAMS_H

#include <stdbool.h>

#include "foundation/error.h"

/* Call before anything is opened or printed.
 * - A descriptor of 0 to 2 that is closed is taken, so that no file opened later becomes a standard
 *   stream; what is printed to a closed standard output fails.
 * - A file over the limit of its size (`ulimit -f`) is a failed write, no signal.  A pipe whose
 *   reader has gone is left to end the program by SIGPIPE, as is the custom (`| head -1`).
 * - What is printed for people is shown as visible_next() has it (foundation/visible.h), line ends
 * and tabs apart.  `data`: what comes is to be read by programs; then only a terminal gets it so.
 */
int streams_open(bool data, struct error *error);

/* Flushes and closes standard output, the last thing the program does; returns `status`, or
 * ERROR_MACHINE with *error set where that was 0 and output did not arrive. */
int streams_close(int status, struct error *error);

#endif
