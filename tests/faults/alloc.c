/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded: allocation number FAIL_ALLOC (from 1, counted from the start of main) gives NULL, and
 * so do all after it when FAIL_ALLOC_ON is set.  What the program starts is left alone.
 * FAIL_ALLOC_REPORT is a file that gets "calls N" at the end, and "injected" once it came to that.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, under the names it keeps for such libraries. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

static atomic_long count, fail_at;
static bool fail_on;
static const char *report;

static void write_report(const char *text, long number)
{
	char line[64];
	int file = report ? open(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
	if (file < 0)
		return;
	int length = snprintf(line, sizeof line, "%s %ld\n", text, number);
	if (write(file, line, (size_t)length) != length)
		_exit(125);
	close(file);
}

static bool fails(void)
{
	long at = atomic_load(&fail_at);
	if (at <= 0)
		return false;
	long number = atomic_fetch_add(&count, 1) + 1;
	if (number != at && !(fail_on && number > at))
		return false;
	if (number == at)
		write_report("injected", number);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	return fails() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *block, size_t size)
{
	return fails() ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
	if (fails())
		return ENOMEM;
	void *made = __libc_memalign(alignment, size);
	if (made == NULL)
		return ENOMEM;
	*block = made;
	return 0;
}

static void at_end(void)
{
	long counted = atomic_load(&count);
	atomic_store(&fail_at, 0);
	write_report("calls", counted);
}

typedef int main_function(int argc, char **argv, char **environment);
static main_function *real_main;

static int counted_main(int argc, char **argv, char **environment)
{
	const char *at = getenv("FAIL_ALLOC");
	report = getenv("FAIL_ALLOC_REPORT");
	fail_on = getenv("FAIL_ALLOC_ON") != NULL;
	unsetenv("LD_PRELOAD");
	atexit(at_end);
	atomic_store(&fail_at, at ? strtol(at, NULL, 10) : 0);
	return real_main(argc, argv, environment);
}

/* What is allocated before main belongs to libraries, which end the program themselves. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier) */
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void),
				   void (*)(void), void *);
	union {
		void *object;
		start_function *function;
	} next = {.object = dlsym(RTLD_NEXT, "__libc_start_main")};
	real_main = main;
	return next.function(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
