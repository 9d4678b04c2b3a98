/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/training/controls.h"

#include <inttypes.h>
#include <stdio.h>

#include "kernels/random.h"

/* The plan lets no oracle near data without true experts. */
static void ask_oracle(struct moe *moe, const struct dataset *dataset, const int64_t *index,
		       int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		moe->assigned[i] = dataset->true_expert ? dataset->true_expert[index[i]] : 0;
}

static void open_stream(struct random_stream *stream, const struct model *model, const char *what,
			int64_t number)
{
	char name[32];
	snprintf(name, sizeof name, "%s %" PRId64, what, number);
	random_open(stream, model->arch.seed, "route", name);
}

static int32_t draw(struct random_stream *stream, const struct moe *moe)
{
	return (int32_t)random_below(stream, (uint64_t)moe_choices(moe));
}

void control_step(struct model *model, const struct dataset *dataset, int64_t step,
		  const int64_t *index, int64_t n)
{
	struct moe *moe = model->moe;
	struct random_stream stream;
	if (!moe || moe->router.control == CONTROL_NONE)
		return;
	if (moe->router.control == CONTROL_ORACLE) {
		ask_oracle(moe, dataset, index, n);
		return;
	}
	open_stream(&stream, model, "step", step);
	for (int64_t i = 0; i < n; i++)
		moe->assigned[i] = draw(&stream, moe);
}

void control_rows(struct model *model, const struct dataset *dataset, const int64_t *index,
		  int64_t n)
{
	struct moe *moe = model->moe;
	if (!moe || moe->router.control == CONTROL_NONE)
		return;
	if (moe->router.control == CONTROL_ORACLE) {
		ask_oracle(moe, dataset, index, n);
		return;
	}
	for (int64_t i = 0; i < n; i++) {
		struct random_stream stream;
		open_stream(&stream, model, "row", index[i]);
		moe->assigned[i] = draw(&stream, moe);
	}
}
