/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room: a task file being read. */
#ifndef SHEAFBENCH_HARNESS_TASKS_TASK_READER_H
#define SHEAFBENCH_HARNESS_TASKS_TASK_READER_H

#include <stdbool.h>

#include "harness/tasks/task.h"
#include "foundation/json_file.h"

/* What reading needs besides the task that is filled. */
struct task_reader {
	struct json_file file;
	struct task *task;
	struct error *error;
};

int task_no_memory(struct task_reader *r);
int task_copy_text(struct task_reader *r, const char *text, char **copy);
/* A list of distinct texts, NULL-terminated; *texts belongs to the task even when this fails. */
int task_read_texts(struct task_reader *r, const json_t *list, const char *path, char ***texts,
		    int64_t *count);
/* Letters, digits, _ - and ., at most 63, not starting with a dot. */
bool task_plain_name(const char *name);
/* Adds a head of weight 1; *index is its number. */
int task_add_head(struct task_reader *r, const char *path, const char *name, enum head_kind kind,
		  int *index);
int task_read_columns(struct task_reader *r);

#endif
