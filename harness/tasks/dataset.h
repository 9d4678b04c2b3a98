/* SPDX-License-Identifier: Apache-2.0 */
/* A task's rows in memory, encoded for training: inputs (standardised numerics, one-hot categories,
 * scaled ordered columns, a flag per column with missing values) and targets (one-hot or soft).
 *
 * All statistics come from the training rows alone.  8-bit sources stay 8 bit in memory and are
 * decoded on the way out, so that an image set costs a quarter. */
#ifndef SHEAFBENCH_HARNESS_TASKS_DATASET_H
#define SHEAFBENCH_HARNESS_TASKS_DATASET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* FILE */

#include "harness/tasks/task.h"
#include "foundation/error.h"

struct backend; /* kernels/backend.h */

struct dataset {
	int64_t rows, train_rows; /* rows [0, train_rows) are the training part, the rest is the
				     test part, both in file order */
	int64_t input_dim, output_dim;
	struct heads heads; /* widths and offsets filled in */
	char *
	    *class_names; /* output_dim names, "head=value" for softmax, "head.unit" for sigmoid */
	char **input_names;    /* input_dim names */
	float *inputs;         /* rows x input_dim, or NULL when bytes is used */
	uint8_t *bytes;        /* rows x input_dim */
	float byte_value[256]; /* decoded value of a byte; all 0 where the pixels are constant */
	bool constant_bytes;   /* every training pixel is the same */
	float *targets;        /* rows x output_dim */
	int32_t
	    *true_expert; /* generated data only: rows, the expert that made the row; else NULL */
	char
	    sha256[65]; /* over the content hashes of the task's files (or generator, seed, rows)
			   and the task's own canonical text: equal data and encoding, equal hash */
	struct encoder
	    *encoder; /* opaque: how a CSV row becomes inputs, for predict; NULL for IDX */
};

/* Reads, checks pins, encodes every row, training and test.  Errors name file, line and column of
 * the cell.  What it returns holds finite numbers only; it keeps pointers into `task`, which must
 * outlive it.  Free with dataset_free. */
int dataset_load(struct dataset *dataset, const struct task *task, struct error *error);
void dataset_free(struct dataset *dataset);
/* What its user should know of the encoding, a line each: constant columns, lost digits. */
void dataset_print_notes(const struct dataset *dataset, const struct task *task, FILE *out);

/* Decodes rows index[0..n), each in [0, rows), into inputs (n x input_dim) and targets (n x
 * output_dim; may be NULL), which overlap nothing of the data set.  By the backend's threads where
 * that is worth it; NULL: by one. */
void dataset_gather(const struct dataset *dataset, const struct backend *backend,
		    const int64_t *index, int64_t n, float *inputs, float *targets);

/* Encodes the rows of another CSV file with the training statistics of `dataset` (labels may be
 * absent).  *inputs is malloc'ed, *rows x input_dim; so is *lines, where each row begins. */
int dataset_encode_file(const struct dataset *dataset, const struct task *task,
			const char *file_name, float **inputs, uint32_t **lines, int64_t *rows,
			struct error *error);

#endif
