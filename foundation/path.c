/* SPDX-License-Identifier: Apache-2.0 */
#include "foundation/path.h"

#include <errno.h>
#include <fcntl.h>  /* open */
#include <limits.h> /* PATH_MAX */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h> /* close */

int path_make(char *path, size_t size, struct error *error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(path, size, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < size)
		return 0;
	char expected[48], begin[64];
	snprintf(begin, sizeof begin, "%.40s...", path);
	snprintf(expected, sizeof expected, "a path below %zu bytes", size);
	path[0] = '\0';
	return error_set(error, ERROR_INPUT, begin, 0, 0, NULL, expected, "the path has %d bytes",
			 length);
}

int path_parent(const char *path, char *parent, size_t size, struct error *error)
{
	const char *slash = strrchr(path, '/');
	int length = slash && slash > path ? (int)(slash - path) : 1;
	return path_make(parent, size, error, "%.*s", length, slash ? path : ".");
}

static const char *kind_name(mode_t mode)
{
	return S_ISDIR(mode)    ? "a folder"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
	       : S_ISLNK(mode)  ? "a symbolic link"
				: "a device";
}

FILE *path_open_file(const char *file_name, struct error *error)
{
	static const char expected[] = "a readable file";
	struct stat info;
	FILE *file = NULL;
	/* Without O_NONBLOCK the open of a FIFO waits for a writer; on regular files it means
	 * nothing. */
	int descriptor = open(file_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (descriptor >= 0 && !fstat(descriptor, &info)) {
		if (!S_ISREG(info.st_mode)) {
			close(descriptor);
			error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, expected, "found %s",
				  kind_name(info.st_mode));
			return NULL;
		}
		file = fdopen(descriptor, "rb");
	}
	if (!file) {
		int cause = errno;
		/* What this process lacks is nothing that the file could do. */
		bool machine = cause == ENOMEM || cause == EMFILE || cause == ENFILE;
		if (descriptor >= 0)
			close(descriptor);
		error_set(error, machine ? ERROR_MACHINE : ERROR_INPUT, file_name, 0, 0, NULL,
			  machine ? NULL : expected, "cannot open: %s%s",
			  cause == ENOMEM ? "out of memory: " : "",
			  cause == ELOOP ? "its symbolic links form a loop" : strerror(cause));
	}
	return file;
}

int path_check_target(const char *file_name, struct error *error)
{
	struct stat info;
	if (lstat(file_name, &info) || S_ISREG(info.st_mode))
		return 0;
	return error_set(error, ERROR_INPUT, file_name, 0, 0, NULL, "a new or a regular file",
			 "found %s", kind_name(info.st_mode));
}

int path_check_later_target(const char *file_name, struct error *error)
{
	char folder[PATH_MAX];
	int status = path_check_target(file_name, error);
	status = status ? status : path_parent(file_name, folder, sizeof folder, error);
	if (!status && access(folder, W_OK | X_OK))
		status = error_set(error, ERROR_MACHINE, file_name, 0, 0, NULL, NULL,
				   "cannot create: %s", strerror(errno));
	return status;
}

FILE *path_create_file(const char *file_name)
{
	struct stat info;
	/* Only what this program may have left: never a device or what a link leads to. */
	if (lstat(file_name, &info) == 0 && S_ISREG(info.st_mode))
		unlink(file_name);
	int descriptor = open(file_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
	if (descriptor >= 0 && !out) {
		close(descriptor);
		unlink(file_name);
		errno = ENOMEM;
	}
	return out;
}
