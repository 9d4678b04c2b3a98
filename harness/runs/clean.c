/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/clean.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/leftovers.h"
#include "foundation/path.h"
#include "foundation/text_lines.h"
#include "harness/runs/publish.h"

enum { ID = 16 };

static bool is_id(const char *name, const char *end)
{
	return end - name == ID && strspn(name, "0123456789abcdef") >= ID;
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
		publish_remove(aside);
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

/* What `runs` has beside files that are temporary. */
static void clean_entry(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat info;
	const bool old = text_ends_with(name, ".old"), note = text_ends_with(name, ".failed");
	if ((!old && !note && !leftovers_is_temporary(name)) ||
	    path_make(path, sizeof path, NULL, "%s/%s", folder, name) || lstat(path, &info))
		return;
	if (note)
		clean_note(folder, name, path, &info);
	else if (!S_ISDIR(info.st_mode))
		return;
	/* Setting a record aside changes the folder, not what is in it. */
	else if (old && leftovers_abandoned(name, info.st_ctim.tv_sec))
		restore(folder, name, path);
	else if (!old && leftovers_abandoned(name, info.st_mtim.tv_sec) &&
		 is_id(name, strchr(name, '.')))
		publish_remove(path);
}

static void clean_runs(const char *folder)
{
	DIR *directory = opendir(folder);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		if (entry->d_name[0] != '.')
			clean_entry(folder, entry->d_name);
	if (directory)
		closedir(directory);
	leftovers_clean_folder(folder);
}

void results_clean(const char *results_dir, const char *experiment)
{
	static const char *const own[] = {"", "/figures", "/plot", "/provenance"};
	static const char *const shared[] = {"golden", ".cache", ".cache/forecast", "throughput"};
	char folder[PATH_MAX];
	if (!path_make(folder, sizeof folder, NULL, "%s/%s/runs", results_dir, experiment))
		clean_runs(folder);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (!path_make(folder, sizeof folder, NULL, "%s/%s%s", results_dir, experiment,
			       own[i]))
			leftovers_clean_folder(folder);
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if (!path_make(folder, sizeof folder, NULL, "%s/%s", results_dir, shared[i]))
			leftovers_clean_folder(folder);
}
