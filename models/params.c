/* SPDX-License-Identifier: Apache-2.0 */
#include "models/params.h"

#include <math.h> /* sqrtf */
#include <stdlib.h>

#include "kernels/random.h"
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

void params_init(const struct arch *arch, float *params)
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
			struct random_stream stream;
			random_open(&stream, arch->seed, "init", tensor.name);
			float bound = 1.0f / sqrtf((float)tensor.fan_in);
			for (int64_t j = 0; j < size; j++)
				params[j] = (2.0f * random_unit_float(&stream) - 1.0f) * bound;
		}
		params += size;
	}
}
