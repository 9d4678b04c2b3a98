/* SPDX-License-Identifier: Apache-2.0 */
/* Data files of a task file. */
#include <errno.h>
#include <limits.h> /* PATH_MAX */
#include <stdlib.h>
#include <string.h>
#include <unistd.h> /* access */

#include "harness/tasks/task_reader.h"
#include "foundation/path.h"

static const char *const csv_roles[] = {"data", NULL};
static const char *const idx_roles[] = {"train_images", "train_labels", "test_images",
					"test_labels", NULL};

/* One of the list, as written. */
struct written_file {
	int role;
	const char *path, *sha256;
};

static const struct json_rule file_rules[] = {
    {.key = "role",
     .type = RULE_CHOICE,
     .required = KIND_CSV,
     .choices = csv_roles,
     .at = offsetof(struct written_file, role)},
    {.key = "role",
     .type = RULE_CHOICE,
     .required = KIND_IDX,
     .choices = idx_roles,
     .at = offsetof(struct written_file, role)},
    {.key = "path",
     .type = RULE_STRING,
     .required = KIND_ANY,
     .at = offsetof(struct written_file, path)},
    {.key = "sha256",
     .type = RULE_STRING,
     .optional = KIND_ANY,
     .at = offsetof(struct written_file, sha256)},
};
static const struct json_table file_table = {.rules = file_rules,
					     .count = sizeof file_rules / sizeof *file_rules};

bool task_file_is_there(const char *path)
{
	return access(path, R_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* As given, in one of the folders, or beside the task file: the first that is there. */
static int find_file(struct task_reader *r, const char *path, char **found)
{
	char candidate[PATH_MAX];
	int status;
	if (path[0] == '/' || task_file_is_there(path))
		return task_copy_text(r, path, found);
	for (size_t i = 0; i < json_array_size(r->folders); i++) {
		const char *folder = json_string_value(json_array_get(r->folders, i));
		status = path_make(candidate, sizeof candidate, r->error, "%s/%s",
				   folder ? folder : "", path);
		if (status)
			return status;
		if (task_file_is_there(candidate))
			return task_copy_text(r, candidate, found);
	}
	/* A task file in configs/tasks names data from the project's root. */
	static const char *const up[] = {"", "../", "../../"};
	const char *slash = strrchr(r->file.name, '/');
	int folder_length = slash ? (int)(slash - r->file.name + 1) : 0;
	for (size_t i = 0; i < 3; i++) {
		status = path_make(candidate, sizeof candidate, r->error, "%.*s%s%s", folder_length,
				   r->file.name, up[i], path);
		if (status)
			return status;
		if (task_file_is_there(candidate))
			return task_copy_text(r, candidate, found);
	}
	return task_copy_text(r, path, found); /* refused by name when it is read */
}

static int take_file(struct task_reader *r, const struct task_item *item)
{
	const char *const *roles = r->task.source == TASK_CSV ? csv_roles : idx_roles;
	struct written_file written = {.sha256 = NULL};
	int status = json_file_read(&r->file, item->object, item->path, &file_table,
				    1u << r->task.source, &written, r->error);
	if (status)
		return status;
	const char *hex = written.sha256, *role = roles[written.role];
	if (hex && (strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64))
		return task_refuse_item(r, item, "sha256", "64 lower-case hex digits",
					"found \"%s\"", hex);
	for (int f = 0; f < r->task.file_count; f++)
		if (!strcmp(r->task.files[f].role, role))
			return task_refuse_item(r, item, "role", "each role once", "\"%s\" twice",
						role);
	int n = r->task.file_count++;
	snprintf(r->task.files[n].sha256, sizeof r->task.files[n].sha256, "%s", hex ? hex : "");
	status = task_copy_text(r, role, &r->task.files[n].role);
	return status ? status : find_file(r, written.path, &r->task.files[n].path);
}

int task_take_files(struct task_reader *r)
{
	size_t wanted = r->task.source == TASK_CSV ? 1 : 4;
	int status = 0;
	if (!r->files)
		return 0;
	for (size_t i = 0; i < json_array_size(r->folders); i++)
		if (!json_is_string(json_array_get(r->folders, i)))
			return json_file_refuse(&r->file, "folders", r->error, "a list of strings",
						"an element that is not a string");
	if (json_array_size(r->files) != wanted)
		return json_file_refuse(&r->file, "files", r->error,
					wanted == 1 ? "1 file (role data)"
						    : "4 files (train and test images and labels)",
					"%zu files", json_array_size(r->files));
	for (size_t i = 0; !status && i < wanted; i++) {
		struct task_item item;
		status = task_read_item(r, r->files, "files", i, &item);
		status = status ? status : take_file(r, &item);
	}
	return status;
}
