/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan needs to know of data without encoding them: their hash, and how wide they are. */
#ifndef SHEAFBENCH_HARNESS_TASKS_DATASET_HASH_H
#define SHEAFBENCH_HARNESS_TASKS_DATASET_HASH_H

#include <stdint.h>

#include "foundation/error.h"
#include "harness/tasks/task.h"

/* The hash of the data without encoding them: what dataset_load would store in sha256.  Cheap
 * enough for `plan` (a second make ablation ends in about a second): content hashes are cached in
 * `cache_dir` (harness/tasks/cache.h; NULL: no cache).  A file whose content is not the pinned one,
 * or that cannot be read, is ERROR_INPUT. */
int dataset_hash(const struct task *task, const char *cache_dir, char hex[65], struct error *error);
/* The same, and the content hash of every file (TASK_MAX_FILES of room). */
int dataset_content(const struct task *task, const char *cache_dir, char (*content)[65],
		    char hex[65], struct error *error);
/* Widths of a row's inputs and targets, and training rows (validation among them). Loads the data
 * unless cached likewise, and then prints its notes to standard error: they are said once. */
int dataset_dims(const struct task *task, const char *cache_dir, int64_t *input_dim,
		 int64_t *output_dim, int64_t *train_rows, struct error *error);

#endif
