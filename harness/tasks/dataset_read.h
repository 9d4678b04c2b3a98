/* SPDX-License-Identifier: Apache-2.0 */
/* Private to harness/dataset*.c. */
#ifndef SHEAFBENCH_HARNESS_TASKS_DATASET_READ_H
#define SHEAFBENCH_HARNESS_TASKS_DATASET_READ_H

#include "harness/tasks/dataset.h"

/* SHA-256 over the task's own definition and the content hashes of its files. */
int dataset_identity(const struct task *task, char (*content)[65], char hex[65],
		     struct error *error);
/* Refuses content whose hash is not the pinned one. */
int dataset_check_pin(const struct task *task, int file, const char *found, struct error *error);

#endif
