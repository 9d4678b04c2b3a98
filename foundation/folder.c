/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/folder.h"

#include <errno.h>
#include <fcntl.h>  /* open */
#include <limits.h> /* PATH_MAX */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h> /* fsync, close */

#include "foundation/path.h"

static int cannot(struct error *error, const char *path, const char *what)
{
	return error_set(error, ERROR_MACHINE, path, 0, 0, NULL, NULL, "cannot %s the folder: %s",
			 what, strerror(errno));
}

/* A file system that has no such operation keeps its folders by other means. */
int folder_sync(const char *path, struct error *error)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return cannot(error, path, "open");
	int status = 0;
	if (fsync(folder) && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS)
		status = cannot(error, path, "write");
	close(folder);
	return status;
}

int folder_sync_parent(const char *path, struct error *error)
{
	char parent[PATH_MAX];
	int status = path_parent(path, parent, sizeof parent, error);
	return status ? status : folder_sync(parent, error);
}

int folder_make(const char *path, struct error *error)
{
	struct stat info;
	if (!mkdir(path, 0777))
		return folder_sync_parent(path, error);
	if (errno != EEXIST)
		return cannot(error, path, "create");
	if (stat(path, &info) || S_ISDIR(info.st_mode))
		return 0;
	return error_set(error, ERROR_INPUT, path, 0, 0, NULL, "a folder", "found a file");
}

int folder_make_all(const char *path, mode_t mode)
{
	char folder[PATH_MAX];
	if (path_make(folder, sizeof folder, NULL, "%s", path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* What is wrong above shows at the last one. */
	for (char *slash = strchr(folder, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, mode);
		*slash = '/';
	}
	return mkdir(folder, mode) && errno != EEXIST ? -1 : 0;
}
