/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/interrupt.h"

#include <errno.h>
#include <fcntl.h> /* O_CLOEXEC, O_NONBLOCK */
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* Of the one user; a pipe, since a signal may reach any thread. */
static struct {
	int pipe[2];
	volatile sig_atomic_t first;
	struct sigaction before[SIGNALS];
} caught = {.pipe = {-1, -1}};

static void catch_signal(int number)
{
	const int kept = errno;
	if (caught.first == 0)
		caught.first = number;
	/* Where the pipe is full, enough was said. */
	if (write(caught.pipe[1], "", 1) < 0)
		errno = kept;
}

int interrupt_open(struct error *error)
{
	struct sigaction action = {.sa_handler = catch_signal, .sa_flags = SA_RESTART};
	caught.first = 0;
	if (pipe2(caught.pipe, O_CLOEXEC | O_NONBLOCK))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "cannot make a pipe: %s", strerror(errno));
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &caught.before[i]);
		if (caught.before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	return 0;
}

void interrupt_close(void)
{
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &caught.before[i], NULL);
	close(caught.pipe[0]);
	close(caught.pipe[1]);
	caught.pipe[0] = caught.pipe[1] = -1;
}

int interrupt_descriptor(void)
{
	return caught.pipe[0];
}

int interrupt_signal(void)
{
	return caught.first;
}
