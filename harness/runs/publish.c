/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>  /* open */
#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdio.h> /* renameat2 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/folder.h"
#include "foundation/leftovers.h"
#include "foundation/path.h"

static int cannot(struct error *error, const char *path, const char *what)
{
	return error_set(error, ERROR_MACHINE, path, 0, 0, NULL, NULL, "cannot %s: %s", what,
			 strerror(errno));
}

void publish_remove(const char *folder)
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
			    (!entry->d_name[length] || leftovers_is_temporary(entry->d_name)) &&
			    !path_make(path, sizeof path, NULL, "%s/%s", folder, entry->d_name))
				unlink(path);
		}
	if (directory)
		closedir(directory);
	rmdir(folder);
}

static bool exchange(const char *made, const char *place)
{
#ifdef RENAME_EXCHANGE
	return renameat2(AT_FDCWD, made, AT_FDCWD, place, RENAME_EXCHANGE) == 0;
#else
	(void)made;
	(void)place;
	errno = ENOSYS;
	return false;
#endif
}

/* Where two folders cannot be exchanged.  Every step leaves a whole record. */
static int replace(const char *made, const char *place, struct error *error)
{
	char aside[PATH_MAX];
	int status = leftovers_name(aside, sizeof aside, place, "old", error);
	if (status)
		return status;
	if (rename(place, aside))
		return cannot(error, place, "set aside the old record");
	if (rename(made, place)) {
		status = cannot(error, place, "rename the finished run to");
		rename(aside, place);
		return status;
	}
	status = folder_sync_parent(place, error);
	if (!status)
		publish_remove(aside);
	return status;
}

int publish_record(const char *made, const char *place, struct error *error)
{
	int status = folder_sync(made, error);
	if (status)
		return status;
	if (rename(made, place) == 0)
		return folder_sync_parent(place, error);
	if (errno != ENOTEMPTY && errno != EEXIST)
		return cannot(error, place, "rename the finished run to");
	if (!exchange(made, place)) {
		if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
			return cannot(error, place, "exchange the finished run with");
		return replace(made, place, error);
	}
	/* The new record is kept before the old one goes. */
	status = folder_sync_parent(place, error);
	if (!status)
		publish_remove(made);
	return status;
}

int publish_set_aside(const char *place, char *aside, size_t size, struct error *error)
{
	enum { MOST = 10000 };
	for (int i = 1; i < MOST; i++) {
		struct stat info;
		int status = path_make(aside, size, error, "%s.damaged-%d", place, i);
		if (status)
			return status;
		if (lstat(aside, &info) == 0)
			continue;
		if (rename(place, aside) == 0)
			return folder_sync_parent(place, error);
		if (errno != ENOTEMPTY && errno != EEXIST)
			break;
	}
	return cannot(error, place, "set aside the damaged record");
}
