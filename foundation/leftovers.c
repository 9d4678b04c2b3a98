/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "foundation/digest.h"
#include "foundation/path.h"
#include "foundation/text_lines.h"

enum { PLACE = 8, FOREIGN_SECONDS = 24 * 60 * 60, UNOWNED_SECONDS = 10 * 60 };

static const char hex_digits[] = "0123456789abcdef", decimal_digits[] = "0123456789";

/* Processes of one place see each other by their ids. */
static void find_place(char place[PLACE + 1])
{
	char text[512] = "", hex[65];
	gethostname(text, 255);
	size_t used = strlen(text);
	text[used++] = '\n';
	if (readlink("/proc/self/ns/pid", text + used, sizeof text - used - 1) < 0)
		text[used] = '\0';
	digest_bytes(text, strlen(text), hex);
	memcpy(place, hex, PLACE);
	place[PLACE] = '\0';
}

/* When a process began, in ticks since the machine did; 0: there is none, it has ended and only
 * waits for a parent that may be slow to take notice, or nothing says (no /proc). */
static unsigned long long process_begin(long pid)
{
	char path[64], text[1024], state = 'X';
	unsigned long long begin = 0;
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	int file = open(path, O_RDONLY | O_CLOEXEC); /* needs no memory */
	ssize_t size = file < 0 ? -1 : read(file, text, sizeof text - 1);
	if (file >= 0)
		close(file);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	/* pid (name) state and 18 more, then the begin; the name may hold anything. */
	const char *rest = strrchr(text, ')');
	if (!rest || sscanf(rest,
			    ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			    "%*s %*s %*s %llu",
			    &state, &begin) != 2)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : begin;
}

int leftovers_name(char *path, size_t size, const char *target, const char *kind,
		   struct error *error)
{
	char place[PLACE + 1];
	long pid = (long)getpid();
	find_place(place);
	return path_make(path, size, error, "%s.%s-%ld-%llu.%s", target, place, pid,
			 process_begin(pid), kind);
}

struct owner {
	char place[PLACE + 1];
	long pid;
	unsigned long long begin;
};

/* The owner in a name that ends in ".PLACE-PID-BEGIN.KIND"; false: none is named. */
static bool read_owner(const char *name, struct owner *owner)
{
	const char *kind = strrchr(name, '.'), *begin = kind;
	int end = 0;
	while (begin && begin > name && *--begin != '.')
		;
	return begin && begin > name && strspn(begin + 1, hex_digits) == PLACE &&
	       sscanf(begin + 1, "%8[0-9a-f]-%ld-%llu%n", owner->place, &owner->pid, &owner->begin,
		      &end) == 3 &&
	       begin + 1 + end == kind && owner->pid > 0;
}

/* Earlier versions and other writers: NAME.PID.tmp, NAME.tmp.PID; scripts: NAME.tmp. */
bool leftovers_is_temporary(const char *name)
{
	const char *dot = strrchr(name, '.');
	if (text_ends_with(name, ".tmp"))
		return true;
	return dot && dot[1] && dot[1 + strspn(dot + 1, decimal_digits)] == '\0' &&
	       dot - name > 4 && strncmp(dot - 4, ".tmp", 4) == 0;
}

/* Whether the process that has the owner's id is the owner.  An emulator tells a process another
 * begin than all others see, by what it took to start: qemu-user 2 to 6 ticks on an idle machine.
 * Taken for the owner, a process that got the id within this time keeps a leftover for a day. */
static bool lives(const struct owner *owner)
{
	const unsigned long long slack = 30ULL * (unsigned long long)sysconf(_SC_CLK_TCK);
	unsigned long long begin = process_begin(owner->pid);
	return begin != 0 && begin + slack >= owner->begin && begin <= owner->begin + slack;
}

bool leftovers_abandoned(const char *name, time_t changed)
{
	char mine[PLACE + 1];
	struct owner owner;
	const time_t age = time(NULL) - changed;
	if (!read_owner(name, &owner))
		return age > UNOWNED_SECONDS;
	find_place(mine);
	/* Another process may have the id by now. */
	if (strcmp(mine, owner.place) == 0 && process_begin((long)getpid()) != 0 && !lives(&owner))
		return true;
	return age > FOREIGN_SECONDS;
}

void leftovers_clean_folder(const char *folder)
{
	char path[PATH_MAX];
	struct stat info;
	DIR *directory = opendir(folder);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		if (entry->d_name[0] != '.' && leftovers_is_temporary(entry->d_name) &&
		    !path_make(path, sizeof path, NULL, "%s/%s", folder, entry->d_name) &&
		    !lstat(path, &info) && S_ISREG(info.st_mode) &&
		    leftovers_abandoned(entry->d_name, info.st_mtim.tv_sec))
			unlink(path);
	if (directory)
		closedir(directory);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info;
	(void)kind;
	(void)at;
	remove(path);
	return 0;
}

void leftovers_remove_scratch(const char *folder)
{
	/* Empty as a rule, and this needs no memory. */
	if (rmdir(folder) == 0)
		return;
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static const char scratch[] = "sheafbench.";

static const char *scratch_base(void)
{
	const char *base = getenv("TMPDIR");
	return base && base[0] ? base : "/tmp";
}

void leftovers_clean_scratch(void)
{
	char path[PATH_MAX];
	const char *base = scratch_base();
	struct stat info;
	DIR *directory = opendir(base);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		if (strncmp(entry->d_name, scratch, sizeof scratch - 1) == 0 &&
		    text_ends_with(entry->d_name, ".tmp") &&
		    !path_make(path, sizeof path, NULL, "%s/%s", base, entry->d_name) &&
		    !lstat(path, &info) && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
		    leftovers_abandoned(entry->d_name, info.st_mtim.tv_sec))
			leftovers_remove_scratch(path);
	if (directory)
		closedir(directory);
}

int leftovers_make_scratch(char *folder, size_t size, struct error *error)
{
	char target[PATH_MAX];
	leftovers_clean_scratch();
	int status = path_make(target, sizeof target, error, "%s/sheafbench", scratch_base());
	status = status ? status : leftovers_name(folder, size, target, "tmp", error);
	if (!status && mkdir(folder, 0700))
		return error_set(error, ERROR_MACHINE, folder, 0, 0, NULL,
				 "TMPDIR to be a folder that can be written to",
				 "cannot create: %s", strerror(errno));
	return status;
}
