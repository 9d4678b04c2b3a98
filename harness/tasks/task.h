/* SPDX-License-Identifier: Apache-2.0 */
/* A task: where its data come from and what is to be predicted, read from configs/tasks/NAME.json
 * (or any path).  Format: docs/TASKS.md. */
#ifndef SHEAFBENCH_HARNESS_TASKS_TASK_H
#define SHEAFBENCH_HARNESS_TASKS_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "foundation/error.h"
#include "models/heads.h"

enum task_source { TASK_CSV, TASK_IDX, TASK_GENERATED };

enum { TASK_MAX_FILES = 4, TASK_MAX_CATEGORIES = 1024 };

enum column_role { COLUMN_NUMERIC, COLUMN_CATEGORY, COLUMN_ORDERED, COLUMN_LABEL, COLUMN_IGNORE };

struct task_column {
	char *name; /* header name, or the column number as text when there is no header */
	enum column_role role;
	char **values; /* known categories / order / classes; NULL: collected from the training
			  part, sorted by bytes */
	int64_t value_count;
	int head; /* of a label: index into heads; else -1 */
};

struct task {
	char name[64];
	char *file_name; /* the task file, as found */
	enum task_source source;
	struct {
		char *role;      /* csv: "data"; idx: "train_images", "train_labels", "test_images",
				    "test_labels" */
		char *path;      /* resolved: absolute, or relative to the working folder */
		char sha256[65]; /* of the uncompressed content; "" when not pinned */
	} files[TASK_MAX_FILES];
	int file_count;
	char *generator; /* TASK_GENERATED: "quality_decision" */
	int64_t generated_rows;
	uint64_t generated_seed;
	char delimiter;
	bool header;
	char **missing; /* texts that mean "missing", NULL-terminated */
	struct task_column *columns;
	int64_t column_count;
	enum { SPLIT_LAST, SPLIT_SEEDED, SPLIT_FILES } split;
	int64_t test_rows;    /* SPLIT_LAST: the last test_rows rows */
	double test_fraction; /* SPLIT_SEEDED */
	uint64_t split_seed;  /* SPLIT_SEEDED: of the test split; independent of a run's seed */
	double validation_fraction; /* of the training part, cut by the run's seed */
	struct heads heads; /* widths are 0 until the data are read where classes are collected */
	int64_t epochs, batch_size; /* 0: the experiment's own */
	char primary_metric[64];    /* e.g. "accuracy" or "cut.accuracy"; see evaluate.h */
};

/* Finds `name` (a bare name is configs/tasks/NAME.json beside the experiment's folder or under the
 * working folder; anything with a slash or ending in .json is a path), reads and checks it. */
int task_read(struct task *task, const char *name, const char *beside, struct error *error);
void task_free(struct task *task);

#endif
