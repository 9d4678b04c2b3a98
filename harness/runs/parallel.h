/* SPDX-License-Identifier: Apache-2.0 */
/* Commands run side by side by GNU Parallel, a process beside this one.
 *
 * It has a session of its own, so that what is typed at a terminal reaches this process alone,
 * which then ends it.  Where this process is killed, the kernel tells GNU Parallel, and that ends
 * its commands; where GNU Parallel is killed, the kernel ends them (parallel_follow).  What it says
 * of commands that have ended is its job log (--joblog), which comes through a pipe: a line each,
 * of fields between tabs: number from 1, host, start, seconds, bytes sent and received, exit code,
 * signal, command.  Source: O. Tange, GNU Parallel, doi:10.5281/zenodo.1146014, its manual. */
#ifndef SHEAFBENCH_HARNESS_RUNS_PARALLEL_H
#define SHEAFBENCH_HARNESS_RUNS_PARALLEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h> /* pid_t */

#include "foundation/error.h"

struct parallel {
	pid_t pid;      /* 0: it was waited for */
	int log;        /* the pipe's end that its job log comes from */
	char line[256]; /* what is there of the next line; the command may be cut */
	size_t used;
};

/* What it is started with: paths, and how many commands go at a time. */
struct parallel_settings {
	const char *commands; /* a file: a line of bash each */
	const char *errors;   /* a file that gets its own messages, and those of the shells */
	const char *home;     /* a folder for what it keeps about the machine */
	const char *scratch;  /* a folder for temporary files */
	int jobs;
};

/* ERROR_MACHINE where it is not there or cannot be started. */
int parallel_start(struct parallel *parallel, const struct parallel_settings *settings,
		   struct error *error);

/* A command that ended; by a signal, or else with the exit code. */
struct parallel_ended {
	int64_t number; /* of its line, from 1 */
	int exit_code, signal;
};

enum parallel_news { PARALLEL_NONE, PARALLEL_ENDED, PARALLEL_LAST };

/* Waits until a command has ended, until `interrupt`, a descriptor, is readable, or for about a
 * second.  PARALLEL_LAST: GNU Parallel itself has ended, and all it said was handed out. */
enum parallel_news parallel_wait(struct parallel *parallel, int interrupt,
				 struct parallel_ended *ended);

/* Ends it with its commands, if it has not ended, and closes the pipe. */
void parallel_close(struct parallel *parallel);

/* Called in a command: where GNU Parallel has started this process, it ends with it. */
void parallel_follow(void);

#endif
