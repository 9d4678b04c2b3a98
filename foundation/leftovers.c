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

enum { PLACE = 8, ID = 16, FOREIGN_SECONDS = 24 * 60 * 60, UNOWNED_SECONDS = 10 * 60 };

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

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);
	return length > tail && strcmp(name + length - tail, suffix) == 0;
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
static bool unowned_temporary(const char *name)
{
	const char *dot = strrchr(name, '.');
	if (ends_with(name, ".tmp"))
		return true;
	return dot && dot[1] && dot[1 + strspn(dot + 1, decimal_digits)] == '\0' &&
	       dot - name > 4 && strncmp(dot - 4, ".tmp", 4) == 0;
}

/* Whether the thing of that name is nobody's any more. */
static bool abandoned(const char *name, const struct stat *info)
{
	char mine[PLACE + 1];
	struct owner owner;
	/* Setting a record aside changes the folder, not what is in it. */
	time_t age = time(NULL) - (ends_with(name, ".old") ? info->st_ctim : info->st_mtim).tv_sec;
	if (!read_owner(name, &owner))
		return age > UNOWNED_SECONDS;
	find_place(mine);
	/* Another process may have the id by now. */
	if (strcmp(mine, owner.place) == 0 && process_begin((long)getpid()) != 0 &&
	    process_begin(owner.pid) != owner.begin)
		return true;
	return age > FOREIGN_SECONDS;
}

void leftovers_remove_record(const char *folder)
{
	static const char *const names[] = {"run.json", "metrics.jsonl", "arch.json",
					    "model.safetensors"};
	char path[PATH_MAX];
	DIR *directory = opendir(folder);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			size_t length = strlen(names[i]);
			/* And their own temporary names. */
			if (strncmp(entry->d_name, names[i], length) == 0 &&
			    (!entry->d_name[length] || unowned_temporary(entry->d_name)) &&
			    !path_make(path, sizeof path, NULL, "%s/%s", folder, entry->d_name))
				unlink(path);
		}
	if (directory)
		closedir(directory);
	rmdir(folder);
}

static bool is_id(const char *name, const char *end)
{
	return end - name == ID && strspn(name, hex_digits) >= ID;
}

/* A record that was set aside and never replaced is the run's record. */
static void restore(const char *folder, const char *name, const char *aside)
{
	char place[PATH_MAX];
	const char *dot = strchr(name, '.');
	if (!is_id(name, dot) ||
	    path_make(place, sizeof place, NULL, "%s/%.*s", folder, (int)ID, name))
		return;
	if (access(place, F_OK) == 0 || (rename(aside, place) && errno == ENOTEMPTY))
		leftovers_remove_record(aside);
}

/* A note of failure that a later success has not removed yet. */
static void clean_note(const char *folder, const char *name, const char *path,
		       const struct stat *note)
{
	char record[PATH_MAX];
	struct stat info;
	if (!is_id(name, strchr(name, '.')) ||
	    path_make(record, sizeof record, NULL, "%s/%.*s/run.json", folder, (int)ID, name) ||
	    stat(record, &info))
		return;
	bool later = info.st_mtim.tv_sec > note->st_mtim.tv_sec ||
		     (info.st_mtim.tv_sec == note->st_mtim.tv_sec &&
		      info.st_mtim.tv_nsec > note->st_mtim.tv_nsec);
	if (later)
		unlink(path);
}

static void clean_entry(const char *folder, const char *name, bool runs)
{
	char path[PATH_MAX];
	struct stat info;
	bool temporary = unowned_temporary(name), old = runs && ends_with(name, ".old");
	bool note = runs && ends_with(name, ".failed");
	if ((!temporary && !old && !note) ||
	    path_make(path, sizeof path, NULL, "%s/%s", folder, name) || lstat(path, &info))
		return;
	if (note)
		clean_note(folder, name, path, &info);
	else if (!abandoned(name, &info))
		return;
	else if (S_ISREG(info.st_mode) && temporary)
		unlink(path);
	else if (S_ISDIR(info.st_mode) && runs && old)
		restore(folder, name, path);
	else if (S_ISDIR(info.st_mode) && runs && is_id(name, strchr(name, '.')))
		leftovers_remove_record(path);
}

static void clean_folder(const char *folder, bool runs)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.')
			clean_entry(folder, entry->d_name, runs);
	closedir(directory);
}

void leftovers_clean(const char *results_dir, const char *experiment)
{
	static const char *const own[] = {"", "/figures", "/plot", "/provenance"};
	static const char *const shared[] = {"golden", ".cache", ".cache/forecast", "throughput"};
	char folder[PATH_MAX];
	if (!path_make(folder, sizeof folder, NULL, "%s/%s/runs", results_dir, experiment))
		clean_folder(folder, true);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (!path_make(folder, sizeof folder, NULL, "%s/%s%s", results_dir, experiment,
			       own[i]))
			clean_folder(folder, false);
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if (!path_make(folder, sizeof folder, NULL, "%s/%s", results_dir, shared[i]))
			clean_folder(folder, false);
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

static void clean_scratch(const char *base)
{
	char path[PATH_MAX];
	struct stat info;
	DIR *directory = opendir(base);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		if (strncmp(entry->d_name, scratch, sizeof scratch - 1) == 0 &&
		    ends_with(entry->d_name, ".tmp") &&
		    !path_make(path, sizeof path, NULL, "%s/%s", base, entry->d_name) &&
		    !lstat(path, &info) && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
		    abandoned(entry->d_name, &info))
			leftovers_remove_scratch(path);
	if (directory)
		closedir(directory);
}

int leftovers_make_scratch(char *folder, size_t size, struct error *error)
{
	char target[PATH_MAX];
	const char *base = getenv("TMPDIR");
	base = base && base[0] ? base : "/tmp";
	clean_scratch(base);
	int status = path_make(target, sizeof target, error, "%s/sheafbench", base);
	status = status ? status : leftovers_name(folder, size, target, "tmp", error);
	if (!status && mkdir(folder, 0700))
		return error_set(error, ERROR_MACHINE, folder, 0, 0, NULL, NULL,
				 "cannot create: %s", strerror(errno));
	return status;
}
