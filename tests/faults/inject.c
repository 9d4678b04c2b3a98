/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command and lets one chosen system call of it fail, come up short, or be its last.
 *
 *     inject [--under FOLDER]... [--calls a,b,...] [--at N] [--errno NAME | --kill | --short]
 *            [--report FILE] COMMAND ...
 *
 * Counts the calls of the command, and of all it starts, that are of the named kinds (default: all
 * below) and concern a path in one of the folders (default: any path).  The N-th gets the errno
 * without being done, or writes half of its bytes, or the whole command is killed before it is
 * done.  Without --at they are only counted.  FILE gets "calls N", "kind NAME N" and "injected NAME
 * PATH" if it came to that.  Exit as the command's, 128 + signal where it was killed; 125: not
 * possible here.
 *
 * Calls are stopped by ptrace, so that those inside the C library, which no preloaded library sees,
 * and those of programs it starts are met as well. */
#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __x86_64__

/* Where a call's path or file descriptor stands among its arguments; -1: none. */
static const struct call {
	const char *name;
	long number;
	int folder, path, file; /* path is relative to the folder's descriptor */
	bool writes;            /* only opens that may write count */
} calls[] = {
    {"open", SYS_open, -1, 0, -1, false},       {"open", SYS_openat, 0, 1, -1, false},
    {"open", SYS_creat, -1, 0, -1, false},      {"read", SYS_read, -1, -1, 0, false},
    {"write", SYS_write, -1, -1, 0, true},      {"write", SYS_pwrite64, -1, -1, 0, true},
    {"write", SYS_writev, -1, -1, 0, true},     {"fsync", SYS_fsync, -1, -1, 0, false},
    {"fsync", SYS_fdatasync, -1, -1, 0, false}, {"ftruncate", SYS_ftruncate, -1, -1, 0, false},
    {"close", SYS_close, -1, -1, 0, false},     {"rename", SYS_rename, -1, 1, -1, false},
    {"rename", SYS_renameat, 2, 3, -1, false},  {"rename", SYS_renameat2, 2, 3, -1, false},
    {"mkdir", SYS_mkdir, -1, 0, -1, false},     {"mkdir", SYS_mkdirat, 0, 1, -1, false},
    {"unlink", SYS_unlink, -1, 0, -1, false},   {"unlink", SYS_unlinkat, 0, 1, -1, false},
    {"unlink", SYS_rmdir, -1, 0, -1, false},    {"mmap", SYS_mmap, -1, -1, 4, false},
};
enum { CALLS = sizeof calls / sizeof *calls, FOLDERS = 8, CHILDREN = 4096 };

static const struct {
	const char *name;
	int number;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EMFILE", EMFILE}, {"EACCES", EACCES},
	      {"EROFS", EROFS},   {"EINTR", EINTR},   {"ENOMEM", ENOMEM}, {"EDQUOT", EDQUOT},
	      {"ENOENT", ENOENT}, {"ENOSYS", ENOSYS}, {"EXDEV", EXDEV}};
enum { ERRORS = sizeof errors / sizeof *errors };

enum action { COUNT, FAIL, KILL, SHORT };

static struct {
	const char *folder[FOLDERS], *kinds, *report;
	int folders, number;
	enum action action;
	long at, count, seen[CALLS]; /* seen: of each of the calls above */
	const struct call *hit;      /* NULL: not yet */
	char where[PATH_MAX];
} job;

/* What a process is in the middle of. */
struct tracee {
	pid_t pid;
	bool inside, fail, fresh;
};
static struct tracee tracees[CHILDREN];

static struct tracee *tracee_of(pid_t pid)
{
	struct tracee *unused = NULL;
	for (int i = 0; i < CHILDREN; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
		if (tracees[i].pid == 0 && unused == NULL)
			unused = &tracees[i];
	}
	if (unused)
		*unused = (struct tracee){.pid = pid, .fresh = true};
	return unused;
}

