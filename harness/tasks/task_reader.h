/* SPDX-License-Identifier: Apache-2.0 */
/* Private to this room: a task file being read.  Its keys are a table (task.c), by which their
 * types and ranges are checked and their values put here or straight into the task; then each part
 * that means more than its type says is taken in turn. */
#ifndef SHEAFBENCH_HARNESS_TASKS_TASK_READER_H
#define SHEAFBENCH_HARNESS_TASKS_TASK_READER_H

#include <stdbool.h>

#include "harness/tasks/task.h"
#include "foundation/json_file.h"

/* Kinds of task in tables of rules. */
enum {
	KIND_CSV = 1 << TASK_CSV,
	KIND_IDX = 1 << TASK_IDX,
	KIND_GENERATED = 1 << TASK_GENERATED,
	KIND_ANY = KIND_CSV | KIND_IDX | KIND_GENERATED
};

struct task_reader {
	struct json_file file;
	struct task task; /* being made */
	struct error *error;
	/* As written; NULL where the file does not say. */
	int source, generator;
	const char *schema, *name, *delimiter, *primary_metric;
	const json_t *files, *folders, *missing, *split, *columns, *classes, *head_weights;
};

int task_no_memory(struct task_reader *r);
int task_copy_text(struct task_reader *r, const char *text, char **copy);

/* The object that is item i of a list at `path`. */
struct task_item {
	const json_t *object;
	char path[64]; /* "columns[3]" */
};

int task_read_item(struct task_reader *r, const json_t *list, const char *path, size_t i,
		   struct task_item *item);
/* The same as json_file_refuse, of the item's own key. */
__attribute__((format(printf, 5, 6))) int task_refuse_item(struct task_reader *r,
							   const struct task_item *item,
							   const char *key, const char *expected,
							   const char *format, ...);
/* A list of distinct texts, NULL-terminated; *texts belongs to the task even when this fails. */
int task_read_texts(struct task_reader *r, const json_t *list, const char *path, char ***texts,
		    int64_t *count);
/* Letters, digits, _ - and ., at most 63, not starting with a dot. */
bool task_plain_name(const char *name);
/* Adds a head of weight 1; *index is its number. */
int task_add_head(struct task_reader *r, const char *path, const char *name, enum head_kind kind,
		  int *index);

/* Something of that name is there, if only a loop of links or a file that may not be read: then it
 * is what was meant, and its reading says what is wrong. */
bool task_file_is_there(const char *path);
/* Parts of a task; nothing is done where the file has none of it. */
int task_take_files(struct task_reader *r);
int task_take_columns(struct task_reader *r);

#endif
