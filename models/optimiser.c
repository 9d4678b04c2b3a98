/* SPDX-License-Identifier: Apache-2.0 */
#include "models/optimiser.h"

#include <math.h> /* sqrt */
#include <stdlib.h>

#include "foundation/array.h"
#include "foundation/large_pages.h"

int64_t optimiser_memory(int64_t params)
{
	return 2 * params * (int64_t)sizeof(float);
}

int optimiser_open(struct optimiser *optimiser, int64_t params, double beta1, double beta2,
		   double epsilon, double weight_decay)
{
	*optimiser = (struct optimiser){.beta1 = beta1,
					.beta2 = beta2,
					.epsilon = epsilon,
					.weight_decay = weight_decay,
					.power1 = 1.0,
					.power2 = 1.0};
	optimiser->m = array_zeroed(params, sizeof *optimiser->m);
	optimiser->v = array_zeroed(params, sizeof *optimiser->v);
	if (!optimiser->m || !optimiser->v) {
		optimiser_close(optimiser);
		return -1;
	}
	large_pages_ask(optimiser->m, (size_t)params * sizeof *optimiser->m);
	large_pages_ask(optimiser->v, (size_t)params * sizeof *optimiser->v);
	return 0;
}

void optimiser_close(struct optimiser *optimiser)
{
	free(optimiser->m);
	free(optimiser->v);
	optimiser->m = optimiser->v = NULL;
}

void optimiser_step(struct optimiser *optimiser, const struct kernel_table *table,
		    const struct arch *arch, double lr, const float *grads, float *params)
{
	optimiser->power1 = optimiser->power1 * optimiser->beta1;
	optimiser->power2 = optimiser->power2 * optimiser->beta2;
	struct adamw_args args = {
	    .beta1 = (float)optimiser->beta1,
	    .beta2 = (float)optimiser->beta2,
	    .epsilon = (float)optimiser->epsilon,
	    .step = (float)(lr / (1.0 - optimiser->power1)),
	    .inverse_correction = (float)(1.0 / sqrt(1.0 - optimiser->power2)),
	};
	float decay = (float)(1.0 - lr * optimiser->weight_decay);
	int64_t at = 0, count = arch_tensor_count(arch);
	for (int64_t i = 0; i < count; i++) {
		struct arch_tensor tensor;
		arch_tensor_at(arch, i, &tensor);
		int64_t size = tensor.rows * tensor.cols;
		args.decay = tensor.role == TENSOR_WEIGHT ? decay : 1.0f;
		table->adamw(size, &args, grads + at, optimiser->m + at, optimiser->v + at,
			     params + at);
		at += size;
	}
}