static unsigned long long argument(const struct user_regs_struct *regs, int index)
{
	const unsigned long long all[] = {regs->rdi, regs->rsi, regs->rdx,
					  regs->r10, regs->r8,  regs->r9};
	return all[index];
}

static bool read_text(pid_t pid, unsigned long long address, char *text, size_t size)
{
	for (size_t done = 0; done + sizeof(long) < size; done += sizeof(long)) {
		errno = 0;
		long word = ptrace(PTRACE_PEEKDATA, pid, (void *)(uintptr_t)(address + done), NULL);
		if (errno)
			return false;
		memcpy(text + done, &word, sizeof word);
		if (memchr(text + done, '\0', sizeof word))
			return true;
	}
	return false;
}

static bool link_text(char *text, size_t size, const char *link)
{
	ssize_t length = readlink(link, text, size - 1);
	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* The absolute path that a call is about; false: none. */
static bool call_path(pid_t pid, const struct call *call, const struct user_regs_struct *regs,
		      char path[PATH_MAX])
{
	char link[64], given[PATH_MAX], base[PATH_MAX];
	if (call->path < 0) {
		snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, (int)argument(regs, call->file));
		return link_text(path, PATH_MAX, link) && path[0] == '/';
	}
	if (!read_text(pid, argument(regs, call->path), given, sizeof given))
		return false;
	int folder = call->folder < 0 ? -100 : (int)argument(regs, call->folder);
	if (given[0] == '/') {
		memcpy(path, given, sizeof given);
		return true;
	}
	if (folder == -100)
		snprintf(link, sizeof link, "/proc/%d/cwd", pid);
	else
		snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, folder);
	if (!link_text(base, sizeof base, link))
		return false;
	return snprintf(path, PATH_MAX, "%s/%s", base, given) < PATH_MAX;
}

static bool kind_asked(const char *name)
{
	size_t length = strlen(name);
	for (const char *at = job.kinds; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return job.kinds == NULL;
}

static bool path_asked(const char *path)
{
	for (int i = 0; i < job.folders; i++) {
		size_t length = strlen(job.folder[i]);
		if (strncmp(path, job.folder[i], length) == 0 &&
		    (path[length] == '/' || path[length] == '\0'))
			return true;
	}
	return job.folders == 0;
}

static const struct call *call_of(pid_t pid, const struct user_regs_struct *regs,
				  char path[PATH_MAX])
{
	for (int i = 0; i < CALLS; i++)
		if (calls[i].number == (long)regs->orig_rax)
			return kind_asked(calls[i].name) && call_path(pid, &calls[i], regs, path) &&
				       path_asked(path)
				   ? &calls[i]
				   : NULL;
	return NULL;
}

static void kill_all(void)
{
	for (int i = 0; i < CHILDREN; i++)
		if (tracees[i].pid != 0)
			kill(tracees[i].pid, SIGKILL);
}

/* Before a call is done. */
static void enter(struct tracee *tracee)
{
	struct user_regs_struct regs;
	char path[PATH_MAX];
	if (ptrace(PTRACE_GETREGS, tracee->pid, NULL, &regs))
		return;
	const struct call *call = call_of(tracee->pid, &regs, path);
	if (call == NULL)
		return;
	job.seen[call - calls]++;
	if (++job.count != job.at)
		return;
	if (job.action == SHORT) {
		if (regs.orig_rax == SYS_writev || regs.rdx < 2) {
			job.at++; /* cannot be cut; the next */
			return;
		}
		regs.rdx /= 2;
	}
	job.hit = call;
	memcpy(job.where, path, sizeof path);
	if (job.action == KILL) {
		kill_all(); /* this one is stopped before its call: it is never done */
		return;
	}
	if (job.action == FAIL) {
		regs.orig_rax = (unsigned long long)-1; /* no such call: nothing is done */
		tracee->fail = true;
	}
	ptrace(PTRACE_SETREGS, tracee->pid, NULL, &regs);
}

static void leave(struct tracee *tracee)
{
	struct user_regs_struct regs;
	if (!tracee->fail || ptrace(PTRACE_GETREGS, tracee->pid, NULL, &regs))
		return;
	tracee->fail = false;
	regs.rax = (unsigned long long)-(long long)job.number;
	ptrace(PTRACE_SETREGS, tracee->pid, NULL, &regs);
}

/* Lets a stopped process go on; `signal` is what it gets. */
static void stopped(struct tracee *tracee, int state)
{
	int signal = WSTOPSIG(state), deliver = 0;
	if (signal == (SIGTRAP | 0x80)) {
		tracee->inside = !tracee->inside;
		if (tracee->inside)
			enter(tracee);
		else
			leave(tracee);
	} else if (signal == SIGTRAP && state >> 16 != 0) {
		if (state >> 16 == PTRACE_EVENT_EXEC)
			tracee->inside = true; /* its exit is still to come */
	} else if (signal == SIGSTOP && tracee->fresh) {
		tracee->fresh = false; /* how a new process begins */
	} else {
		deliver = signal;
	}
	ptrace(PTRACE_SYSCALL, tracee->pid, NULL, (void *)(intptr_t)deliver);
}

static int trace_all(pid_t first)
{
	int state, result = 125;
	while (true) {
		pid_t pid = waitpid(-1, &state, __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return result;
		struct tracee *tracee = tracee_of(pid);
		if (job.hit && job.action == KILL)
			kill(pid, SIGKILL);
		if (WIFSTOPPED(state) && tracee) {
			stopped(tracee, state);
			continue;
		}
		if (tracee)
			*tracee = (struct tracee){0};
		if (pid == first)
			result = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
	}
}

static pid_t start(char **command)
{
	pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(125);
		raise(SIGSTOP);
		execvp(command[0], command);
		_exit(127);
	}
	int state = 0;
	if (child < 0 || waitpid(child, &state, 0) != child || !WIFSTOPPED(state))
		return -1;
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(intptr_t)options))
		return -1;
	tracee_of(child)->fresh = false;
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	return child;
}

