/* SPDX-License-Identifier: Apache-2.0 */
#include "models/params.h"

#include <math.h> /* sqrtf */
#include <stdlib.h>

#include "kernels/random.h"
#include "kernels/share.h"
#include "foundation/array.h"

int64_t linear_place(struct linear *linear, int64_t at, int64_t in, int64_t out)
{
	*linear = (struct linear){.in = in, .out = out, .weight = at, .bias = at + in * out};
	return linear->bias + out;
}

int64_t norm_place(struct norm *norm, int64_t at, int64_t width)
{
	*norm = (struct norm){.width = width, .weight = at, .bias = at + width};
	return norm->bias + width;
}

int64_t *params_offsets(const struct arch *arch)
{
	int64_t count = arch_tensor_count(arch);
	int64_t *offsets = array_take(count + 1, sizeof *offsets);
	if (!offsets)
		return NULL;
	offsets[0] = 0;
	for (int64_t i = 0; i < count; i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		offsets[i + 1] = offsets[i] + tensor.rows * tensor.cols;
	}
	return offsets;
}

/* Of one tensor, whose numbers are drawn one after the other. */
struct drawn {
	struct random_stream stream; /* at the first */
	float bound;
	float *params;
};

static void draw_part(const void *context, int64_t first, int64_t count)
{
	const struct drawn *d = context;
	struct random_stream stream = d->stream;
	random_skip(&stream, (uint64_t)first);
	for (int64_t i = first; i < first + count; i++)
		d->params[i] = (2.0f * random_unit_float(&stream) - 1.0f) * d->bound;
}

void params_init(const struct backend *backend, const struct arch *arch, float *params)
{
	int64_t count = arch_tensor_count(arch);
	for (int64_t i = 0; i < count; i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		int64_t size = tensor.rows * tensor.cols;
		if (tensor.fan_in == 0) {
			float value = tensor.role == TENSOR_NORM_WEIGHT ? 1.0f : 0.0f;
			for (int64_t j = 0; j < size; j++)
				params[j] = value;
		} else {
			struct drawn drawn = {.bound = 1.0f / sqrtf((float)tensor.fan_in),
					      .params = params};
			random_open(&drawn.stream, arch->seed, "init", tensor.name);
			share_loop(backend, size, SHARE_DRAW, draw_part, &drawn);
		}
		params += size;
	}
}
