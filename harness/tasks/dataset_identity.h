/* SPDX-License-Identifier: Apache-2.0 */
/* What makes data and their encoding the same: the hash that every run records. */
#ifndef SHEAFBENCH_HARNESS_TASKS_DATASET_IDENTITY_H
#define SHEAFBENCH_HARNESS_TASKS_DATASET_IDENTITY_H

#include "harness/tasks/task.h"

/* SHA-256 over the task's own definition and the content hashes of its files, content[i] of
 * files[i].  ERROR_MACHINE: no memory. */
int dataset_identity(const struct task *task, char (*content)[65], char hex[65],
		     struct error *error);
/* Refuses content of files[file] whose hash is not the pinned one (ERROR_INPUT); 0 without a pin.
 */
int dataset_check_pin(const struct task *task, int file, const char *found, struct error *error);

#endif
