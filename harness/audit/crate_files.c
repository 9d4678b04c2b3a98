/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/audit/crate_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/runs/record.h"
#include "harness/runs/record_check.h"
#include "foundation/digest.h"
#include "foundation/json_memory.h"
#include "foundation/path.h"
#include "foundation/text_lines.h"
#include "foundation/visible.h"

struct listing {
	json_t *graph, *parts;
	const char *root; /* results/<name> */
	time_t *newest;
	struct error *error;
};

static int cannot(const char *path, struct error *error)
{
	return error_set(error, ERROR_MACHINE, path, 0, 0, NULL, NULL, "cannot read: %s",
			 strerror(errno));
}

static const char *encoding(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {
	    {".json", "application/json"}, {".jsonl", "application/x-ndjson"},
	    {".csv", "text/csv"},          {".tsv", "text/tab-separated-values"},
	    {".md", "text/markdown"},      {".tex", "application/x-tex"},
	    {".svg", "image/svg+xml"},     {".diff", "text/x-diff"},
	    {".dat", "text/plain"},        {".html", "text/html"},
	    {".pdf", "application/pdf"},   {".png", "image/png"},
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (text_ends_with(name, types[i].suffix))
			return types[i].type;
	return "application/octet-stream";
}

/* A relative URI: all but unreserved characters and slashes are escaped. */
static void to_uri(const char *name, char *uri, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.~/";
	size_t used = 0;
	for (; *name && used + 4 < size; name++)
		used +=
		    (size_t)snprintf(uri + used, size - used,
				     strchr(plain, *name) ? "%c" : "%%%02X", (unsigned char)*name);
	uri[used] = '\0';
}

static int add_file(struct listing *l, const char *name, const struct stat *info)
{
	char path[PATH_MAX], uri[3 * PATH_MAX], hex[65], size[32];
	int status = path_make(path, sizeof path, l->error, "%s/%s", l->root, name);
	status = status ? status : digest_file(path, hex, l->error);
	if (status)
		return status;
	to_uri(name, uri, sizeof uri);
	snprintf(size, sizeof size, "%lld", (long long)info->st_size);
	if (text_ends_with(name, "/run.json") && info->st_mtime > *l->newest)
		*l->newest = info->st_mtime;
	json_t *entity =
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "@id", uri, "@type", "File", "name", name,
		      "contentSize", size, "encodingFormat", encoding(name), "sha256", hex);
	if (json_array_append_new(l->graph, entity) ||
	    json_array_append_new(l->parts, json_pack("{s:s}", "@id", uri)))
		return json_memory_refuse(path, l->error);
	return 0;
}

static int wanted(const struct dirent *entry)
{
	static const char *const notes[] = {"ro-crate-metadata.json", "joblog", NULL};
	const char *name = entry->d_name;
	for (int i = 0; notes[i]; i++)
		if (strcmp(name, notes[i]) == 0)
			return 0;
	return name[0] != '.' && !text_ends_with(name, ".tmp") &&
	       !text_ends_with(name, ".failed") && !text_ends_with(name, ".trace") &&
	       !text_ends_with(name, ".old") && !strstr(name, ".tmp.");
}

static int by_bytes(const struct dirent **x, const struct dirent **y)
{
	return strcmp((*x)->d_name, (*y)->d_name);
}

static void note_left_out(const char *name)
{
	visible_print(stderr, name);
	fputs(": left out: a symbolic link that leads to no file\n", stderr);
}

/* `folder` is relative to the root, "" for itself; folders in it when `deep`. */
static int add_folder(struct listing *l, const char *folder, bool deep)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int status = path_make(path, sizeof path, l->error, "%s/%s", l->root, folder);
	if (status)
		return status;
	int count = scandir(path, &entries, wanted, by_bytes);
	if (count < 0)
		return cannot(path, l->error);
	for (int i = 0; i < count; i++) {
		char name[PATH_MAX];
		struct stat info;
		if (!status)
			status = path_make(name, sizeof name, l->error, "%s%s%s", folder,
					   folder[0] ? "/" : "", entries[i]->d_name);
		if (!status)
			status = path_make(path, sizeof path, l->error, "%s/%s", l->root, name);
		free(entries[i]);
		if (status)
			continue;
		if (lstat(path, &info))
			status = cannot(path, l->error);
		/* A link to a folder may lead anywhere, back here too. */
		else if (S_ISLNK(info.st_mode) && (stat(path, &info) || !S_ISREG(info.st_mode)))
			note_left_out(name);
		else if (S_ISREG(info.st_mode))
			status = add_file(l, name, &info);
		else if (S_ISDIR(info.st_mode) && deep && strcmp(name, "runs") != 0)
			status = add_folder(l, name, true);
	}
	free(entries);
	return status;
}

static int compare_ids(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Adds the id of a run that is done, once its record is found to be whole, weights included. */
static int check_run(const struct run_spec *run, const char *results_dir, const char **ids,
		     size_t *count, struct error *error)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct run_file file;
	enum run_state state = plan_run_check(results_dir, run, true, error);
	if (state >= RUN_DAMAGED)
		return error->status;
	if (state != RUN_DONE)
		return 0;
	int status = record_place(results_dir, run, folder, sizeof folder, error);
	status = status ? status : path_make(path, sizeof path, error, "%s/run.json", folder);
	status = status ? status : run_file_read(&file, path, error);
	if (status)
		return status;
	status = run_check_weights(&file, folder, &run->arch, error);
	run_file_free(&file);
	ids[(*count)++] = run->run_id;
	return status;
}

static int add_runs(struct listing *l, const struct plan *plan, const char *results_dir)
{
	const char **ids = calloc((size_t)plan->run_count + 1, sizeof *ids);
	size_t count = 0;
	int status = 0;
	if (!ids)
		return error_no_memory(l->error, NULL);
	for (int64_t i = 0; !status && i < plan->run_count; i++)
		status = check_run(&plan->runs[i], results_dir, ids, &count, l->error);
	qsort(ids, count, sizeof *ids, compare_ids);
	for (size_t i = 0; !status && i < count; i++) {
		char folder[64];
		snprintf(folder, sizeof folder, "runs/%s", ids[i]);
		status = add_folder(l, folder, false);
	}
	free(ids);
	if (!status && count == 0)
		status = error_set(l->error, ERROR_CHECK, l->root, 0, 0, NULL,
				   "finished runs (make ablation)", "no run is done");
	return status;
}

int crate_add_files(json_t *graph, json_t *parts, const struct plan *plan, const char *results_dir,
		    time_t *newest, struct error *error)
{
	char root[PATH_MAX];
	struct listing l = {graph, parts, root, newest, error};
	int status = path_make(root, sizeof root, error, "%s/%s", results_dir, plan->name);
	status = status ? status : add_runs(&l, plan, results_dir);
	return status ? status : add_folder(&l, "", true);
}
