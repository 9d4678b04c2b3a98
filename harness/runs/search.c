/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/runs/search.h"
#include "foundation/path.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

/* Doubles when full; count is a power of two exactly then. */
static int append(struct run_list *list, const char *id, const char *folder)
{
	if ((list->count & (list->count - 1)) == 0) {
		size_t capacity = list->count ? 2 * list->count : 1;
		struct found_run *runs = realloc(list->run, capacity * sizeof *runs);
		if (!runs)
			return -1;
		list->run = runs;
	}
	struct found_run run = {strdup(id), strdup(folder)};
	if (!run.id || !run.folder) {
		free(run.id);
		free(run.folder);
		return -1;
	}
	list->run[list->count++] = run;
	return 0;
}

/* Nothing is wrong with the folder then. */
static bool machine_lacks(int cause)
{
	return cause == ENOMEM || cause == EMFILE || cause == ENFILE;
}

static int cannot_open(const char *folder, struct error *error)
{
	return error_set(error, machine_lacks(errno) ? ERROR_MACHINE : ERROR_INPUT, folder, 0, 0,
			 NULL, machine_lacks(errno) ? NULL : "a results folder", "cannot open: %s",
			 strerror(errno));
}

static int read_runs(struct run_list *list, const char *runs, struct error *error)
{
	DIR *folder = opendir(runs);
	int status = 0;
	if (!folder && machine_lacks(errno))
		return cannot_open(runs, error);
	if (!folder)
		return 0; /* an experiment without runs, or a plain file */
	for (struct dirent *entry; !status && (entry = readdir(folder));) {
		char place[PATH_MAX], path[PATH_MAX];
		if (entry->d_name[0] == '.' || strlen(entry->d_name) != 16)
			continue; /* temporary folders and notes of failure have other lengths */
		status = path_make(place, sizeof place, error, "%s/%s", runs, entry->d_name);
		status =
		    status ? status : path_make(path, sizeof path, error, "%s/run.json", place);
		if (!status && access(path, F_OK) == 0 && append(list, entry->d_name, place))
			status = error_no_memory(error, NULL);
	}
	closedir(folder);
	return status;
}

static int compare(const void *x, const void *y)
{
	const struct found_run *a = x, *b = y;
	int order = strcmp(a->id, b->id);
	return order ? order : strcmp(a->folder, b->folder);
}

int run_list_read(struct run_list *list, const char *results_dir, struct error *error)
{
	int status = 0;
	*list = (struct run_list){0};
	DIR *folder = opendir(results_dir);
	if (!folder)
		return cannot_open(results_dir, error);
	for (struct dirent *entry; !status && (entry = readdir(folder));) {
		char runs[PATH_MAX];
		if (entry->d_name[0] == '.')
			continue;
		status =
		    path_make(runs, sizeof runs, error, "%s/%s/runs", results_dir, entry->d_name);
		status = status ? status : read_runs(list, runs, error);
	}
	closedir(folder);
	if (status)
		run_list_free(list);
	else if (list->count > 0)
		qsort(list->run, list->count, sizeof *list->run, compare);
	return status;
}

void run_list_free(struct run_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->run[i].id);
		free(list->run[i].folder);
	}
	free(list->run);
	*list = (struct run_list){0};
}

static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0;
	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static bool listed(const char *id, const char *const *near, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(near[i], id) == 0)
			return true;
	return false;
}

static const char *near_by_edits(const struct run_list *list, const char *id)
{
	const char **ids = calloc(list->count + 1, sizeof *ids);
	for (size_t i = 0; ids && i < list->count; i++)
		ids[i] = list->run[i].id;
	const char *found = ids ? error_near_name(id, ids) : NULL;
	free(ids);
	return found;
}

size_t run_list_near(const struct run_list *list, const char *id, const char **near, size_t limit)
{
	size_t count = 0, least = strlen(id) / 2 > 4 ? strlen(id) / 2 : 4;
	/* Longest common beginning first. */
	for (size_t length = strlen(id); length >= least && count < limit; length--)
		for (size_t i = 0; i < list->count && count < limit; i++)
			if (common_prefix(list->run[i].id, id) == length &&
			    !listed(list->run[i].id, near, count))
				near[count++] = list->run[i].id;
	const char *edited = count == 0 && limit > 0 ? near_by_edits(list, id) : NULL;
	if (edited)
		near[count++] = edited;
	return count;
}
