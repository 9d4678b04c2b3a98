/* SPDX-License-Identifier: Apache-2.0 */
/* What the outputs of a network mean: consecutive groups of columns, each a softmax or a set of
 * independent sigmoids, with a weight in the loss. */
#ifndef SHEAFBENCH_MODELS_HEADS_H
#define SHEAFBENCH_MODELS_HEADS_H

#include <stdint.h>

enum head_kind { HEAD_SOFTMAX, HEAD_SIGMOID };
extern const char *const head_kind_names[]; /* "softmax", "sigmoid" */

enum { HEADS_MAX = 16 };

struct head {
	char name[64];
	enum head_kind kind;
	int64_t offset, width; /* columns offset .. offset+width-1 of logits and targets */
	float weight;          /* > 0 */
};

struct heads {
	int count;
	struct head head[HEADS_MAX];
};

#endif
