/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/publish.h"

#include <errno.h>
#include <fcntl.h>  /* open */
#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdio.h> /* renameat2 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/leftovers.h"
#include "foundation/path.h"

static int cannot(struct error *error, const char *path, const char *what)
{
	return error_set(error, ERROR_MACHINE, path, 0, 0, NULL, NULL, "cannot %s: %s", what,
			 strerror(errno));
}

/* A file system that has no such operation keeps its folders by other means. */
static int sync_folder(const char *path, struct error *error)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return cannot(error, path, "open the folder");
	int status = 0;
	if (fsync(folder) && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS)
		status = cannot(error, path, "write the folder");
	close(folder);
	return status;
}

static int sync_parent(const char *path, struct error *error)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) : 1;
	int status = path_make(parent, sizeof parent, error, "%.*s", length > 0 ? length : 1,
			       slash ? path : ".");
	return status ? status : sync_folder(parent, error);
}

int publish_make_folder(const char *path, struct error *error)
{
	if (mkdir(path, 0777))
		return errno == EEXIST ? 0 : cannot(error, path, "create the folder");
	return sync_parent(path, error);
}

int publish_bytes(const char *path, const char *bytes, size_t size, struct error *error)
{
	FILE *file = path_create_file(path);
	if (!file)
		return cannot(error, path, "create");
	fwrite(bytes, 1, size, file);
	int failed = ferror(file) || fflush(file) || fsync(fileno(file));
	int reason = errno;
	if (fclose(file) && !failed) {
		failed = 1;
		reason = errno;
	}
	errno = reason;
	return failed ? cannot(error, path, "write") : 0;
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
	status = sync_parent(place, error);
	if (!status)
		leftovers_remove_record(aside);
	return status;
}

int publish_record(const char *made, const char *place, struct error *error)
{
	int status = sync_folder(made, error);
	if (status)
		return status;
	if (rename(made, place) == 0)
		return sync_parent(place, error);
	if (errno != ENOTEMPTY && errno != EEXIST)
		return cannot(error, place, "rename the finished run to");
	if (!exchange(made, place)) {
		if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
			return cannot(error, place, "exchange the finished run with");
		return replace(made, place, error);
	}
	/* The new record is kept before the old one goes. */
	status = sync_parent(place, error);
	if (!status)
		leftovers_remove_record(made);
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
			return sync_parent(place, error);
		if (errno != ENOTEMPTY && errno != EEXIST)
			break;
	}
	return cannot(error, place, "set aside the damaged record");
}
