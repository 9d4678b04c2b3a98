/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/choice_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h> /* flock */
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "foundation/folder.h"
#include "foundation/path.h"

__attribute__((format(printf, 2, 3))) static void add_place(struct choice_places *places,
							    const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(places->path[places->count], PATH_MAX, format, args);
	va_end(args);
	/* Room for the name it is first written by; a longer one would be another file. */
	places->count += length > 0 && length < PATH_MAX - 32;
}

void choice_places_find(struct choice_places *places, const struct kernel_choice *here)
{
	char program[PATH_MAX], text[PATH_MAX + sizeof here->cpu];
	struct stat running, named;
	places->count = 0;
	ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
	/* Linux gives PATH_MAX - 1 bytes at most, or an error: never a part of the path. */
	if (length <= 0 || !here->executable[0])
		return;
	program[length] = '\0';
	snprintf(text, sizeof text, "%s\n%s", program, here->cpu);
	const uint32_t hash = (uint32_t)XXH3_64bits(text, strlen(text));
	/* An executable that was removed or replaced has no place beside it. */
	if (stat("/proc/self/exe", &running) == 0 && stat(program, &named) == 0 &&
	    running.st_dev == named.st_dev && running.st_ino == named.st_ino)
		add_place(places, "%s.%08" PRIx32 ".choice", program, hash);
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
	if (cache && cache[0] == '/')
		add_place(places, "%s/sheafbench/%s.%08" PRIx32 ".choice", cache, name, hash);
	else if (home && home[0] == '/')
		add_place(places, "%s/.cache/sheafbench/%s.%08" PRIx32 ".choice", home, name, hash);
}

bool choice_file_read(const char *path, const struct kernel_choice *here,
		      struct kernel_choice *choice)
{
	char text[CHOICE_TEXT];
	struct stat info;
	struct kernel_choice read_here;
	/* A FIFO must not be waited for. */
	int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0)
		return false;
	ssize_t got = -1;
	if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && info.st_size < CHOICE_TEXT)
		got = read(file, text, sizeof text);
	close(file);
	if (got <= 0 || !choice_read(&read_here, '\n', text, (size_t)got) ||
	    !choice_is_for(&read_here, here))
		return false;
	*choice = read_here;
	return true;
}

/* Beside its place, whole and on the disk. */
static bool write_beside(const char *name, const char *text)
{
	const size_t size = strlen(text);
	struct rlimit limit;
	/* Beyond it the system ends the process. */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur < size)
		return false;
	unlink(name); /* of a process that had our number and was killed */
	int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file < 0)
		return false;
	bool good = write(file, text, size) == (ssize_t)size && fsync(file) == 0;
	good = close(file) == 0 && good;
	if (!good)
		unlink(name);
	return good;
}

enum outcome { WRITTEN, FOLLOWED, IN_THE_WAY, IMPOSSIBLE };

/* IN_THE_WAY: a file lies there that was not when we looked, or that is not to be followed; only
 * with `replace` does it give way. */
static enum outcome try_keep(const char *path, const struct kernel_choice *here,
			     struct contest *contest, bool anew, bool replace)
{
	char name[PATH_MAX + 32], text[CHOICE_TEXT];
	struct kernel_choice kept = *here, there;
	if (!anew && choice_file_read(path, here, &there)) {
		const struct contest *first = choice_find(&there, contest);
		if (first) {
			*contest = *first;
			return FOLLOWED;
		}
		for (int i = 0; i < there.count; i++)
			choice_put(&kept, &there.contests[i]);
	}
	choice_put(&kept, contest);
	snprintf(name, sizeof name, "%s.tmp.%ld", path, (long)getpid());
	if (!choice_write(&kept, '\n', text) || !write_beside(name, text))
		return IMPOSSIBLE;
	/* A link tells who was first; not every file system has it. */
	enum outcome outcome = WRITTEN;
	if (!replace && link(name, path) != 0)
		outcome = errno == EEXIST ? IN_THE_WAY : IMPOSSIBLE;
	if (replace || outcome == IMPOSSIBLE)
		outcome = rename(name, path) == 0 ? WRITTEN : IMPOSSIBLE;
	unlink(name);
	return outcome;
}

/* Others that keep a choice in this folder wait until what is returned is closed.  Not for ever,
 * and where folders cannot be locked not at all: then the last one's choice may be the one that
 * stays. */
static int lock_folder(const char *folder)
{
	enum { TRIES = 500 };
	int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; file >= 0 && i < TRIES; i++) {
		const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
		if (flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	return file;
}

bool choice_file_keep(const char *path, const struct kernel_choice *here, struct contest *contest,
		      bool anew)
{
	char folder[PATH_MAX];
	if (path_parent(path, folder, sizeof folder, NULL))
		return false;
	folder_make_all(folder, 0700);
	const int lock = lock_folder(folder);
	enum outcome outcome = try_keep(path, here, contest, anew, anew);
	/* What is in the way is followed if it can be, and else of no use to anybody. */
	if (outcome == IN_THE_WAY)
		outcome = try_keep(path, here, contest, anew, true);
	if (lock >= 0)
		close(lock);
	return outcome == WRITTEN || outcome == FOLLOWED;
}