static bool read_errno(const char *name)
{
	for (int i = 0; i < ERRORS; i++)
		if (strcmp(errors[i].name, name) == 0)
			return job.number = errors[i].number, job.action = FAIL, true;
	return false;
}

/* The first argument that is not an option; 0: usage. */
static int read_options(int argc, char **argv)
{
	int i = 1;
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--kill") == 0)
			job.action = KILL;
		else if (strcmp(argv[i], "--short") == 0)
			job.action = SHORT;
		else if (strcmp(argv[i], "--under") == 0 && job.folders < FOLDERS)
			job.folder[job.folders++] = argv[++i];
		else if (strcmp(argv[i], "--calls") == 0)
			job.kinds = argv[++i];
		else if (strcmp(argv[i], "--at") == 0)
			job.at = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--report") == 0)
			job.report = argv[++i];
		else if (strcmp(argv[i], "--errno") != 0 || !read_errno(argv[++i]))
			return 0;
	}
	return i < argc ? i : 0;
}

int main(int argc, char **argv)
{
	int first = read_options(argc, argv);
	if (first == 0) {
		fputs("inject: see the head of tests/faults/inject.c\n", stderr);
		return 125;
	}
	pid_t child = start(argv + first);
	if (child < 0) {
		fputs("inject: ptrace is not allowed here\n", stderr);
		return 125;
	}
	int status = trace_all(child);
	FILE *report = job.report ? fopen(job.report, "w") : NULL;
	if (report) {
		fprintf(report, "calls %ld\n", job.count);
		for (int i = 0; i < CALLS; i++)
			fprintf(report, "kind %s %ld\n", calls[i].name, job.seen[i]);
		if (job.hit)
			fprintf(report, "injected %s %s\n", job.hit->name, job.where);
		fclose(report);
	}
	return status;
}

#else

int main(void)
{
	fputs("inject: only for x86-64\n", stderr);
	return 125;
}

#endif
