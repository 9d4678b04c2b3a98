/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h> /* SCNd64 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/clock.h"

enum { NEWS_MILLISECONDS = 1000, END_MILLISECONDS = 20 };
/* How long it may take to end its commands, and how often it is told: while it starts it takes no
 * notice. */
static const double END_SECONDS = 4.0, REMIND_SECONDS = 0.5;

/* Its own settings, not the user's; commands are for bash, whatever the user's shell is, and run
 * one thread each. */
static int set_environment(const struct parallel_settings *settings, struct error *error)
{
	const char *const variables[][2] = {{"LC_ALL", "C"},
					    {"PARALLEL_HOME", settings->home},
					    {"PARALLEL_SHELL", "/bin/bash"},
					    {"BLIS_NUM_THREADS", "1"},
					    {"OMP_NUM_THREADS", "1"}};
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
		if (setenv(variables[i][0], variables[i][1], 1))
			return error_no_memory(error, NULL);
	unsetenv("POSIXLY_CORRECT");
	return 0;
}

/* What the new process has open: standard input, output and error, and where it says why it could
 * not begin. */
struct ends {
	int commands, log, errors, failure;
};

/* Between fork and exec: nothing that takes memory or a lock. */
static void become_parallel(const struct ends *ends, const char *const *words, pid_t parent)
{
	union {
		const char *const *in;
		char *const *out;
	} list = {.in = words};
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent && dup2(ends->commands, STDIN_FILENO) >= 0 &&
	    dup2(ends->log, STDOUT_FILENO) >= 0 && dup2(ends->errors, STDERR_FILENO) >= 0)
		execvp(words[0], list.out);
	const int cause = errno;
	if (write(ends->failure, &cause, sizeof cause) < 0)
		_exit(126);
	_exit(127);
}

/* 0 once it has begun, else why it could not. */
static int begin(struct parallel *parallel, struct ends *ends, const char *const *words)
{
	int failure[2], cause = 0;
	const pid_t parent = getpid();
	if (pipe2(failure, O_CLOEXEC))
		return errno;
	ends->failure = failure[1];
	parallel->pid = fork();
	if (parallel->pid == 0)
		become_parallel(ends, words, parent);
	if (parallel->pid < 0)
		cause = errno;
	close(failure[1]);
	ssize_t got = 0;
	while (parallel->pid > 0 && (got = read(failure[0], &cause, sizeof cause)) < 0 &&
	       errno == EINTR)
		;
	close(failure[0]);
	if (parallel->pid > 0 && got > 0)
		waitpid(parallel->pid, NULL, 0);
	return cause;
}

static int open_ends(struct ends *ends, struct parallel *parallel,
		     const struct parallel_settings *settings, struct error *error)
{
	int log[2];
	ends->commands = open(settings->commands, O_RDONLY | O_CLOEXEC);
	if (ends->commands < 0)
		return error_set(error, ERROR_MACHINE, settings->commands, 0, 0, NULL, NULL,
				 "cannot open: %s", strerror(errno));
	ends->errors =
	    open(settings->errors, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0666);
	if (ends->errors < 0)
		return error_set(error, ERROR_MACHINE, settings->errors, 0, 0, NULL, NULL,
				 "cannot create: %s", strerror(errno));
	if (pipe2(log, O_CLOEXEC))
		return error_set(error, ERROR_MACHINE, NULL, 0, 0, NULL, NULL,
				 "cannot make a pipe: %s", strerror(errno));
	parallel->log = log[0];
	ends->log = log[1];
	/* Only this end: GNU Parallel waits where the pipe is full. */
	fcntl(parallel->log, F_SETFL, O_NONBLOCK);
	return 0;
}

static void close_ends(const struct ends *ends)
{
	const int all[] = {ends->commands, ends->log, ends->errors};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] >= 0)
			close(all[i]);
}

