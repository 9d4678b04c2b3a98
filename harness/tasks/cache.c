/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/cache.h"

#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "foundation/leftovers.h"
#include "foundation/digest.h"
#include "foundation/path.h"

enum { LINE = PATH_MAX + 512, KEPT = 200, NEW_SECONDS = 2 };

bool data_cache_file_key(const char *file_name, char *key, size_t size)
{
	struct stat info;
	/* Longer in the past than one tick; the future belongs to another machine's clock. */
	if (stat(file_name, &info) || time(NULL) - info.st_ctim.tv_sec < NEW_SECONDS)
		return false;
	return path_make(key, size, NULL, "%lld %lld.%09ld %lld.%09ld %llu %llu %s",
			 (long long)info.st_size, (long long)info.st_mtim.tv_sec,
			 info.st_mtim.tv_nsec, (long long)info.st_ctim.tv_sec, info.st_ctim.tv_nsec,
			 (unsigned long long)info.st_dev, (unsigned long long)info.st_ino,
			 file_name) == 0 &&
	       !strpbrk(key, "\t\n");
}

static bool cache_path(const char *cache_dir, char *path, size_t size)
{
	return cache_dir && path_make(path, size, NULL, "%s/data-hashes", cache_dir) == 0;
}

/* Cuts a line into key and value if it is whole: key, tab, value, tab, digest of what precedes. */
static bool split_line(char *line, const char **key, const char **value)
{
	char hex[65];
	char *end = strchr(line, '\n');
	char *last = strrchr(line, '\t');
	if (!end || !last || last == line)
		return false;
	*end = '\0';
	digest_bytes(line, (size_t)(last - line), hex);
	if (strcmp(last + 1, hex) != 0)
		return false;
	*last = '\0';
	char *tab = strchr(line, '\t');
	if (!tab)
		return false;
	*tab = '\0';
	*key = line;
	*value = tab + 1;
	return true;
}

static FILE *open_cache(const char *path)
{
	struct error ignored;
	return path_open_file(path, &ignored);
}

bool data_cache_get(const char *cache_dir, const char *key, char *value, size_t size)
{
	char path[PATH_MAX], line[LINE];
	const char *its_key, *its_value;
	bool found = false;
	FILE *file = cache_path(cache_dir, path, sizeof path) ? open_cache(path) : NULL;
	while (file && !found && fgets(line, sizeof line, file))
		found = split_line(line, &its_key, &its_value) && strcmp(its_key, key) == 0 &&
			path_make(value, size, NULL, "%s", its_value) == 0;
	if (file)
		fclose(file);
	return found;
}

static void write_line(FILE *out, const char *key, const char *value)
{
	char line[LINE], hex[65];
	if (path_make(line, sizeof line - 80, NULL, "%s\t%s", key, value))
		return;
	digest_bytes(line, strlen(line), hex);
	fprintf(out, "%s\t%s\n", line, hex);
}

void data_cache_put(const char *cache_dir, const char *key, const char *value)
{
	char path[PATH_MAX], made[PATH_MAX], line[LINE];
	const char *its_key, *its_value;
	if (strpbrk(key, "\t\n") || !cache_path(cache_dir, path, sizeof path) ||
	    leftovers_name(made, sizeof made, path, "tmp", NULL))
		return;
	FILE *out = path_create_file(made);
	if (!out)
		return;
	write_line(out, key, value);
	FILE *in = open_cache(path);
	/* Newest first; old states of files fall off the end. */
	for (int kept = 0; in && kept < KEPT && fgets(line, sizeof line, in); kept++)
		if (split_line(line, &its_key, &its_value) && strcmp(its_key, key) != 0)
			write_line(out, its_key, its_value);
	if (in)
		fclose(in);
	int failed = ferror(out);
	if (fclose(out) || failed || rename(made, path))
		unlink(made);
}

void data_cache_drop(const char *cache_dir)
{
	char path[PATH_MAX];
	if (cache_path(cache_dir, path, sizeof path))
		unlink(path);
}
