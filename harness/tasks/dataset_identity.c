/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/tasks/dataset_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "foundation/digest.h"
#include "foundation/number_text.h"

static void update_text(struct digest *digest, const char *text)
{
	digest_update(digest, text, strlen(text) + 1); /* the NUL separates */
}

static void update_integer(struct digest *digest, int64_t value)
{
	char text[32];
	snprintf(text, sizeof text, "%" PRId64, value);
	update_text(digest, text);
}

static void update_number(struct digest *digest, double value)
{
	char text[NUMBER_TEXT];
	number_text(value, text);
	update_text(digest, text);
}

static void update_texts(struct digest *digest, char **texts)
{
	for (char **text = texts; text && *text; text++)
		update_text(digest, *text);
	update_text(digest, "");
}

/* Everything of the task that decides what rows, inputs and targets there are. */
int dataset_identity(const struct task *task, char (*content)[65], char hex[65],
		     struct error *error)
{
	struct digest *digest = digest_new();
	if (!digest)
		return error_no_memory(error, NULL);
	update_text(digest, "sheafbench/data/1");
	update_text(digest, task->name);
	update_integer(digest, task->source);
	for (int i = 0; i < task->file_count; i++) {
		update_text(digest, task->files[i].role);
		update_text(digest, content[i]);
	}
	update_text(digest, task->generator ? task->generator : "");
	update_integer(digest, task->generated_rows);
	update_integer(digest, (int64_t)task->generated_seed);
	update_integer(digest, task->delimiter);
	update_integer(digest, task->header);
	update_texts(digest, task->missing);
	for (int64_t c = 0; c < task->column_count; c++) {
		const struct task_column *column = &task->columns[c];
		update_text(digest, column->name);
		update_integer(digest, column->role);
		update_integer(digest, column->head);
		update_texts(digest, column->values);
	}
	update_integer(digest, task->split);
	update_integer(digest, task->test_rows);
	update_number(digest, task->test_fraction);
	update_integer(digest, (int64_t)task->split_seed);
	update_number(digest, task->validation_fraction);
	for (int h = 0; h < task->heads.count; h++) {
		update_text(digest, task->heads.head[h].name);
		update_integer(digest, task->heads.head[h].kind);
		update_number(digest, (double)task->heads.head[h].weight);
	}
	digest_finish(digest, hex);
	return digest_check(hex, NULL, error);
}

int dataset_check_pin(const struct task *task, int file, const char *found, struct error *error)
{
	const char *pinned = task->files[file].sha256;
	if (!pinned[0] || !strcmp(pinned, found))
		return 0;
	return error_set(error, ERROR_INPUT, task->files[file].path, 0, 0, NULL, pinned,
			 "the content's SHA-256 is %s, not what %s pins", found, task->file_name);
}
