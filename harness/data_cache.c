/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/data_cache.h"

#include <limits.h> /* PATH_MAX */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool data_cache_file_key(const char *file_name, char *key, size_t size)
{
	struct stat info;
	if (stat(file_name, &info))
		return false;
	int length = snprintf(key, size, "%lld %lld.%09ld %llu %s", (long long)info.st_size,
			      (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
			      (unsigned long long)info.st_ino, file_name);
	return length > 0 && (size_t)length < size && !strpbrk(key, "\t\n");
}

static void cache_path(const char *cache_dir, char *path, size_t size)
{
	snprintf(path, size, "%s/data-hashes", cache_dir);
}

/* A line is key, tab, value. */
bool data_cache_get(const char *cache_dir, const char *key, char *value, size_t size)
{
	char path[PATH_MAX], line[PATH_MAX + 512];
	bool found = false;
	if (!cache_dir)
		return false;
	cache_path(cache_dir, path, sizeof path);
	FILE *file = fopen(path, "r");
	while (file && !found && fgets(line, sizeof line, file)) {
		char *tab = strchr(line, '\t');
		if (!tab || (size_t)(tab - line) != strlen(key) ||
		    strncmp(line, key, strlen(key)) != 0)
			continue;
		tab[strcspn(tab, "\n")] = '\0';
		found = snprintf(value, size, "%s", tab + 1) < (int)size;
	}
	if (file)
		fclose(file);
	return found;
}

void data_cache_put(const char *cache_dir, const char *key, const char *value)
{
	char path[PATH_MAX], made[PATH_MAX + 32], line[PATH_MAX + 512];
	if (!cache_dir || strpbrk(key, "\t\n"))
		return;
	cache_path(cache_dir, path, sizeof path);
	snprintf(made, sizeof made, "%s.%ld.tmp", path, (long)getpid());
	FILE *out = fopen(made, "w");
	if (!out)
		return;
	fprintf(out, "%s\t%s\n", key, value);
	FILE *in = fopen(path, "r");
	/* Newest first; old states of files fall off the end. */
	for (int kept = 0; in && kept < 200 && fgets(line, sizeof line, in); kept++)
		if (strncmp(line, key, strlen(key)) != 0 || line[strlen(key)] != '\t')
			fputs(line, out);
	if (in)
		fclose(in);
	if (fclose(out) || rename(made, path))
		unlink(made);
}