int parallel_start(struct parallel *parallel, const struct parallel_settings *settings,
		   struct error *error)
{
	char jobs[16];
	const char *const words[] = {"parallel", "--plain",     "--will-cite", "--ungroup",
				     "--jobs",   jobs,          "--tmpdir",    settings->scratch,
				     "--joblog", "/dev/stdout", NULL};
	struct ends ends = {-1, -1, -1, -1};
	*parallel = (struct parallel){.log = -1};
	snprintf(jobs, sizeof jobs, "%d", settings->jobs);
	int status = set_environment(settings, error);
	status = status ? status : open_ends(&ends, parallel, settings, error);
	const int cause = status ? 0 : begin(parallel, &ends, words);
	close_ends(&ends);
	if (cause) {
		parallel->pid = 0;
		status = error_set(error, ERROR_MACHINE, "parallel", 0, 0, NULL,
				   "GNU Parallel (scripts/setup.sh installs it)",
				   "cannot start: %s", strerror(cause));
	}
	if (status)
		parallel_close(parallel);
	return status;
}

/* A line of the job log; false: its heading. */
static bool read_ended(const char *line, struct parallel_ended *ended)
{
	return sscanf(line, "%" SCNd64 " %*s %*s %*s %*s %*s %d %d", &ended->number,
		      &ended->exit_code, &ended->signal) == 3;
}

/* What is there of the job log, up to a command that ended. */
static enum parallel_news read_log(struct parallel *parallel, struct parallel_ended *ended)
{
	char c;
	ssize_t got;
	while ((got = read(parallel->log, &c, 1)) == 1) {
		if (c != '\n' && parallel->used + 1 < sizeof parallel->line)
			parallel->line[parallel->used++] = c;
		if (c != '\n')
			continue;
		parallel->line[parallel->used] = '\0';
		parallel->used = 0;
		if (read_ended(parallel->line, ended))
			return PARALLEL_ENDED;
	}
	return got == 0 ? PARALLEL_LAST : PARALLEL_NONE;
}

enum parallel_news parallel_wait(struct parallel *parallel, int interrupt,
				 struct parallel_ended *ended)
{
	struct pollfd wanted[] = {{.fd = parallel->log, .events = POLLIN},
				  {.fd = interrupt, .events = POLLIN}};
	/* Asked before the log is read: what has ended has said all. Another process may hold the
	 * pipe open for longer. */
	if (parallel->pid > 0 && waitpid(parallel->pid, NULL, WNOHANG) == parallel->pid)
		parallel->pid = 0;
	enum parallel_news news = read_log(parallel, ended);
	if (news == PARALLEL_NONE && parallel->pid == 0)
		return PARALLEL_LAST;
	if (news == PARALLEL_NONE) {
		poll(wanted, 2, NEWS_MILLISECONDS);
		news = read_log(parallel, ended);
	}
	if (news == PARALLEL_LAST && parallel->pid > 0) {
		waitpid(parallel->pid, NULL, 0);
		parallel->pid = 0;
	}
	return news;
}

static void end(pid_t pid)
{
	const double start = clock_seconds(CLOCK_MONOTONIC);
	double told = -REMIND_SECONDS, passed = 0.0;
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (passed >= END_SECONDS) {
			kill(pid, SIGKILL);
		} else if (passed - told >= REMIND_SECONDS) {
			kill(pid, SIGTERM);
			told = passed;
		}
		poll(NULL, 0, END_MILLISECONDS);
		passed = clock_seconds(CLOCK_MONOTONIC) - start;
	}
}

void parallel_close(struct parallel *parallel)
{
	if (parallel->pid > 0)
		end(parallel->pid);
	if (parallel->log >= 0)
		close(parallel->log);
	*parallel = (struct parallel){.log = -1};
}

void parallel_follow(void)
{
	const char *text = getenv("PARALLEL_PID");
	const long pid = text ? strtol(text, NULL, 10) : 0;
	if (pid <= 0 || pid != (long)getppid())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pid != (long)getppid()) /* gone meanwhile */
		raise(SIGKILL);
}
